# SPDX-License-Identifier: EUPL-1.2
"""Many connectors in one process: each has a spool and a connection of its own, and many messages at once."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from allmende.connector import Cursor, Mapped, Record
from connectors.intake import Totals
from connectors.link import Address, Link
from connectors.runner import Pace, Runner
from connectors.spool import Spool
from tests.system.city import Reading

READINGS = 100
"""Of each connector, every one a message: as many as may be without a receipt."""


@dataclass(frozen=True, slots=True)
class OneRecord:
    """A source that holds one record."""

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        if not cursor:
            yield Record(content={}, part="all", position=1, first=True)

    async def check(self) -> None:
        """There is nothing to try."""


@dataclass(frozen=True, slots=True)
class ManyReadings:
    """Maps the record to readings of one entity that do not go into one message: each has a serial without a time."""

    name: str

    def map(self, _record: Record, _state: Any) -> Mapped:
        return Mapped(entities=[self._entity(number) for number in range(READINGS)])

    def _entity(self, number: int) -> dict[str, Any]:
        level = {"type": "Property", "value": number, "observedAt": time_of(number)}
        serial = {"type": "Property", "value": f"{self.name}/{number}"}
        return {"id": entity_of(self.name), "type": "Sensor", "level": level, "serial": serial}


def time_of(number: int) -> str:
    return f"2026-06-01T{number // 60:02}:{number % 60:02}:00Z"


def entity_of(name: str) -> str:
    return f"urn:ngsi-ld:Sensor:{name}"


class Crowd:
    """Connectors that each run once, in a thread with a loop of its own."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        self._folder = folder
        self._port = port
        self._names = [f"crowd-{number}" for number in range(count)]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.totals: list[Totals] = []
        self.errors: list[BaseException] = []

    @property
    def readings(self) -> Counter[Reading]:
        """What must be stored."""
        return Counter((entity_of(name), time_of(n), float(n)) for name in self._names for n in range(READINGS))

    def join(self) -> None:
        """Wait until each has got all of its receipts."""
        self._thread.join()
        assert self.errors == []

    async def _run(self) -> None:
        outcomes = await asyncio.gather(*map(self._run_one, self._names), return_exceptions=True)
        self.totals = [outcome for outcome in outcomes if isinstance(outcome, Totals)]
        self.errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]

    async def _run_one(self, name: str) -> Totals:
        spool = Spool(self._folder / "spool" / f"{name}.sqlite")
        link = Link(Address(host="127.0.0.1", port=self._port), tenant="default", connector=name, key=None)
        try:
            await link.open(patience_s=30)
            runner = Runner(
                OneRecord(), ManyReadings(name), spool, link, version="1", pace=Pace(every=timedelta(hours=1))
            )
            return await runner.run_once()
        finally:
            spool.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._thread.join()
