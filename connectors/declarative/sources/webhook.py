# SPDX-License-Identifier: EUPL-1.2
"""Source `webhook`: what is sent becomes records; who sends is answered when they are on disk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from allmende.connector import Cursor, Record
from allmende.errors import SettingsError, Stop
from connectors.declarative.kinds.webhook import WebhookSource as WebhookBlock
from connectors.declarative.sources.doors import listen_on, serving
from connectors.declarative.sources.layouts import Unusable
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.reception import Delivery, Reception

FED = "A webhook is sent to and cannot be read: give --replay FILE with a body as it is sent"


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """Takes requests on a socket, one pass without an end."""

    settings: WebhookBlock
    select: Select | None = None
    door: Path | None = None
    """The socket that the platform passes requests on to, where the connector does not listen itself."""
    is_full: Callable[[], bool] = lambda: False
    quiet_s: float | None = None
    """How long nothing may come before the pass ends; None: it does not end."""

    def opened(self, door: Path, *, once: bool, is_full: Callable[[], bool]) -> "WebhookSource":
        """Give the source of a run: its socket, and what says that nothing more can be kept."""
        if not once:
            return replace(self, door=door, is_full=is_full)
        if self.settings.quiet is None:
            raise SettingsError(
                "A webhook never ends: run it without --once, or say in source.quiet how long nothing must come"
            )
        return replace(self, door=door, is_full=is_full, quiet_s=self.settings.quiet.total_seconds())

    async def read(self, _: Cursor) -> AsyncIterator[Record]:
        """Give the records of each request that comes; the sender is told when the last one is kept."""
        listener = listen_on(self.settings.listen, self.door)
        reception = Reception(self.settings, self.select, self.is_full)
        async with serving(reception, listener):
            try:
                while (delivery := await self._next(reception)) is not None:
                    for record in records_of(delivery):
                        yield record
            finally:
                reception.close()

    async def _next(self, reception: Reception) -> Delivery | None:
        try:
            async with asyncio.timeout(self.quiet_s):
                return await reception.next()
        except TimeoutError:
            return None

    async def check(self) -> None:
        """There is nothing to try: say how to look at a webhook."""
        raise Stop(FED)

    def parts(self) -> list[str]:
        """No part is known beforehand."""
        return []

    def format_of(self, _: str) -> str:
        """Give the format that the file names; each request may say its own."""
        return self.settings.format or "json"

    def sample(self, _part: str, _count: int) -> bytes:
        """Nothing was read that could be kept as a fixture."""
        raise Stop(FED)

    def path_of(self, _: str) -> Path | None:
        """No part is a file."""
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
