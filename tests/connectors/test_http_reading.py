# SPDX-License-Identifier: EUPL-1.2
"""An address is asked, and gives what is new in the format in which it comes."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from allmende.errors import Retry
from connectors.declarative.sources.web.receiving import Unreceivable, receive
from tests.connectors.asking import asking, cursor_after, ids, read_on, rows
from tests.connectors.hosts import Asked, Host, Reply, host
from tests.connectors.test_testing import run
from tests.connectors.workbooks import make_workbook
from tests.connectors.writing import read_all


@pytest.fixture
def city() -> Iterator[Host]:
    with host() as opened:
        yield opened


def test_an_address_is_asked_as_the_file_says(tmp_path: Path, city: Host) -> None:
    city.serve("/a", rows(1, 2))
    more = "method: POST\nparams: {b: [1, 2], c: ä}\nheaders: {X-Client: city}\nbody: {wanted: all}"

    records = read_all(asking(tmp_path, f"{city.url}/a?a=0", more))

    assert ids(records) == [1, 2]
    assert {record.part for record in records} == {f"{city.url}/a"}
    (asked,) = city.asked
    assert (asked.method, asked.params) == ("POST", {"a": "0", "b": "2", "c": "ä"})
    assert json.loads(asked.body) == {"wanted": "all"}
    assert (asked.headers["x-client"], asked.headers["content-type"]) == ("city", "application/json")


def test_what_has_not_changed_gives_nothing(tmp_path: Path, city: Host) -> None:
    city.serve("/a", rows(1, 2))
    connector = asking(tmp_path, f"{city.url}/a")

    first, cursor = read_on(connector, {})
    same, cursor = read_on(connector, cursor)
    city.serve("/a", rows(1, 2, 3))
    changed, cursor = read_on(connector, json.loads(json.dumps(cursor)))

    assert (first, same, changed) == ([1, 2], [], [1, 2, 3])
    assert len(city.asked) == 3


@pytest.mark.parametrize(
    ("given", "asked_by"),
    [("ETag", "if-none-match"), ("Last-Modified", "if-modified-since")],
)
def test_the_other_side_may_say_that_nothing_has_changed(tmp_path: Path, city: Host, given: str, asked_by: str) -> None:
    current = {"name": "one"}

    def answer(asked: Asked) -> Reply:
        if asked.headers.get(asked_by) == current["name"]:
            return Reply(status=304)
        return Reply(content=rows(len(current["name"])), headers={given: current["name"]})

    city.answers["/a"] = answer
    connector = asking(tmp_path, f"{city.url}/a")

    first, cursor = read_on(connector, {})
    same, cursor = read_on(connector, cursor)
    current["name"] = "fourth"
    changed, _ = read_on(connector, cursor)

    assert (first, same, changed) == ([3], [], [6])
    assert [asked.headers.get(asked_by) for asked in city.asked] == [None, "one", "one"]


def test_where_reading_broke_off_the_rest_is_read(tmp_path: Path, city: Host) -> None:
    city.serve("/a", rows(1, 2, 3), ETag="one")
    connector = asking(tmp_path, f"{city.url}/a")
    cursor = cursor_after(read_all(connector)[:2])

    rest, _ = read_on(connector, cursor)
    city.serve("/a", rows(4, 5))
    anew, _ = read_on(connector, cursor)

    assert (rest, anew) == ([3], [4, 5])
    assert "if-none-match" not in city.asked[1].headers


def test_another_question_is_not_taken_for_answered(tmp_path: Path, city: Host) -> None:
    city.serve("/a", rows(1), ETag="one")
    _, cursor = read_on(asking(tmp_path, f"{city.url}/a", "params: {day: 1}"), {})

    read, _ = read_on(asking(tmp_path, f"{city.url}/a", "params: {day: 2}"), cursor)

    assert read == [1]
    assert "if-none-match" not in city.asked[1].headers


XML = "<a><id>1</id></a>"
CSV = "id;x\n1;ä\n"
GEOJSON = {"type": "FeatureCollection", "features": rows(1)}


@pytest.mark.parametrize(
    ("path", "content", "media_type", "more"),
    [
        ("/a", rows(1), "application/json", ""),
        ("/a", rows(1), "application/problem+json", ""),
        ("/a", rows(1), "text/plain", ""),
        ("/a", GEOJSON, "application/json", ""),
        ("/a", GEOJSON, "application/geo+json; charset=utf-8", ""),
        ("/a.geojson", GEOJSON, "application/octet-stream", ""),
        ("/a", CSV.encode(), "text/csv", ""),
        ("/a.csv", CSV.encode(), "application/octet-stream", ""),
        ("/a", CSV.encode("cp1252"), "text/csv; charset=UTF-8", ""),
        ("/a", CSV.encode("cp1252"), "text/csv; charset=base64", ""),
        ("/a", CSV.encode("utf-16"), 'text/csv; charset="utf-16"', ""),
        ("/a", CSV.encode("cp437"), "text/csv; charset=utf-16", "encoding: cp437"),
        ("/a.json", CSV.encode(), "application/json", "format: csv"),
        ("/a", CSV.encode(), "", ""),
        ("/a", make_workbook(a=[["id", "x"], [1, "ä"]]), "application/octet-stream", ""),
    ],
)  # fmt: skip
def test_the_format_is_found(tmp_path: Path, city: Host, path: str, content: Any, media_type: str, more: str) -> None:
    city.serve(path, content, Content_Type=media_type)

    (record,) = read_all(asking(tmp_path, city.url + path, more))

    assert record.problem is None
    assert str(record.content["id"]) == "1"
    assert record.content["x"] in {0, "ä"}


def test_xml_is_found_by_its_content(tmp_path: Path, city: Host) -> None:
    city.serve("/a", XML.encode())

    (record,) = read_all(asking(tmp_path, f"{city.url}/a"))

    assert record.content == {"a": {"id": "1"}}


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda raw: gzip.compress(raw[:9], mtime=0) + gzip.compress(raw[9:])),
        ("deflate", zlib.compress),
        ("deflate", lambda raw: zlib.compress(raw)[2:-4]),
        ("identity", lambda raw: raw),
    ],
)
def test_an_answer_is_unpacked(tmp_path: Path, city: Host, coding: str, pack: Any) -> None:
    city.serve("/a", pack(json.dumps(rows(*range(1000))).encode()), Content_Encoding=coding)

    assert ids(read_all(asking(tmp_path, f"{city.url}/a", "format: json"))) == list(range(1000))


@pytest.mark.parametrize(
    ("content", "headers", "words"),
    [
        (b"[" + b" " * 2000 + b"]", {}, "has more than 1000 bytes: raise 'max_size'"),
        (gzip.compress(b" " * 50_000_000, mtime=0), {"Content_Encoding": "gzip"}, "has more than 1000 bytes"),
        (gzip.compress(b"[1]", mtime=0)[:-9], {"Content_Encoding": "gzip"}, "ends in the midst"),
        (b"no gzip", {"Content_Encoding": "gzip"}, "cannot be unpacked"),
        (
            gzip.compress(gzip.compress(b"[]", mtime=0), mtime=0),
            {"Content_Encoding": "gzip, gzip"},
            "is packed as 'gzip, gzip'",
        ),
        (b"[1", {}, r"what is no json \(no Content-Type\): The answer is not JSON"),
        (b"<html><p>Log in", {"Content_Type": "application/json"}, "a web page and not with data"),
        (b"PK\x03\x04", {}, "what is no xlsx"),
    ],
)
def test_what_cannot_be_used_is_asked_for_again_later(
    tmp_path: Path, city: Host, content: bytes, headers: dict[str, str], words: str
) -> None:
    city.serve("/a", content, **headers)

    with pytest.raises(Retry, match=words):
        read_all(asking(tmp_path, f"{city.url}/a", "max_size: 1kB"))


class Chunks(httpx.AsyncByteStream):
    """A content that comes in one piece."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda raw: zlib.compress(raw)[2:-4]])
async def test_what_unpacks_to_more_than_its_limit_takes_no_more_memory(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b" " * 100_000_000)
    response = httpx.Response(200, headers={"Content-Encoding": "deflate"}, stream=Chunks(packed))
    tracemalloc.start()

    with pytest.raises(Unreceivable, match="has more than 1000000 bytes"):
        await receive(response, 1_000_000)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_wrong_row_of_a_table_is_a_dead_letter_and_no_failure(tmp_path: Path, city: Host) -> None:
    city.serve("/a", b"id,x\n1\n2,2\n", Content_Type="text/csv")

    one, two = read_all(asking(tmp_path, f"{city.url}/a"))

    assert one.problem == "Line 2 has 1 columns and not 2"
    assert two.problem is None


def test_no_content_is_no_records(tmp_path: Path, city: Host) -> None:
    city.serve("/a", status=204)

    assert read_all(asking(tmp_path, f"{city.url}/a")) == []


def test_nothing_changed_is_no_answer_to_who_knows_nothing(tmp_path: Path, city: Host) -> None:
    city.serve("/a", status=304)

    with pytest.raises(Retry, match="answers 304"):
        read_all(asking(tmp_path, f"{city.url}/a"))


def test_a_preview_asks_once_and_its_record_gives_the_same(tmp_path: Path, city: Host) -> None:
    city.serve("/a", "id;x\n1;ä\n2;ö\n3;ü\n".encode("utf-16"), Content_Type="text/csv; charset=utf-16")
    path, fixture = asking(tmp_path, f"{city.url}/a").path, tmp_path / "fixture" / "a.csv"

    recorded = run("preview", path, "--limit", "2", "--json", "--record", fixture)
    replayed = run("preview", path, "--json", "--replay", fixture)

    assert recorded.exit_code == 0, recorded.stderr
    assert len(city.asked) == 1
    assert fixture.read_text(encoding="utf-8") == "id;x\n1;ä\n2;ö\n"
    assert replayed.stdout == recorded.stdout
    assert [entity["x"]["value"] for entity in json.loads(recorded.stdout)["entities"]] == ["ä", "ö"]
