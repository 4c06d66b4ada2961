# SPDX-License-Identifier: EUPL-1.2
"""The source `webhook`: what is understood, where it listens, and mistakes of its file."""

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from allmende.connector import Stream
from allmende.errors import Retry, Stop
from allmende.hooks import hook_socket, short_path
from connectors.declarative.loading import FileProblems, load_connector
from connectors.preview import preview
from tests.connectors.hooks import MAPPING, hook
from tests.connectors.hosts import host
from tests.connectors.writing import declare, write_file

BODIES: list[tuple[str, bytes, str, list[Any]]] = [
    ("", b'{"id": 1}', "application/json; charset=utf-8", [{"id": 1}]),
    ("", b'{"id": 1}', "application/vnd.x+json", [{"id": 1}]),
    ("", b'{"features": [{"a": 1}, {"a": 2}]}', "application/geo+json", [{"a": 1}, {"a": 2}]),
    ("", "id;x\n1;ü\n".encode("latin-1"), "text/csv; charset=iso-8859-1", [{"id": "1", "x": "ü"}]),
    ("", b"<r><id>1</id></r>", "text/xml", [{"r": {"id": "1"}}]),
    ("", b"id=1&x=a&x=b+c", "application/x-www-form-urlencoded", [{"id": "1", "x": ["a", "b c"]}]),
    (", format: csv", b"id\n1\n2\n", "application/octet-stream", [{"id": "1"}, {"id": "2"}]),
    ("", b"[]", "application/json", []),
]


@pytest.mark.parametrize(("settings", "body", "content_type", "records"), BODIES)
async def test_a_body_is_read_by_its_format_else_by_its_media_type(
    tmp_path: Path, settings: str, body: bytes, content_type: str, records: list[Any]
) -> None:
    async with hook(tmp_path, f"auth: none{settings}") as opened:
        answer = await opened.send(body, headers={"content-type": content_type})

    assert answer.status_code == 202
    assert [record.content for record in opened.records] == records


async def test_records_are_chosen_by_the_expression_of_the_file(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none", more="records: data.items\n") as opened:
        chosen = await opened.send({"data": {"items": [{"id": 1}, {"id": 2}]}})
        nothing = await opened.send({"other": 1})

    assert [record.content for record in opened.records] == [{"id": 1}, {"id": 2}]
    assert [chosen.json(), nothing.json()] == [{"records": 2}, {"records": 0}]


async def test_where_the_expression_fails_the_body_is_kept_as_a_dead_letter(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none", more="records: $number(x)\n") as opened:
        answer = await opened.send({"x": "no number"})

    assert answer.status_code == 202
    assert opened.records[0].content == {"x": "no number"}
    assert "records" in (opened.records[0].problem or "")


UNREADABLE = [
    (b"{", "application/json", 400, "The body is not JSON"),
    (b"", "application/json", 400, "The body is not JSON"),
    (b"<r>", "application/xml", 400, "The body cannot be read as XML"),
    (
        b"PK",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        400,
        "The body cannot be read as xlsx",
    ),
    (b"a", "text/csv; charset=nonsense", 400, "does not exist"),
    (b"a=%ff", "application/x-www-form-urlencoded", 400, "form"),
    (b"a", "text/plain", 415, "text/plain"),
    (b"a", "multipart/form-data; boundary=x", 415, "multipart/form-data"),
]


@pytest.mark.parametrize(("body", "content_type", "status", "words"), UNREADABLE)
async def test_the_sender_is_told_what_cannot_be_read_and_nothing_is_kept(
    tmp_path: Path, body: bytes, content_type: str, status: int, words: str
) -> None:
    async with hook(tmp_path, "auth: none") as opened:
        answer = await opened.send(body, headers={"content-type": content_type})

    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert opened.records == []


async def test_a_compressed_body_is_refused(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none") as opened:
        answer = await opened.send(headers={"content-encoding": "gzip"})

    assert answer.status_code == 415


async def test_a_body_that_is_too_large_is_refused_whether_its_length_is_said_or_not(tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    async with hook(tmp_path, "auth: none, max_size: 1KiB") as opened:
        said = await opened.send(b'"' + b"x" * 1023 + b'"')
        unsaid = await opened.client.post("/", content=chunks())
        fits = await opened.send(b'"' + b"x" * 1022 + b'"')

    assert [said.status_code, unsaid.status_code, fits.status_code] == [413, 413, 202]
    assert len(opened.records) == 1


async def test_a_challenge_is_given_back_to_who_knows_the_token(tmp_path: Path) -> None:
    settings = "auth: {bearer: s}, challenge: {parameter: hub.challenge, token: t}"
    async with hook(tmp_path, settings) as opened:
        right = await opened.client.get("/", params={"hub.challenge": "<b>42", "hub.verify_token": "t"})
        wrong = await opened.client.get("/", params={"hub.challenge": "42", "hub.verify_token": "u"})
        missing = await opened.client.get("/", params={"hub.verify_token": "t"})

    assert (right.status_code, right.text) == (200, "<b>42")
    assert right.headers["content-type"].startswith("text/plain")
    assert right.headers["x-content-type-options"] == "nosniff"
    assert [wrong.status_code, missing.status_code] == [403, 400]


async def test_other_methods_and_web_pages_are_refused(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none") as opened:
        got = await opened.client.get("/")
        page = await opened.send(headers={"origin": "https://example.org"})

    assert (got.status_code, got.headers["allow"]) == (405, "POST")
    assert page.status_code == 403
    assert opened.records == []


async def test_the_socket_is_closed_to_others_and_replaces_one_that_was_left_behind(tmp_path: Path) -> None:
    door = hook_socket(tmp_path, "default", "test")
    door.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as left_behind, short_path(door) as path:
        left_behind.bind(path)
    inode = door.stat().st_ino
    async with hook(tmp_path, "auth: none"):
        replaced, mode = door.stat().st_ino != inode, door.stat().st_mode

    assert replaced
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert door.exists()


async def test_a_data_folder_may_lie_deep(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    async with hook(deep, "auth: none") as opened:
        answer = await opened.send()

    assert answer.status_code == 202


async def test_a_connector_away_from_the_platform_listens_itself(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = f"source: {{type: webhook, auth: none, listen: '127.0.0.1:{port}'}}\n{MAPPING}"
        source = declare(tmp_path, text).source
        assert isinstance(source, Stream)
        with pytest.raises(Retry, match=f"127.0.0.1:{port} cannot be listened on"):
            await anext(source.follow({}, lambda: None))
    reading = source.follow({}, lambda: None)
    coming = asyncio.ensure_future(anext(reading))
    async with httpx.AsyncClient() as client:
        sending = asyncio.create_task(send_until_heard(client, f"http://127.0.0.1:{port}/", {"id": 1}))
        record = await coming
        assert record.when_kept is not None
        record.when_kept()
        assert (await sending).status_code == 202
    await reading.aclose()

    assert record.content == {"id": 1}


async def send_until_heard(client: httpx.AsyncClient, url: str, body: Any) -> httpx.Response:
    while True:
        try:
            return await client.post(url, json=body)
        except httpx.ConnectError:
            await asyncio.sleep(0.01)


async def test_once_ends_when_nothing_has_come_for_the_time_that_the_file_names(tmp_path: Path) -> None:
    door = hook_socket(tmp_path, "default", "test")
    text = f"source: {{type: webhook, auth: none, quiet: 100ms}}\n{MAPPING}"
    declared = declare(tmp_path, text)
    declared.door.path = door

    records = [record async for record in declared.source.read({})]

    assert records == []


async def test_a_preview_says_that_a_webhook_has_to_be_fed(tmp_path: Path) -> None:
    declared = declare(tmp_path, f"source: {{type: webhook, auth: none}}\n{MAPPING}")

    with pytest.raises(Stop, match="--replay FILE"):
        await preview(declared, 1)


async def test_what_is_sent_is_joined_with_lookups_that_have_addresses(tmp_path: Path) -> None:
    lookup = "lookup: {{info: {{url: '{}/info', key: id}}}}\n"
    with host() as city:
        city.serve("/info", [{"id": 1, "name": "North"}])
        async with hook(tmp_path, "auth: none", more=lookup.format(city.url)) as opened:
            answer = await opened.send()

    assert answer.status_code == 202
    assert [record.content for record in opened.records] == [{"id": 1, "x": 2}]
    assert city.paths() == ["/info"]


MISTAKES: list[tuple[str, str, int]] = [
    ("source: {type: webhook}", "key 'auth' is required", 3),
    ("source:\n  type: webhook\n  auth: no", "'source.auth': must be 'none'", 5),
    ("source:\n  type: webhook\n  auth: {}", "has exactly one of api_key, bearer, basic and hmac", 5),
    ("source:\n  type: webhook\n  auth:\n    hmac:\n      heade: X", "nearest right key is 'header'", 7),
    ("source:\n  type: webhook\n  auth:\n    bearer: ''", "'source.auth.bearer': must not be empty", 6),
    ("source:\n  type: webhook\n  auth: {api_key: {value: a}}", "exactly one of header and query", 5),
    ("source:\n  type: webhook\n  auth: none\n  max_size: 17MiB", "must be at most 16777216", 6),
    ("source:\n  type: webhook\n  auth: none\n  max_size: big", "must be a number with a unit, such as", 6),
    ("source:\n  type: webhook\n  auth: none\n  listen: 8090", "'source.listen'", 6),
    ("source:\n  type: webhook\n  auth: none\n  listen: ':8090'", "must be host:port", 6),
]


@pytest.mark.parametrize(("text", "words", "line"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, words: str, line: int) -> None:
    path = write_file(tmp_path, f"apiVersion: connectors/v1\nname: test\n{text}\n{MAPPING}")

    with pytest.raises(FileProblems) as caught:
        load_connector(path, environment={})

    assert any(words in problem and f"line {line}:" in problem for problem in caught.value.problems), caught.value


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    path = write_file(
        tmp_path,
        f"apiVersion: connectors/v1\nname: test\nsource: {{type: webhook, auth: {{bearer: '${{S}}'}}}}\n{MAPPING}",
    )

    loaded = load_connector(path, environment={"S": "very secret"})

    assert "very secret" not in repr(loaded)
    assert "very secret" not in json.dumps(loaded.connector.model_dump(mode="json"))
