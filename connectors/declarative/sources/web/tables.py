# SPDX-License-Identifier: EUPL-1.2
"""Lookups with an address: asked before the first record of a source, and anew when they have become too old."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from allmende.connector import Cursor, Record
from allmende.errors import Retry, SourceError, Stop
from connectors.declarative.format import Lookup
from connectors.declarative.lookups import NotRead, to_table
from connectors.declarative.sources.layouts import Unusable
from connectors.declarative.sources.opening import DeclaredSource
from connectors.declarative.sources.readers import Select
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.asking import Asker
from connectors.declarative.sources.web.requests import request_of
from connectors.declarative.sources.web.source import rows_of

AGAIN_S = 60.0
"""Where an address fails, it is asked again after that, if not later anyway."""

log = structlog.get_logger()


@dataclass(slots=True)
class WebTable:
    """The table of one lookup: what was answered last, and when it is asked again."""

    name: str
    lookup: Lookup
    asker: Asker
    select: Select | None
    due: float = 0.0
    digest: str = ""
    has_failed: bool = False

    async def ask(self) -> dict[str, Any] | None:
        """Give the table; None where it has not changed. Raises Retry or Stop."""
        async with self.asker.open() as session:
            answer = await session.ask(request_of(self.lookup, datetime.now(UTC)))
        if answer.digest == self.digest:
            return None
        table = to_table(self.lookup.key, self._rows(answer))
        self.digest = answer.digest
        return table

    def _rows(self, answer: Answer) -> list[Any]:
        rows = list(rows_of(answer, self.lookup, self.select, self.asker.shown))
        for row in rows:
            if type(row) is Unusable:
                raise Retry(f"{self.asker.shown.url(answer.url)}: {row.problem}")
        return rows


class JoinedSource:
    """A source whose lookups have addresses; puts their tables where the mapping finds them."""

    def __init__(
        self,
        source: DeclaredSource,
        lookups: list[WebTable],
        tables: dict[str, dict[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._lookups = lookups
        self._tables = tables
        self._clock = clock

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records of the source; no table is older than its `every` when one is given."""
        await self._refresh()
        async for record in self._source.read(cursor):
            await self._refresh()
            yield record

    async def check(self) -> None:
        """Try the addresses of the lookups, then the source."""
        await self._refresh()
        await self._source.check()

    def parts(self) -> list[str]:
        """Name the parts of the source."""
        return self._source.parts()

    def path_of(self, part: str) -> Path | None:
        """Give the file of a part."""
        return self._source.path_of(part)

    def format_of(self, part: str) -> str:
        """Give the format of a part."""
        return self._source.format_of(part)

    def sample(self, part: str, count: int) -> bytes:
        """Give the content of a part."""
        return self._source.sample(part, count)

    async def _refresh(self) -> None:
        now = self._clock()
        for lookup in self._lookups:
            if lookup.due <= now or type(self._tables[lookup.name]) is NotRead:
                await self._ask(lookup)

    async def _ask(self, lookup: WebTable) -> None:
        """Ask for a table. Where that fails, the old one stays; where there is none, the source waits for it."""
        every_s = lookup.lookup.every.total_seconds()
        try:
            table = await lookup.ask()
        except SourceError as error:
            after_s = error.after_s or 0.0 if isinstance(error, Retry) else 0.0
            self._bear(lookup, error, after_s)
            lookup.due = self._clock() + max(min(every_s, AGAIN_S), after_s)
            return
        if lookup.has_failed:
            log.info("lookup_recovered", lookup=lookup.name)
        lookup.has_failed = False
        lookup.due = self._clock() + every_s
        if table is not None:
            self._tables[lookup.name] = table

    def _bear(self, lookup: WebTable, error: SourceError, after_s: float) -> None:
        """Go on without an answer, where that is possible; each failure is logged once."""
        if type(self._tables[lookup.name]) is NotRead:
            words = f"Lookup {lookup.name}: {error}"
            if not lookup.lookup.optional:
                raise (Stop(words) if isinstance(error, Stop) else Retry(words, after_s=after_s)) from error
            self._tables[lookup.name] = {}
        if not lookup.has_failed:
            kept = len(self._tables[lookup.name])
            log.warning("lookup_failed", lookup=lookup.name, reason=str(error), rows_kept=kept)
        lookup.has_failed = True
