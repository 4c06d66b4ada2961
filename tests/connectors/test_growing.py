# SPDX-License-Identifier: EUPL-1.2
"""Files that are read while others write, move and remove them: nothing is lost, and nothing is half."""

import csv
import io
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from allmende.connector import Record
from allmende.errors import Retry, Skip
from connectors.declarative.sources.files import FolderSource
from connectors.declarative.sources.growing import MOST_OF_A_ROW, whole_rows
from connectors.declarative.sources.layouts import Layout, decode, text_lines
from connectors.declarative.sources.readers import read_rows
from tests.connectors.writing import declare

CELLS = st.text(st.sampled_from('ab";,ü€\n\r 1'), max_size=4)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5)


class Folder:
    """A folder and a connector that reads it; a pass remembers where the one before it ended."""

    def __init__(self, place: Path, files: str = "*") -> None:
        self.place = place / "data"
        self.place.mkdir()
        text = (
            f"source: {{type: folder, path: data, files: '{files}'}}\nentity: {{type: T, id: a, attributes: {{b: b}}}}"
        )
        source = declare(place, text).source
        assert isinstance(source, FolderSource)
        self.source = replace(source, settle_s=0.01)
        self.cursor: dict[str, Any] = {}

    def write(self, name: str, content: str | bytes) -> None:
        (self.place / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    async def read(self) -> AsyncIterator[Record]:
        async for record in self.source.read(self.cursor):
            self.cursor[record.part] = list(record.position)
            yield record

    async def contents(self) -> list[Any]:
        """What a pass gives: a record, or why there is none."""
        return [record.problem or record.content async for record in self.read()]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "half", "whole", "records"),
    [
        ("1.json", '[{"a": 1}, {"a"', '[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
        ("1.json", "", '[{"a": 1}]', [{"a": 1}]),
        ("1.geojson", '{"features": [{"a": 1}', '{"features": [{"a": 1}]}', [{"a": 1}]),
        ("1.xml", "<r><a>1</a>", "<r><a>1</a></r>", [{"r": {"a": "1"}}]),
        ("1.csv", "a,b\n1,5\n2,6", "a,b\n1,5\n2,65\n", [{"a": "1", "b": "5"}, {"a": "2", "b": "65"}]),
        ("1.csv", "a,b\n1,5\n2", "a,b\n1,5\n2,6\n", [{"a": "1", "b": "5"}, {"a": "2", "b": "6"}]),
        ("1.csv", "a,b\nü,5\nü".encode()[:-1], "a,b\nü,5\nü,6\n", [{"a": "ü", "b": "5"}, {"a": "ü", "b": "6"}]),
        ("1.csv", 'a,b\n1,"x\n', 'a,b\n1,"x\ny"\n', [{"a": "1", "b": "x\ny"}]),
    ],
)
async def test_what_is_whole_a_moment_later_is_given_then(
    folder: Folder, name: str, half: str | bytes, whole: str, records: list[Any]
) -> None:
    folder.write(name, half)
    folder.write("2.csv", "a,b\nother,1\n")
    given: list[Any] = []

    async for record in folder.read():
        if record.part == "2.csv":
            folder.write(name, whole)
        else:
            given.append(record.problem or record.content)

    given += [content for content in await folder.contents() if content not in given]
    assert given == records
    assert await folder.contents() == []


async def test_a_file_that_stays_broken_is_a_problem_once(folder: Folder) -> None:
    folder.write("1.json", '[{"a": 1}, {"a"')

    (problem,) = await folder.contents()

    assert "is not JSON" in problem
    assert await folder.contents() == []


async def test_a_file_that_is_written_on_and_on_is_left_to_a_later_pass(folder: Folder) -> None:
    folder.write("1.json", '[{"a": 1}, {"a"')
    folder.write("2.csv", "a,b\nother,1\n")

    async for record in folder.read():
        assert record.part == "2.csv"
        folder.write("1.json", '[{"a": 1}, {"a": 2}, {"a"')

    folder.write("1.json", '[{"a": 1}, {"a": 2}, {"a": 3}]')
    assert await folder.contents() == [{"a": 1}, {"a": 2}, {"a": 3}]


async def test_a_last_line_without_an_end_is_given_when_nobody_writes_it(folder: Folder) -> None:
    folder.write("1.csv", "a,b\n1,5\n2,6")

    assert await folder.contents() == [{"a": "1", "b": "5"}, {"a": "2", "b": "6"}]
    assert await folder.contents() == []


async def test_a_file_appears_when_it_is_renamed_into_place(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for name in ("1.json.part", "2.json.tmp", "3.json.filepart", "4.json~", ".5.json.x7Fq"):
        folder.write(name, '[{"a"')
    assert await folder.contents() == []

    folder.write("1.json.part", '[{"a": 1}]')
    (folder.place / "1.json.part").rename(folder.place / "1.json")

    assert await folder.contents() == [{"a": 1}]


async def test_a_pattern_that_names_such_a_suffix_means_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "*.tmp")
    folder.write("1.tmp", '[{"a": 1}]')

    assert await folder.contents() == [{"a": 1}]


async def test_a_file_that_vanishes_during_a_pass_is_passed_over(folder: Folder) -> None:
    for number in (1, 2, 3):
        folder.write(f"{number}.csv", f"a,b\n{number},0\n")
    given = []

    async for record in folder.read():
        (folder.place / "2.csv").unlink(missing_ok=True)
        given.append(record.content["a"])

    assert given == ["1", "3"]


async def test_a_file_that_cannot_be_read_keeps_nobody_from_the_others(folder: Folder) -> None:
    folder.write("1.csv", "a,b\n1,0\n")
    (folder.place / "2.csv").symlink_to("/proc/self/mem")  # its first byte can be read by nobody
    folder.write("3.csv", "a,b\n3,0\n")

    with pytest.raises(Skip, match=r"data/2\.csv cannot be read: Input/output error"):
        await folder.contents()

    assert list(folder.cursor) == ["1.csv", "3.csv"]


async def test_a_folder_below_a_file_does_not_exist(folder: Folder) -> None:
    folder.place.rmdir()
    folder.place.write_text("no folder")

    with pytest.raises(Retry, match="does not exist"):
        await folder.contents()


@given(rows=ROWS, at=st.integers(0, 200), end=st.sampled_from(["\n", "\r\n"]))
def test_a_csv_cut_anywhere_gives_whole_rows_only(rows: list[list[str]], at: int, end: str) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([["a", "b"], *rows])
    raw = text.getvalue().encode()
    layout = Layout(format="csv", delimiter=",")
    all_rows = list(read_rows(raw, layout))

    found = list(read_rows(whole_rows(raw[:at], None), layout))

    assert found == all_rows[: len(found)]
    assert whole_rows(raw, None) == raw


def test_a_quotation_mark_that_stands_alone_holds_nothing_back() -> None:
    raw = b'a,b\n1,5" pipe\n' + b"2,3\n" * MOST_OF_A_ROW

    assert whole_rows(raw + b"4", None) == raw


def test_a_text_of_two_bytes_a_character_is_left_as_it_is() -> None:
    raw = "a,b\n1,2".encode("utf-16")

    assert whole_rows(raw, "utf-16") == raw


@given(text=st.text(max_size=40), piece=st.integers(1, 5))
@example(text="ï", piece=2)
def test_a_text_is_the_same_by_lines_as_in_one(text: str, piece: int) -> None:
    raw = text.encode()[:-piece] + text.encode("cp1252", "ignore")

    assert text_lines(raw, None).read() == decode(raw, None)


def test_the_place_of_a_wrong_byte_is_that_in_the_whole_file() -> None:
    raw = b"a" * (1024 * 1024 - 1) + "ü".encode() + b"\xff"

    with pytest.raises(UnicodeDecodeError) as caught:
        decode(raw, "utf-8")

    assert caught.value.start == len(raw) - 1


def test_a_large_csv_is_never_in_memory_as_a_text(tmp_path: Path) -> None:
    raw = b"a,b\n" + (b"1," + b"x" * 1000 + b"\n") * 20_000
    tracemalloc.start()

    count = sum(1 for _ in read_rows(raw, Layout(format="csv")))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < len(raw) / 2
