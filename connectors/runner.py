# SPDX-License-Identifier: EUPL-1.2
"""The runner: owns time and failure of a connector, so that sources need not."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import structlog
from paho.mqtt.client import MQTTMessageInfo

from allmende.connector import RecordMapping, Source
from allmende.errors import Retry, Skip, SourceError
from connectors.intake import Intake, Totals
from connectors.link import Link
from connectors.publisher import FIRST_REPEAT_S, Publisher
from connectors.spool import Spool

STATE_EVERY_S = 30.0
FLUSH_S = 0.05
FIRST_BACK_OFF_S = 1.0
LAST_BACK_OFF_S = 600.0
TRIES_ONCE = 3
PATIENCE_S = 120.0
REQUESTS_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a source is read, how long a run once waits for the platform, and when a message is repeated."""

    every: timedelta = timedelta(minutes=1)
    jitter: timedelta = timedelta()
    patience_s: float = PATIENCE_S
    first_repeat_s: float = FIRST_REPEAT_S

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
        self._version = version
        self._pace = pace
        self.totals = totals or Totals()
        self._publisher = Publisher(
            spool, link, on_request=self._answer, on_settled=self.totals.add, first_repeat_s=pace.first_repeat_s
        )
        self._intake = Intake(spool, mapping, self.totals, self._publisher.wake)
        self._state = "running"
        self._next_read: datetime | None = None
        self._last_error: dict[str, str] | None = None
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
        """Do the work while the publisher and the reports of state run."""
        self._keep()
        self._report()
        tasks = [asyncio.ensure_future(task) for task in (work, self._publisher.run(), self._reports(), self._broken)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._state = "stopped"
            self._keep()
            await self._link.close(self._report() if self._link.is_ready else None)

    async def _pass_and_drain(self) -> None:
        asked = asyncio.get_running_loop().time() + REQUESTS_S
        for attempt in range(1, TRIES_ONCE + 1):
            try:
                await self._pass(patience_s=self._pace.patience_s)
                self._last_error = None
                break
            except Retry as error:
                self._fail(error)
                if attempt == TRIES_ONCE:
                    raise
                await asyncio.sleep(self._back_off_s())
        await self._publisher.drained(patience_s=self._pace.patience_s)
        # What the platform has kept for this connector comes right after it subscribes.
        await asyncio.sleep(max(asked - asyncio.get_running_loop().time(), 0))
        await self._publisher.drained(patience_s=self._pace.patience_s)

    async def _passes(self) -> None:
        while True:
            pause_s = self._pace.pause_s()
            try:
                self._change("running")
                await self._pass()
                self._failures = 0
                self._last_error = None
                self._change("waiting", pause_s)
            except (Retry, Skip) as error:
                self._fail(error)
                pause_s = self._back_off_s() if isinstance(error, Retry) else pause_s
                self._change("failing", pause_s)
            self._spool.drop_old()
            await asyncio.sleep(pause_s)

    async def _pass(self, *, patience_s: float | None = None) -> None:
        """Read what is new."""
        flush: asyncio.TimerHandle | None = None
        loop = asyncio.get_running_loop()
        cursor = self._intake.begin()
        records = self._source.read(cursor)
        try:
            async for record in records:
                # A source that gives little at a time never fills a batch, but it can fill the spool.
                if self._intake.take(record) or self._spool.is_full:
                    self._intake.commit()
                    await asyncio.sleep(0)
                    await self._publisher.room(patience_s=patience_s)
                elif flush is None or flush.when() < loop.time():
                    flush = loop.call_later(FLUSH_S, self._flush)
        except SourceError:
            self._intake.commit()
            raise
        finally:
            if flush is not None:
                flush.cancel()
            if isinstance(records, AsyncGenerator):
                await records.aclose()
        self._intake.commit()

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
        pause = min(FIRST_BACK_OFF_S * float(2 ** min(self._failures, 16)), LAST_BACK_OFF_S)
        return pause * random.uniform(0.75, 1.25)  # noqa: S311 - jitter

    def _fail(self, error: SourceError) -> None:
        if self._failures == 0:
            log.warning("source_failed", reason=str(error))
        self._failures += 1
        self._last_error = {"at": instant(datetime.now(UTC)) or "", "text": str(error)[:500]}

    def _change(self, state: str, pause_s: float | None = None) -> None:
        self._state = state
        self._next_read = None if pause_s is None else datetime.now(UTC) + timedelta(seconds=pause_s)
        self._keep()
        if self._link.is_ready:
            self._report()

    async def _reports(self) -> None:
        while True:
            await asyncio.sleep(STATE_EVERY_S)
            self._keep()
            if self._link.is_ready:
                self._report()

    def _report(self) -> MQTTMessageInfo:
        figures = {"backlog": self._spool.backlog, "set_aside": self._spool.set_aside}
        return self._link.send("state", orjson.dumps(self._said() | figures))

    def _keep(self) -> None:
        """Keep in the spool what `connectors list` shows; what an earlier run has read and stored stays known."""
        said = self._said()
        for name in ("last_read", "last_stored"):
            if said[name] is None:
                del said[name]
        # A figure for people ends no run; where the spool cannot be written, the next record tells.
        with suppress(sqlite3.Error):
            self._spool.keep_state(said)

    def _said(self) -> dict[str, Any]:
        return {
            "state": self._state,
            "version": self._version,
            "last_read": instant(self.totals.last_read),
            "last_stored": instant(self.totals.last_stored),
            "next_read": instant(self._next_read),
            "last_error": self._last_error,
        }


def instant(time: datetime | None) -> str | None:
    """Write a time as reports of state do: UTC, whole seconds."""
    return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
