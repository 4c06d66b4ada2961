# SPDX-License-Identifier: EUPL-1.2
"""The source `webhook`: who may send, and when it is answered."""

import asyncio
import base64
import hmac
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from allmende.errors import InvalidRequest
from connectors.declarative.kinds.webhook import WebhookSource as WebhookBlock
from connectors.declarative.sources.calls import read_body
from connectors.declarative.sources.reception import Reception
from tests.connectors.hooks import MAPPING, Hook, hook, signed
from tests.connectors.writing import declare


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
