# SPDX-License-Identifier: EUPL-1.2
"""A source with lookups that have addresses: asked before the first record, and anew when they are too old."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol, cast

import structlog

from allmende.connector import Cursor, Record, Stream
from allmende.errors import Retry, SourceError, Stop
from connectors.declarative.lookups import NotRead
from connectors.declarative.sources.opening import DeclaredSource
from connectors.declarative.sources.web.tables import WebTable

AGAIN_S = 60.0
"""Where an address fails, it is asked again after that, if not earlier anyway."""
LEAST_S = 1.0
"""Between two looks at the age of tables, where nothing asks for them."""

Tell = Callable[[str, str, int], None]
"""Tells of a failure: the lookup, why, and how many rows of an earlier answer are kept."""

log = structlog.get_logger()


class DeclaredStream(DeclaredSource, Stream, Protocol):
    """A stream of a connector file."""


class JoinedSource:
    """A source whose lookups have addresses; puts their tables where the mapping finds them."""

    def __init__(
        self,
        source: DeclaredSource,
        lookups: list[WebTable],
        tables: dict[str, dict[str, Any]],
        warnings: list[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._lookups = lookups
        self._tables = tables
        self._warnings = warnings
        self._clock = clock

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records of the source; no table is older than its `every` when one is given."""
        async with aclosing(self._joined(self._source.read(cursor))) as records:
            async for record in records:
                yield record

    async def check(self) -> None:
        """Try the addresses of the lookups, then the source; what is missing and optional becomes a warning."""
        for lookup in self._lookups:
            await self._ask(lookup, self._warn)
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

    async def _joined(self, reading: AsyncIterator[Record]) -> AsyncGenerator[Record, None]:
        try:
            await self._refresh()
            async for record in reading:
                await self._refresh()
                yield record
        finally:
            # Whoever stops reading here ends what the source has open, too.
            if isinstance(reading, AsyncGenerator):
                await reading.aclose()

    async def _refresh(self) -> None:
        now = self._clock()
        for lookup in self._lookups:
            if lookup.due <= now or type(self._tables[lookup.name]) is NotRead:
                await self._ask(lookup, _log)

    def _warn(self, lookup: str, reason: str, rows_kept: int) -> None:  # noqa: ARG002 - a preview keeps none
        self._warnings.append(f"Lookup {lookup}: {reason}")

    async def _ask(self, lookup: WebTable, tell: Tell) -> None:
        """Ask for a table. Where that fails, the old one stays; where there is none, the source waits for it."""
        every_s = lookup.lookup.every.total_seconds()
        try:
            table = await lookup.ask()
        except SourceError as error:
            after_s = error.after_s or 0.0 if isinstance(error, Retry) else 0.0
            self._bear(lookup, error, after_s, tell)
            lookup.due = self._clock() + max(min(every_s, AGAIN_S), after_s)
            return
        if lookup.has_failed:
            log.info("lookup_recovered", lookup=lookup.name)
        lookup.has_failed = False
        lookup.due = self._clock() + every_s
        if table is not None:
            self._tables[lookup.name] = table

    def _bear(self, lookup: WebTable, error: SourceError, after_s: float, tell: Tell) -> None:
        """Go on without an answer, where that is possible; each failure is logged once."""
        if type(self._tables[lookup.name]) is NotRead:
            words = f"Lookup {lookup.name}: {error}"
            if not lookup.lookup.optional:
                raise (Stop(words) if isinstance(error, Stop) else Retry(words, after_s=after_s)) from error
            self._tables[lookup.name] = {}
        if not lookup.has_failed:
            tell(lookup.name, str(error), len(self._tables[lookup.name]))
        lookup.has_failed = True


class JoinedStream(JoinedSource):
    """The same of a source without an end; who sends does not wait while a table is asked anew."""

    def __init__(
        self, stream: DeclaredStream, lookups: list[WebTable], tables: dict[str, dict[str, Any]], warnings: list[str]
    ) -> None:
        super().__init__(stream, lookups, tables, warnings)
        self._stream = stream

    def follow(self, cursor: Cursor, ready: Callable[[], None]) -> AsyncGenerator[Record, None]:
        """Give what comes, without an end; tables are asked anew beside it, whether anything comes or not."""
        return self._beside(self._stream.follow(cursor, ready))

    def watch(self) -> AsyncGenerator[Record, None]:
        """Give what comes by."""
        return self._joined(self._stream.watch())

    async def _beside(self, reading: AsyncGenerator[Record, None]) -> AsyncGenerator[Record, None]:
        refreshing: asyncio.Task[None] | None = None
        try:
            await self._refresh()
            refreshing = asyncio.create_task(self._refresh_on())
            async for record in reading:
                if refreshing.done():
                    refreshing.result()
                yield record
        finally:
            if refreshing is not None:
                refreshing.cancel()
                await asyncio.gather(refreshing, return_exceptions=True)
            await reading.aclose()

    async def _refresh_on(self) -> None:
        while True:
            await asyncio.sleep(max(min(lookup.due for lookup in self._lookups) - self._clock(), LEAST_S))
            await self._refresh()


def join_source(
    source: DeclaredSource, lookups: list[WebTable], tables: dict[str, dict[str, Any]], warnings: list[str]
) -> DeclaredSource:
    """Join a source of either kind with its lookups."""
    if isinstance(source, Stream):
        return JoinedStream(cast("DeclaredStream", source), lookups, tables, warnings)
    return JoinedSource(source, lookups, tables, warnings)


def _log(lookup: str, reason: str, rows_kept: int) -> None:
    log.warning("lookup_failed", lookup=lookup, reason=reason, rows_kept=rows_kept)
