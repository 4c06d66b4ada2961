# SPDX-License-Identifier: EUPL-1.2
"""The source `webhook`: who may send, what is understood, and when it is answered."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
import stat
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from allmende.connector import Record, Stream
from allmende.errors import InvalidRequest, Retry, Stop
from allmende.hooks import hook_socket, short_path
from connectors.declarative.connector import Declared
from connectors.declarative.kinds.webhook import WebhookSource as WebhookBlock
from connectors.declarative.loading import FileProblems, load_connector
from connectors.declarative.sources.calls import read_body
from connectors.declarative.sources.reception import Reception
from connectors.preview import preview
from tests.connectors.hosts import host
from tests.connectors.writing import declare, write_file

MAPPING = "entity: {type: T, id: id, attributes: {x: x}}\n"


class Hook:
    """A webhook that listens, and the records that came; `keep` says whether they are kept at once."""

    def __init__(self, client: httpx.AsyncClient, door: Path) -> None:
        self.client = client
        self.door = door
        self.records: list[Record] = []
        self.keep = True
        self.is_full = False

    async def send(self, body: Any = b'{"id": 1, "x": 2}', **options: Any) -> httpx.Response:
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.client.post("/hooks/default/test", **given, **options)


@asynccontextmanager
async def hook(folder: Path, source: str, *, more: str = "", keep: bool = True) -> AsyncIterator[Hook]:
    declared = declare(folder, f"source: {{type: webhook, {source}}}\n{MAPPING}{more}")
    async with received(declared, hook_socket(folder, "default", "test"), keep=keep) as opened:
        yield opened


@asynccontextmanager
async def received(declared: Declared, door: Path, *, keep: bool = True) -> AsyncIterator[Hook]:
    """Take what is sent to a connector."""
    door.parent.mkdir(exist_ok=True)
    with short_path(door) as path:
        transport = httpx.AsyncHTTPTransport(uds=path, verify=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://webhook", timeout=10) as client:
            opened = Hook(client, door)
            opened.keep = keep
            declared.door.path, declared.door.is_full = door, lambda: opened.is_full
            assert isinstance(declared.source, Stream)
            listening = asyncio.Event()
            reading = asyncio.create_task(take(declared.source.follow({}, listening.set), opened))
            await listening.wait()
            try:
                yield opened
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)


async def take(records: AsyncGenerator[Record, None], opened: Hook) -> None:
    async with aclosing(records):
        async for record in records:
            opened.records.append(record)
            if opened.keep and record.when_kept is not None:
                record.when_kept()


def signed(body: bytes, secret: bytes = b"s", algorithm: str = "sha256") -> str:
    return hmac.new(secret, body, getattr(hashlib, algorithm)).hexdigest()


async def test_a_body_becomes_records_and_is_accepted_when_they_are_kept(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none") as opened:
        answer = await opened.send([{"id": 1}, {"id": 2}])

    assert (answer.status_code, answer.json()) == (202, {"records": 2})
    assert [(record.content, record.first) for record in opened.records] == [({"id": 1}, True), ({"id": 2}, False)]


async def test_nobody_is_told_that_records_are_kept_before_they_are(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none", keep=False) as opened:
        sending = asyncio.create_task(opened.send([{"id": 1}, {"id": 2}]))
        while len(opened.records) < 2:
            await asyncio.sleep(0.01)
        first, last = opened.records
        assert first.when_kept is None
        assert not sending.done()
        assert last.when_kept is not None
        last.when_kept()

        assert (await sending).status_code == 202


async def test_who_waits_when_the_connector_ends_is_told_to_send_again(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none", keep=False) as opened:
        sending = asyncio.create_task(opened.send())
        while not opened.records:
            await asyncio.sleep(0.01)

    answer = await sending
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_a_full_spool_is_an_answer_of_its_own_and_takes_nothing(tmp_path: Path) -> None:
    async with hook(tmp_path, "auth: none") as opened:
        opened.is_full = True
        refused = await opened.send()
        opened.is_full = False
        accepted = await opened.send()

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
    assert "full" in refused.json()["detail"]
    assert accepted.status_code == 202
    assert len(opened.records) == 1


async def test_what_nobody_takes_in_time_is_not_taken_later(tmp_path: Path) -> None:
    settings = declare(tmp_path, f"source: {{type: webhook, auth: none}}\n{MAPPING}").file.source
    assert isinstance(settings, WebhookBlock)
    reception = Reception(settings, settings, None, lambda: False, patience_s=0.05)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(reception), base_url="http://webhook") as client:
        late = await client.post("/", json={"id": 1})
        sending = asyncio.create_task(client.post("/", json={"id": 2}))
        delivery = await reception.next()
        delivery.keep()
        taken = await sending

    assert (late.status_code, late.headers["retry-after"]) == (503, "2")
    assert taken.status_code == 202
    assert delivery.rows == [{"id": 2}]


@pytest.mark.parametrize(("settings", "most"), [("", 64), (", max_size: 16MiB", 4)])
async def test_more_requests_than_can_wait_at_once_are_refused(tmp_path: Path, settings: str, most: int) -> None:
    async with hook(tmp_path, f"auth: none{settings}", keep=False) as opened:
        sending = [asyncio.create_task(opened.send({"id": number})) for number in range(most)]
        while len(opened.records) < most:
            await asyncio.sleep(0.01)
        refused = await opened.send({"id": "one too many"})
        for record in opened.records:
            assert record.when_kept is not None
            record.when_kept()
        accepted = [answer.status_code for answer in await asyncio.gather(*sending)]

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert accepted == [202] * most
    assert len(opened.records) == most


async def test_a_body_that_comes_by_drops_is_given_up() -> None:
    async def drops() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(InvalidRequest, match=r"whole within 0\.1 s"):
        await read_body({}, drops, 1024, within_s=0.1)


BASIC = base64.b64encode("städte:pässword".encode()).decode()
CALLERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("{api_key: {header: X-Key, value: s}}", {"headers": {"x-key": "s"}}, {"headers": {"x-key": "t"}}),
    ("{api_key: {header: X-Key, value: s}}", {"headers": {"x-key": "s"}}, {"params": {"X-Key": "s"}}),
    ("{api_key: {query: k, value: s}}", {"params": {"k": "s"}}, {"params": {"k": "s2"}}),
    ("{api_key: {query: k, value: s}}", {"params": [("k", "s"), ("k", "t")]}, {"params": [("k", "t"), ("k", "s")]}),
    ("{bearer: s}", {"headers": {"authorization": "bearer s"}}, {"headers": {"authorization": "Basic s"}}),
    ("{bearer: s}", {"headers": {"authorization": "Bearer s"}}, {"headers": {"authorization": "Bearer t"}}),
    (
        "{basic: {user: städte, password: pässword}}",
        {"headers": {"authorization": f"Basic {BASIC}"}},
        {"headers": {"authorization": "Basic " + base64.b64encode(b"user:other").decode()}},
    ),
    (
        "{basic: {user: user, password: p}}",
        {"headers": {"authorization": "Basic " + base64.b64encode(b"user:p").decode()}},
        {"headers": {"authorization": "Basic not=base64"}},
    ),
]


@pytest.mark.parametrize(("auth", "right", "wrong"), CALLERS)
async def test_only_who_has_the_key_may_send(
    tmp_path: Path, auth: str, right: dict[str, Any], wrong: dict[str, Any]
) -> None:
    async with hook(tmp_path, f"auth: {auth}") as opened:
        refused = [await opened.send(), await opened.send(**wrong)]
        before = len(opened.records)
        accepted = await opened.send(**right)

    assert [answer.status_code for answer in refused] == [401, 401]
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert before == 0
    assert accepted.status_code == 202


BODY = b'{"id": 1}'
SIGNATURES: list[tuple[str, str, str]] = [
    ("", signed(BODY), signed(b"other")),
    (", prefix: 'sha256='", "sha256=" + signed(BODY).upper(), signed(BODY)),
    (", algorithm: sha1", signed(BODY, algorithm="sha1"), signed(BODY)),
    (", algorithm: sha512", signed(BODY, algorithm="sha512"), ""),
    (
        ", encoding: base64",
        base64.b64encode(hmac.new(b"s", BODY, "sha256").digest()).decode(),
        base64.b64encode(hmac.new(b"t", BODY, "sha256").digest()).decode(),
    ),
]


@pytest.mark.parametrize(("settings", "right", "wrong"), SIGNATURES)
async def test_a_signature_must_be_that_of_the_body(tmp_path: Path, settings: str, right: str, wrong: str) -> None:
    async with hook(tmp_path, f"auth: {{hmac: {{header: X-Sign, secret: s{settings}}}}}") as opened:
        refused = [await opened.send(BODY), await opened.send(BODY, headers={"x-sign": wrong})]
        changed = await opened.send(BODY + b" ", headers={"x-sign": right})
        accepted = await opened.send(BODY, headers={"x-sign": right})

    assert [answer.status_code for answer in [*refused, changed]] == [401, 401, 401]
    assert accepted.status_code == 202
    assert len(opened.records) == 1


async def test_a_signed_time_that_is_long_ago_is_refused(tmp_path: Path) -> None:
    auth = (
        "{hmac: {header: X-Sign, secret: s, timestamp: {header: X-Time, tolerance: 60s, signed: 'v0:{time}:{body}'}}}"
    )

    async def send(opened: Hook, said: str) -> int:
        sign = signed(f"v0:{said}:".encode() + BODY)
        return (await opened.send(BODY, headers={"x-sign": sign, "x-time": said})).status_code

    now = int(time.time())
    async with hook(tmp_path, f"auth: {auth}") as opened:
        late = [await send(opened, said) for said in (str(now - 90), str(now + 90), "yesterday", "", "9" * 40)]
        good = [await send(opened, said) for said in (str(now - 30), str(now * 1000))]
        unsigned = (await opened.send(BODY, headers={"x-sign": signed(BODY), "x-time": str(now)})).status_code

    assert late == [401] * 5
    assert good == [202, 202]
    assert unsigned == 401


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
