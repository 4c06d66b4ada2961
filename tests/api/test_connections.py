# SPDX-License-Identifier: EUPL-1.2
"""Connections that would hold the platform up."""

import asyncio
import socket

import pytest
import uvicorn

from allmende.connections import BoundedProtocol
from broker.web.calls import Answer
from broker.web.exchange import read_body, send_answer

LARGE = 32 * 1024 * 1024
TAKEN = set()
"""The large answers that were taken, or given up."""


class Impatient(BoundedProtocol):
    max_head_bytes = 4096
    head_within_s = 0.2
    silent_for_s = 0.2
    deaf_for_s = 0.3


async def answer(scope, receive, send):
    if scope["path"] == "/large":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a" * LARGE, "more_body": True})
        await send({"type": "http.response.body"})
        TAKEN.add(scope["query_string"])
        return
    await send_answer(send, Answer(200, await read_body(receive) or b"read"))


@pytest.fixture
async def connect():
    """Open connections to a server that loses patience soon."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(answer, lifespan="off", log_config=None, ws="none", http=Impatient))
    task = asyncio.create_task(server._serve([listener]))
    opened = []

    async def open_connection():
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        opened.append(writer)
        return reader, writer

    yield open_connection
    for writer in opened:
        writer.close()
    server.should_exit = True
    await task


async def rest(reader):
    """What still comes until the other side closes."""
    try:
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return b""


async def test_a_client_that_says_nothing_is_sent_away(connect):
    reader, _ = await connect()

    assert await rest(reader) == b""


async def test_a_header_that_comes_too_slowly_is_not_waited_for(connect):
    reader, writer = await connect()
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n")

    assert await rest(reader) == b""


async def test_a_header_without_end_is_refused(connect):
    reader, writer = await connect()
    writer.write(b"GET / HTTP/1.1\r\n" + b"x: " + b"y" * 10_000)

    assert (await rest(reader)).startswith(b"HTTP/1.1 431")


async def test_a_body_that_does_not_come_is_not_waited_for(connect):
    reader, writer = await connect()
    writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nab")

    assert await rest(reader) == b""


async def test_a_client_that_takes_part_is_served_again_and_again(connect):
    reader, writer = await connect()
    seen = []

    for _ in range(3):
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n" + b"a" * 2500)
        await asyncio.sleep(0.1)
        writer.write(b"a" * 2500)
        seen.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(5000))
        await asyncio.sleep(0.15)

    assert all(one.startswith(b"HTTP/1.1 200") for one in seen)


async def test_what_comes_in_one_piece_may_be_larger_than_a_header(connect):
    reader, writer = await connect()

    writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\n" + b"a" * 50_000)

    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")


async def test_a_client_that_takes_nothing_is_sent_away(connect):
    reader, writer = await connect()
    writer.transport.pause_reading()

    writer.write(b"GET /large?deaf HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while b"deaf" not in TAKEN:
        await asyncio.sleep(0.01)
    writer.transport.resume_reading()

    assert len(await rest(reader)) < LARGE


async def test_a_client_that_takes_its_time_gets_all(connect):
    reader, writer = await connect()
    writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    taken = 0

    while chunk := await reader.read(4 * 1024 * 1024):
        taken += len(chunk)
        await asyncio.sleep(0.005)

    assert taken > LARGE
