# SPDX-License-Identifier: EUPL-1.2
"""`/hooks`: what of a request reaches the connector, and how it is answered where that does not."""

import asyncio
import socket

import httpx
import pytest

from allmende.hooks import hook_socket, short_path
from api.app import build_app
from api.gate import HttpGate
from api.hooks import fields_inward

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
def door(tmp_path):
    """Where the socket of a webhook lies."""
    door = hook_socket(tmp_path, "default", "test")
    door.parent.mkdir()
    return door


@pytest.fixture
async def client(resources, keyring, tmp_path):
    """A client of a platform that needs a key for everything else."""
    app = build_app(resources, keyring, HttpGate(open_reads=False), data=tmp_path)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as opened:
        yield opened


async def answering(door, answer, heard):
    """A connector that keeps the request and answers with these bytes."""

    async def take(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0] or 0)
        heard.extend([head, await reader.readexactly(length)])
        writer.write(answer)
        writer.close()

    with short_path(door) as path:
        return await asyncio.start_unix_server(take, path)


async def test_a_request_is_passed_on_without_what_is_of_its_connection(client, door):
    heard = []
    answer = b"HTTP/1.1 418 Teapot\r\nretry-after: 7\r\nset-cookie: a=b\r\ncontent-length: 2\r\n\r\nok"
    async with await answering(door, answer, heard):
        answered = await client.post(
            "/hooks/default/test?k=%2Fa&b=",
            content=b"{}",
            headers={"X-Sign": "s", "Cookie": "c", "Connection": "x-mine", "X-Mine": "m", "X-Forwarded-For": "f"},
        )

    head, body = heard
    assert head.startswith(b"POST /?k=%2Fa&b= HTTP/1.1\r\n")
    assert b"x-sign: s" in head.lower()
    assert b"host: webhook" in head.lower()
    assert not any(name in head.lower() for name in (b"cookie", b"x-mine", b"x-forwarded-for"))
    assert body == b"{}"
    assert (answered.status_code, answered.text, answered.headers["retry-after"]) == (418, "ok", "7")
    assert "set-cookie" not in answered.headers


async def test_what_is_no_webhook_is_not_found(client, door):
    (door.parent / "file").touch()

    assert (await client.post("/hooks/default/test", content=b"{}")).status_code == 404
    assert (await client.post("/hooks/default/..%2F..%2Fetc", content=b"{}")).status_code == 404


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf", b"nonsense\r\n\r\n"])
async def test_a_connector_that_breaks_off_is_away(client, door, answer):
    async with await answering(door, answer, []):
        answered = await client.post("/hooks/default/test", content=b"{}")

    assert (answered.status_code, answered.headers["retry-after"]) == (503, "5")
    assert answered.headers["content-type"] == "application/problem+json"


async def test_a_socket_that_nobody_listens_on_is_a_webhook_that_is_away(client, door):
    with socket.socket(socket.AF_UNIX) as left_behind, short_path(door) as path:
        left_behind.bind(path)

    answered = await client.post("/hooks/default/test", content=b"{}")

    assert (answered.status_code, answered.headers["retry-after"]) == (503, "5")


async def test_pages_of_other_origins_must_not_write_to_a_webhook(client, door):
    heard = []
    async with await answering(door, b"", heard):
        answered = await client.post("/hooks/default/test", content=b"{}", headers={"Origin": "https://example.org"})

    assert answered.status_code == 403
    assert heard == []


async def test_a_body_of_unknown_length_is_at_most_what_the_platform_takes(client, door):
    async def chunks():
        for _ in range(17):
            yield b" " * 1024 * 1024

    async def swallow(reader, writer):
        while await reader.read(65536):
            pass
        writer.close()

    with short_path(door) as path:
        server = await asyncio.start_unix_server(swallow, path)
    async with server:
        answered = await client.post("/hooks/default/test", content=chunks())

    assert answered.status_code == 413


def test_a_length_that_connection_names_stays():
    fields = [(b"connection", b"Content-Length, X-A"), (b"content-length", b"2"), (b"x-a", b"1"), (b"x-b", b" 2 ")]

    assert fields_inward(fields) == [(b"host", b"webhook"), (b"content-length", b"2"), (b"x-b", b"2")]
