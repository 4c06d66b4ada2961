# SPDX-License-Identifier: EUPL-1.2
"""Running a connector against a receiver, as `connectors run --once` does against a platform."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from allmende.connector import Cursor, Record, Source
from allmende.testing.receiver import HOST
from connectors.declarative.connector import Declared
from connectors.intake import Totals
from connectors.link import Address, Link
from connectors.runner import Pace, Runner
from connectors.spool import Spool

CONNECT_S = 10.0
PATIENCE_S = 20.0
RETRY_S = 0.05


@dataclass(frozen=True, slots=True)
class Given:
    """A source that gives these records, each time it is read, as if they were new."""

    records: list[Record]

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:  # noqa: ARG002 - as the protocol has it
        """Give the records."""
        for record in self.records:
            yield record

    async def check(self) -> None:
        """There is nothing to connect to."""


@dataclass(frozen=True, slots=True)
class Held:
    """A source whose records wait until they may come; `kept` is set when the last of them is on disk."""

    source: Source
    may_come: asyncio.Event
    most: int | None = None
    """After so many, it gives nothing more and does not end."""
    kept: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the source's records."""
        await self.may_come.wait()
        count = 0
        async for record in self.source.read(cursor):
            self.kept.clear()
            yield msgspec.structs.replace(record, when_kept=self.kept.set)
            count += 1
            if count == self.most:
                await asyncio.Event().wait()

    async def check(self) -> None:
        """Try the source."""
        await self.source.check()


async def deliver(
    connector: Declared,
    spool: Spool,
    port: int,
    *,
    source: Source | None = None,
    connected: asyncio.Event | None = None,
) -> Totals:
    """Read the source once, or another in its place; return when every record has its receipt."""
    link = Link(
        Address(host=HOST, port=port),
        tenant="default",
        connector=connector.name,
        key=None,
        may_be_ahead=connector.file.future == "allow",
        first_retry_s=RETRY_S,
    )
    try:
        await link.open(patience_s=CONNECT_S)
    except BaseException:
        await link.close()
        raise
    if connected is not None:
        connected.set()
    pace = Pace(patience_s=PATIENCE_S, listen_s=0)
    runner = Runner(source or connector.source, connector.mapping, spool, link, version=connector.version, pace=pace)
    return await runner.run_once()


async def deliver_to(connector: Declared, path: Path, port: int, *, source: Source | None = None) -> Totals:
    """Deliver through the spool of that path; it may have been left by a process that was killed."""
    spool = Spool(path)
    try:
        return await deliver(connector, spool, port, source=source)
    finally:
        spool.close()
