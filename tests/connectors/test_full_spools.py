# SPDX-License-Identifier: EUPL-1.2
"""A full spool stops the reading, or drops the oldest where the file says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from allmende.connector import Cursor, Record
from connectors.spool import Spool
from tests.connectors.platforms import FakePlatform
from tests.connectors.runners import record, start

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]


async def test_a_full_spool_that_drops_the_oldest_reads_on_and_says_what_was_lost(
    platform: FakePlatform, tmp_path: Path
) -> None:
    """F7."""
    platform.answers = False
    total = 20_000

    async def read(_: Cursor) -> AsyncIterator[Record]:
        for number in range(0, 2 * total, 2):
            yield record(number)
        await asyncio.Event().wait()

    narrow = Spool(tmp_path / "narrow.sqlite", most_waiting_bytes=200_000, drops_oldest=True)
    with capture_logs() as logged:
        runner = await start(platform, narrow, read, first_repeat_s=0.3)
        running = asyncio.ensure_future(runner.run())
        while runner.totals.read < total:
            await asyncio.sleep(0.01)
        full = dict(narrow.kept_state())
        platform.answers = True
        while narrow.waiting:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(platform.wait_for, lambda: platform.states[-1]["full_since"] is None)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    dropped = narrow.overflow
    narrow.close()

    values = {instance["value"] for entity in platform.entities() for instance in to_list(entity["x"])}
    assert full["full_since"] is not None
    assert 0 < dropped < total
    assert runner.totals.stored == total - dropped
    assert len(values) >= total - dropped
    assert max(values) == 2 * (total - 1), "the newest is kept"
    assert platform.states[-1]["dropped"] == dropped
    assert [line["event"] for line in logged] == ["spool_full", "spool_has_room"]
    assert logged[-1]["dropped"] == dropped


def to_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def test_a_full_spool_stops_the_reading_until_receipts_come(platform: FakePlatform, tmp_path: Path) -> None:
    """F7."""
    platform.answers = False
    given: list[int] = []

    async def read(_: Cursor) -> AsyncIterator[Record]:
        for number in range(0, 20_000, 2):
            given.append(number)
            yield record(number)

    narrow = Spool(tmp_path / "narrow.sqlite", most_waiting_bytes=100_000)
    runner = await start(platform, narrow, read, first_repeat_s=0.3)
    running = asyncio.ensure_future(runner.run_once())
    await asyncio.to_thread(platform.wait_for, lambda: len(platform.messages) >= 2)
    await asyncio.to_thread(platform.wait_for, lambda: platform.states[-1]["full_since"] is not None)
    read_before = len(given)
    platform.answers = True
    totals = await running
    dropped = narrow.overflow
    narrow.close()

    assert dropped == 0
    assert read_before < 10_000
    assert totals.as_json() == {"read": 10_000, "stored": 10_000, "rejected": 0}


async def test_a_full_spool_stops_a_source_that_gives_few_at_a_time(platform: FakePlatform, tmp_path: Path) -> None:
    platform.answers = False
    given: list[int] = []

    async def read(_: Cursor) -> AsyncIterator[Record]:
        for number in range(0, 400, 2):
            kept = asyncio.Event()
            given.append(number)
            yield Record(content=number, position=number, when_kept=kept.set)
            await kept.wait()

    narrow = Spool(tmp_path / "narrow.sqlite", most_waiting_bytes=2000)
    runner = await start(platform, narrow, read, first_repeat_s=0.3)
    running = asyncio.ensure_future(runner.run_once())
    while not narrow.is_full:
        await asyncio.sleep(0.01)
    # Each message comes twice before the platform answers: there was time to read on.
    await asyncio.to_thread(platform.wait_for, lambda: len(platform.messages) >= 2 * len(given))
    read_before = len(given)
    platform.answers = True
    totals = await running
    narrow.close()

    assert read_before < 50
    assert totals.as_json() == {"read": 200, "stored": 200, "rejected": 0}
