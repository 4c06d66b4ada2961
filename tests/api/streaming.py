# SPDX-License-Identifier: EUPL-1.2
"""A client of streams of events, as browsers read them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson


@dataclass
class Stream:
    """An open stream: its header, the last place that it gave, and its events."""

    response: httpx.Response
    place: str = ""
    comments: int = 0
    _lines: AsyncIterator[str] = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def next(self, seconds: float = 30) -> tuple[str, Any]:
        """The next event: its name and what it says."""
        return await asyncio.wait_for(self._next(), seconds)

    async def take(self, count: int) -> list[dict[str, Any]]:
        """What the next entity events say."""
        taken = [await self.next() for _ in range(count)]
        assert {name for name, _ in taken} <= {"entity"}, taken
        return [said for _, said in taken]

    async def opened(self) -> str:
        """The place that it begins at."""
        while not self.place:
            await self._line()
        return self.place

    async def ended(self, seconds: float = 30) -> None:
        """Wait for its end."""

        async def drain() -> None:
            async for _ in self._lines:
                pass

        await asyncio.wait_for(drain(), seconds)

    async def _next(self) -> tuple[str, Any]:
        name = ""
        while True:
            kind, said = await self._line()
            if kind == "event":
                name = said
            elif kind == "data":
                return name, orjson.loads(said)

    async def _line(self) -> tuple[str, str]:
        line = await anext(self._lines)
        kind, _, said = line.partition(":")
        said = said.removeprefix(" ")
        if line.startswith(":"):
            self.comments += 1
        if kind == "id":
            self.place = said
        return kind, said


@asynccontextmanager
async def streaming(
    url: str,
    query: str = "",
    *,
    after: str | None = None,
    headers: dict[str, str] | None = None,
    address: str | None = None,
) -> AsyncIterator[Stream]:
    """Open a stream, from an own address of this machine; one without `after` is open when this gives it."""
    asked = {**(headers or {}), **({"last-event-id": after} if after else {})}
    async with (
        httpx.AsyncClient(
            base_url=url, timeout=60, transport=httpx.AsyncHTTPTransport(local_address=address)
        ) as client,
        client.stream("GET", f"/events{query}", headers=asked) as response,
    ):
        stream = Stream(response)
        if response.status_code == 200 and after is None:
            await stream.opened()
        yield stream
