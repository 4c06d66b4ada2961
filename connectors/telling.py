# SPDX-License-Identifier: EUPL-1.2
"""What a connector says of itself: kept in its spool for `connectors list`, and sent to the platform."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson
import structlog
from paho.mqtt.client import MQTTMessageInfo

from connectors.instants import instant, instant_or_none, to_time
from connectors.intake import Totals
from connectors.link import Link
from connectors.silence import Silence
from connectors.spool import Spool

STATE_EVERY_S = 30.0
LOOK_EVERY_S = 1.0
Rejection = dict[str, Any]
Title: TypeAlias = str | dict[str, str] | None
"""Of the data: a text, or one for each language."""

log = structlog.get_logger()


class Telling:
    """The state of one connector, told at each change and every 30 s."""

    def __init__(self, spool: Spool, link: Link, totals: Totals, *, version: str, max_age: timedelta | None) -> None:
        self._spool = spool
        self._link = link
        self._totals = totals
        self._version = version
        known = spool.kept_state()
        self._silence = Silence(max_age, datetime.now(UTC))
        totals.last_read = totals.last_read or to_time(known.get("last_read"))
        totals.last_stored = totals.last_stored or to_time(known.get("last_stored"))
        self._state = "running"
        self._next_read: datetime | None = None
        # What an earlier run could not read is known until the source was read.
        self._last_error: dict[str, Any] | None = known.get("last_error")
        self._connections = link.connections
        self._told_stored: str | None = None
        self._full_since: datetime | None = None
        self._dropped = 0
        self._rejected: Rejection | None = None
        self._find_rejection: Callable[[], Rejection | None] = lambda: None
        self._title: Title = None

    def introduce(self, title: Title) -> None:
        """Say from now on what the data are called."""
        self._title = title

    def heed(self, find_rejection: Callable[[], Rejection | None]) -> None:
        """Tell of a newer version of the file that cannot run, as long as `find_rejection` gives one."""
        self._find_rejection = find_rejection
        self._rejected = find_rejection()

    def fail(self, error: Exception) -> None:
        """Remember why the source cannot be read."""
        self._last_error = {"at": instant(datetime.now(UTC)), "text": str(error)[:500]}

    def succeed(self) -> None:
        """The source was read."""
        self._last_error = None

    def overflow(self) -> None:
        """The spool is full: told once, until half of it is free."""
        if self._full_since is None:
            self._full_since, self._dropped = datetime.now(UTC), self._spool.overflow
            log.warning("spool_full", drops_oldest=self._spool.drops_oldest)
            self.tell()

    def change(self, state: str, pause_s: float | None = None) -> None:
        """Tell of another state, and in how many seconds the source is read next."""
        self._state = state
        self._next_read = None if pause_s is None else datetime.now(UTC) + timedelta(seconds=pause_s)
        self.tell()

    def stop(self) -> MQTTMessageInfo | None:
        """Tell that the connector ends."""
        self._state, self._next_read = "stopped", None
        return self.tell()

    def tell(self) -> MQTTMessageInfo | None:
        """Keep the state in the spool, and send it where the platform is there."""
        said = self._said()
        self._told_stored = said["last_stored"]
        # A figure for people ends no run; where the spool cannot be written, the next record tells.
        with suppress(sqlite3.Error):
            self._spool.keep_state(said)
        if not self._link.is_ready:
            return None
        figures = {"title": self._title, "backlog": self._spool.backlog, "set_aside": self._spool.set_aside}
        return self._link.send("state", orjson.dumps(said | figures | self._with_rejection()))

    async def run(self) -> None:
        """Tell every 30 s, and at once what changes by itself: silence, and a version that is rejected."""
        loop = asyncio.get_running_loop()
        told = loop.time()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._look() or loop.time() - told >= STATE_EVERY_S:
                told = loop.time()
                self.tell()

    def _look(self) -> bool:
        before, self._rejected = self._rejected, self._find_rejection()
        changed = self._silence.look(self._totals.last_stored, datetime.now(UTC))
        connected, self._connections = self._link.connections != self._connections, self._link.connections
        first = self._told_stored is None and self._totals.last_stored is not None
        return self._has_emptied() or changed or connected or first or before != self._rejected

    def _has_emptied(self) -> bool:
        if self._full_since is None or not self._spool.has_room:
            return False
        self._full_since = None
        log.warning("spool_has_room", dropped=self._spool.overflow - self._dropped)
        return True

    def _said(self) -> dict[str, Any]:
        return {
            "state": self._state,
            "version": self._version,
            "last_read": instant_or_none(self._totals.last_read),
            "last_stored": instant_or_none(self._totals.last_stored),
            "next_read": instant_or_none(self._next_read),
            "silent_since": instant_or_none(self._silence.since),
            "full_since": instant_or_none(self._full_since),
            "dropped": self._spool.overflow,
            "last_error": self._last_error,
        }

    def _with_rejection(self) -> dict[str, Any]:
        """Say which version cannot run; it is not kept in the spool, where it would outlive its correction."""
        if self._rejected is None:
            return {"rejected_version": None}
        by_version = {"at": self._rejected["at"], "text": self._rejected["text"]}
        return {"rejected_version": self._rejected["version"], "last_error": self._last_error or by_version}
