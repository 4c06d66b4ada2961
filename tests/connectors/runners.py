# SPDX-License-Identifier: EUPL-1.2
"""Runners of tests: a source that does what a test says, and a mapping by hand."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from allmende.connector import Cursor, Mapped, Record
from allmende.errors import Skip
from connectors.link import Link, parse_platform
from connectors.runner import Pace, Runner
from connectors.spool import Spool
from tests.connectors.platforms import FakePlatform

Read = Callable[[Cursor], AsyncIterator[Record]]


class Numbers:
    """A mapping by hand; odd numbers cannot be used."""

    def map(self, record: Record, state: Any) -> Mapped:
        if record.content % 2:
            raise Skip(f"{record.content} is odd")
        value = {"type": "Property", "value": record.content, "observedAt": f"T{record.content}"}
        return Mapped(entities=[{"id": "urn:n", "type": "N", "x": value}], state=(state or 0) + 1)


class Scripted:
    """A source that does what a test says."""

    def __init__(self, read: Read) -> None:
        self.read = read

    async def check(self) -> None:
        """Nothing to connect to."""


def record(number: int) -> Record:
    return Record(content=number, position=number)


async def start(platform: FakePlatform, spool: Spool, read: Read, **pace: Any) -> Runner:
    link = Link(parse_platform(f"mqtt://127.0.0.1:{platform.port}"), tenant="default", connector="test", key=None)
    await link.open(patience_s=10)
    return Runner(Scripted(read), Numbers(), spool, link, version="1", pace=Pace(**pace))
