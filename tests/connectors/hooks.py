# SPDX-License-Identifier: EUPL-1.2
"""A webhook of a test that listens, and the records that came."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from allmende.connector import Record, Stream
from allmende.hooks import hook_socket, short_path
from connectors.declarative.connector import Declared
from tests.connectors.writing import declare

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
