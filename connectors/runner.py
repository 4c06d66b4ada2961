# SPDX-License-Identifier: EUPL-1.2
"""The runner: owns time and failure of a connector, so that sources need not."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from allmende.connector import Cursor, Record, RecordMapping, Source, Stream
from allmende.errors import Retry, Skip, SourceError
from connectors.intake import Intake, Totals
from connectors.link import Link
from connectors.publisher import FIRST_REPEAT_S, Publisher
from connectors.spool import Spool
from connectors.telling import Telling

FLUSH_S = 0.05
FLUSH_AWAITED_S = 0.005
"""Where the sender waits for the disk, and may have few messages that wait."""
FIRST_BACK_OFF_S = 1.0
LAST_BACK_OFF_S = 600.0
LONGEST_WISH_S = 3600.0
LAST_STREAM_BACK_OFF_S = 30.0
TRIES_ONCE = 3
PATIENCE_S = 120.0
REQUESTS_S = 1.0
TIDY_EVERY_S = 60.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a source is read, how long a run once waits for the platform, when a message is repeated, and what is silence."""

    every: timedelta = timedelta(minutes=1)
    jitter: timedelta = timedelta()
    listen_s: float = REQUESTS_S
    """For so long a run once stays, at least, to hear what the platform asks for."""
    patience_s: float = PATIENCE_S
    first_repeat_s: float = FIRST_REPEAT_S
    max_age: timedelta | None = None

    def pause_s(self) -> float:
        """Give the seconds until the next pass."""
        return self.every.total_seconds() + random.uniform(0, self.jitter.total_seconds())  # noqa: S311 - jitter


class Runner:
    """Reads, maps, spools and publishes for one connector."""

    def __init__(
        self,
        source: Source,
        mapping: RecordMapping,
        spool: Spool,
        link: Link,
        *,
        version: str,
        pace: Pace,
        totals: Totals | None = None,
    ) -> None:
        self._source = source
        self._spool = spool
        self._link = link
        self._pace = pace
        self.totals = totals or Totals()
        self.telling = Telling(spool, link, self.totals, version=version, max_age=pace.max_age)
        self._publisher = Publisher(
            spool, link, on_request=self._answer, on_settled=self.totals.add, first_repeat_s=pace.first_repeat_s
        )
        self._intake = Intake(spool, mapping, self.totals, self._publisher.wake)
        self._failures = 0
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run_once(self) -> Totals:
        """Read the source once; return when every record has its receipt."""
        await self._beside(self._pass_and_drain())
        return self.totals

    async def run(self) -> None:
        """Read the source by its schedule until cancelled."""
        await self._beside(self._passes())

    async def _beside(self, work: Any) -> None:
        """Do the work while the publisher, the reports of state and what tidies up run."""
        self.telling.tell()
        works = (work, self._publisher.run(), self.telling.run(), self._tidy(), self._broken)
        tasks = [asyncio.ensure_future(task) for task in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._link.close(self.telling.stop())

    async def _tidy(self) -> None:
        """Forget what was set aside for too long: a source without an end has no pause for it."""
        while True:
            self._spool.drop_old()
            await asyncio.sleep(TIDY_EVERY_S)

    async def _pass_and_drain(self) -> None:
        asked = asyncio.get_running_loop().time() + self._pace.listen_s
        skipped: Skip | None = None
        for attempt in range(1, TRIES_ONCE + 1):
            try:
                await self._pass(patience_s=self._pace.patience_s)
                self.telling.succeed()
                break
            except Skip as error:
                # A part of the source cannot be read: what was read of the others is sent all the same.
                self._fail(error)
                skipped = error
                break
            except Retry as error:
                self._fail(error)
                # A run once waits for a source as long as for the platform, and no longer.
                if attempt == TRIES_ONCE or (error.after_s or 0) > self._pace.patience_s:
                    raise
                await asyncio.sleep(self._pause_after_s(error))
        await self._publisher.drained(patience_s=self._pace.patience_s)
        # What the platform has kept for this connector comes right after it subscribes.
        await asyncio.sleep(max(asked - asyncio.get_running_loop().time(), 0))
        await self._publisher.drained(patience_s=self._pace.patience_s)
        if skipped is not None:
            raise skipped

    async def _passes(self) -> None:
        while True:
            pause_s = self._pace.pause_s()
            try:
                if not self._failures or not isinstance(self._source, Stream):
                    self.telling.change("running")
                await self._pass(follow=True)
                self._failures = 0
                self.telling.succeed()
                self.telling.change("waiting", pause_s)
            except (Retry, Skip) as error:
                self._fail(error)
                pause_s = self._pause_after_s(error) if isinstance(error, Retry) else pause_s
                self.telling.change("failing", pause_s)
            await asyncio.sleep(pause_s)

    async def _pass(self, *, patience_s: float | None = None, follow: bool = False) -> None:
        """Read what is new; `follow`: of a source without an end, until it is lost."""
        flush: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        records = self._records(self._intake.begin(), follow=follow)
        try:
            async for record in records:
                if self._intake.take(record):
                    await asyncio.sleep(0)
                elif flush is None or flush.when() < loop.time():
                    pause_s = FLUSH_S if record.when_kept is None else FLUSH_AWAITED_S
                    flush = loop.call_later(pause_s, self._flush)
                if self._spool.is_full:
                    # What a source gives before it waits is committed by the clock: this is asked at each record.
                    await self._make_room(patience_s)
        except SourceError:
            self._intake.commit()
            raise
        finally:
            if flush is not None:
                flush.cancel()
            if isinstance(records, AsyncGenerator):
                await records.aclose()
        self._intake.commit()

    def _records(self, cursor: Cursor, *, follow: bool) -> AsyncIterator[Record]:
        if follow and isinstance(self._source, Stream):
            return self._source.follow(cursor, self._recover)
        return self._source.read(cursor)

    def _recover(self) -> None:
        """A source without an end is there."""
        if self._failures:
            log.info("source_recovered")
        self._failures = 0
        self.telling.succeed()
        self.telling.change("running")

    async def _make_room(self, patience_s: float | None) -> None:
        """Do with a full spool what the connector file says."""
        self.telling.overflow()
        if self._spool.drops_oldest:
            self._publisher.drop_oldest()
        else:
            await self._publisher.room(patience_s=patience_s)

    def _flush(self) -> None:
        """Commit what a source gave before it waits."""
        try:
            self._intake.commit()
        except sqlite3.Error as error:
            if not self._broken.done():
                self._broken.set_exception(error)

    def _answer(self, kind: str, message: str, index: int) -> None:
        self._intake.answer(kind, message, index)

    def _back_off_s(self) -> float:
        last = LAST_STREAM_BACK_OFF_S if isinstance(self._source, Stream) else LAST_BACK_OFF_S
        pause = min(FIRST_BACK_OFF_S * float(2 ** min(self._failures, 16)), last)
        return pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    def _pause_after_s(self, error: Retry) -> float:
        """Give the back-off, or as long as the source asks for, within bounds."""
        return max(self._back_off_s(), min(error.after_s or 0, LONGEST_WISH_S))

    def _fail(self, error: SourceError) -> None:
        if self._failures == 0:
            log.warning("source_failed", reason=str(error))
        self._failures += 1
        self.telling.fail(error)
