# SPDX-License-Identifier: EUPL-1.2
"""Source `webhook`: what is sent becomes records; who sends is answered when they are on disk."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from allmende.connector import Cursor, Record
from allmende.errors import Stop
from connectors.declarative.kinds.reading import Reading
from connectors.declarative.kinds.receiving import Receiving
from connectors.declarative.sources.doors import Door, listen_on, serving
from connectors.declarative.sources.layouts import Unusable
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.reception import Delivery, Reception

FED = "A webhook is sent to and cannot be read: give --replay FILE with a body as it is sent"


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """Takes requests on a socket for as long as it is read."""

    receiving: Receiving
    written: Reading
    """How bodies are written."""
    select: Select | None
    door: Door

    def follow(self, _cursor: Cursor, ready: Callable[[], None]) -> AsyncGenerator[Record, None]:
        """Give the records of each request that comes; its sender is told when the last one is kept."""
        return self._received(None, ready)

    def read(self, _cursor: Cursor) -> AsyncGenerator[Record, None]:
        """Do the same until nothing has come for as long as the file says in `quiet`."""
        quiet = self.receiving.quiet
        return self._received(None if quiet is None else quiet.total_seconds(), lambda: None)

    def watch(self) -> AsyncGenerator[Record, None]:
        """Nothing comes by: who sends is answered once."""
        raise Stop(FED)

    async def _received(self, quiet_s: float | None, ready: Callable[[], None]) -> AsyncGenerator[Record, None]:
        listener = listen_on(self.receiving.listen, self.door.path)
        reception = Reception(self.receiving, self.written, self.select, self.door.is_full)
        async with serving(reception, listener):
            ready()
            try:
                while (delivery := await _next(reception, quiet_s)) is not None:
                    for record in records_of(delivery):
                        yield record
            finally:
                reception.close()

    async def check(self) -> None:
        """There is nothing to try: say how to look at a webhook."""
        raise Stop(FED)

    def parts(self) -> list[str]:
        """No part is known beforehand."""
        return []

    def format_of(self, _: str) -> str:
        """Give the format that the file names; each request may say its own."""
        return self.written.format or "json"

    def sample(self, _part: str, _count: int) -> bytes:
        """Nothing was read that could be kept as a fixture."""
        raise Stop(FED)

    def path_of(self, _: str) -> Path | None:
        """No part is a file."""
        return None


async def _next(reception: Reception, quiet_s: float | None) -> Delivery | None:
    try:
        async with asyncio.timeout(quiet_s):
            return await reception.next()
    except TimeoutError:
        return None


def records_of(delivery: Delivery) -> Iterator[Record]:
    """Give the records of a body; records are kept in their order, so the last one tells of all."""
    last = len(delivery.rows) - 1
    for number, row in enumerate(delivery.rows):
        content, problem = (row.content, row.problem) if type(row) is Unusable else (row, None)
        yield Record(
            content=content,
            problem=problem,
            first=number == 0,
            when_kept=delivery.keep if number == last else None,
        )
