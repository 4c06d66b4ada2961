# SPDX-License-Identifier: EUPL-1.2
"""A connector in Python: the runner owns time and failure."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from structlog.testing import capture_logs

from allmende.connector import Cursor, Record
from allmende.errors import Retry, Skip, Stop, Unavailable
from connectors.link import Link, parse_platform
from connectors.publisher import Publisher
from connectors.runner import LONGEST_WISH_S
from connectors.spool import Spool
from tests.connectors.platforms import FakePlatform
from tests.connectors.runners import record, start
from tests.connectors.test_spool import fill

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]


@pytest.fixture
def spool(tmp_path: Path) -> Any:
    opened = Spool(tmp_path / "test.sqlite")
    yield opened
    opened.close()


async def test_what_a_source_gives_before_it_waits_is_sent_at_once(platform: FakePlatform, spool: Spool) -> None:
    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)
        await asyncio.Event().wait()

    runner = await start(platform, spool, read)
    running = asyncio.ensure_future(runner.run())
    await asyncio.to_thread(platform.wait_for, lambda: len(platform.messages) == 1)
    running.cancel()

    with suppress(asyncio.CancelledError):
        await running
    assert platform.entities()[0]["x"]["value"] == 2


async def test_what_was_set_aside_too_long_goes_while_a_source_without_an_end_is_read(
    platform: FakePlatform, spool: Spool
) -> None:
    async def read(_: Cursor) -> AsyncIterator[Record]:
        await asyncio.Event().wait()
        yield record(2)

    (message,) = fill(spool, "a")
    spool.settle([(message.id, [{"index": 0, "reason": "wrong"}])], now=1000.0)
    running = asyncio.ensure_future((await start(platform, spool, read)).run())
    async with asyncio.timeout(10):
        while spool.set_aside:
            await asyncio.sleep(0)
    running.cancel()

    with suppress(asyncio.CancelledError):
        await running
    assert spool.dropped == 1


async def test_many_requests_leave_a_turn_to_others_between_two_of_them(platform: FakePlatform, spool: Spool) -> None:
    turns, seen = 0, []
    link = Link(parse_platform(f"mqtt://127.0.0.1:{platform.port}"), tenant="default", connector="test", key=None)
    publisher = Publisher(spool, link, on_request=lambda *_: seen.append(turns), on_settled=lambda _: None)
    platform.ask("drop", [{"message": "x", "index": number} for number in range(50)])
    await link.open(patience_s=10)

    running = asyncio.ensure_future(publisher.run())
    link.send("state", b"{}")
    async with asyncio.timeout(10):
        while len(seen) < 50:
            turns += 1
            await asyncio.sleep(0)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await link.close()

    assert len(set(seen)) == 50


async def test_what_comes_before_the_runner_listens_is_heard(platform: FakePlatform) -> None:
    link = Link(parse_platform(f"mqtt://127.0.0.1:{platform.port}"), tenant="default", connector="test", key=None)
    heard: list[Any] = []
    await link.open(patience_s=10)
    await asyncio.to_thread(
        publish.single, "allmende/v1/default/test/down/replay", b"[]", qos=1, hostname="127.0.0.1", port=platform.port
    )
    while not link._early:
        await asyncio.sleep(0.01)

    link.listen(heard.append, lambda: None)

    await link.close()
    assert [arrival.topic for arrival in heard] == ["replay"]


async def test_a_record_that_the_mapping_skips_is_a_dead_letter(platform: FakePlatform, spool: Spool) -> None:
    async def read(_: Cursor) -> AsyncIterator[Record]:
        for number in (2, 3, 4):
            yield record(number)

    totals = await (await start(platform, spool, read)).run_once()

    assert totals.as_json() == {"read": 3, "stored": 2, "rejected": 1}
    assert [c[0]["reason"] for kind, _, c in platform.messages if kind == "deadletters"] == ["3 is odd"]


async def test_a_source_that_fails_is_read_on_from_where_it_failed(platform: FakePlatform, spool: Spool) -> None:
    passes: list[Any] = []

    async def read(cursor: Cursor) -> AsyncIterator[Record]:
        passes.append(cursor.get(""))
        for number in range(cursor.get("", 0) + 2, 8, 2):
            yield record(number)
            if number == 4 and len(passes) == 1:
                raise Retry("gone for a moment")

    totals = await (await start(platform, spool, read)).run_once()

    assert passes == [None, 4]
    assert totals.as_json() == {"read": 3, "stored": 3, "rejected": 0}


@pytest.mark.parametrize(("wish_s", "given_s"), [(None, 1.25), (5.0, 5.0), (1e9, LONGEST_WISH_S)])
async def test_a_source_that_wants_to_be_left_alone_is_left_alone(
    platform: FakePlatform, spool: Spool, wish_s: float | None, given_s: float
) -> None:
    asked = asyncio.Event()

    async def read(_: Cursor) -> AsyncIterator[Record]:
        asked.set()
        raise Retry("too often", after_s=wish_s)
        yield record(2)

    runner = await start(platform, spool, read)
    before = datetime.now(UTC)
    running = asyncio.ensure_future(runner.run())
    await asked.wait()
    await asyncio.to_thread(platform.wait_for, lambda: any(one["state"] == "failing" for one in platform.states))
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running

    (failing,) = [one for one in platform.states if one["state"] == "failing"]
    pause_s = (datetime.fromisoformat(failing["next_read"]) - before).total_seconds()
    assert failing["last_error"]["text"] == "too often"
    assert given_s - 2 < pause_s < given_s + 10


async def test_a_run_once_does_not_wait_longer_for_a_source_than_for_the_platform(
    platform: FakePlatform, spool: Spool
) -> None:
    passes: list[int] = []

    async def read(_: Cursor) -> AsyncIterator[Record]:
        passes.append(1)
        raise Retry("too often", after_s=500)
        yield record(2)

    with pytest.raises(Retry, match="too often"):
        await (await start(platform, spool, read)).run_once()

    assert passes == [1]


async def test_what_an_earlier_run_could_not_read_is_known_until_the_source_is_read(
    platform: FakePlatform, spool: Spool
) -> None:
    error = {"at": "2026-01-01T00:00:00Z", "text": "wrong password"}
    spool.keep_state({"last_error": error})
    may_end = asyncio.Event()

    async def read(_: Cursor) -> AsyncIterator[Record]:
        await may_end.wait()
        yield record(2)

    runner = await start(platform, spool, read)
    running = asyncio.ensure_future(runner.run_once())
    await asyncio.to_thread(platform.wait_for, lambda: len(platform.states) == 1)
    before = spool.kept_state()["last_error"]
    may_end.set()
    await running

    assert before == platform.states[0]["last_error"] == error
    assert spool.kept_state()["last_error"] is None


async def test_a_source_that_falls_silent_is_told_once_and_so_is_its_return(
    platform: FakePlatform, spool: Spool
) -> None:
    more = asyncio.Event()

    async def read(_: Cursor) -> AsyncIterator[Record]:
        await more.wait()
        yield record(2)
        await asyncio.Event().wait()

    with capture_logs() as logged:
        runner = await start(platform, spool, read, max_age=timedelta(seconds=3))
        running = asyncio.ensure_future(runner.run())
        await asyncio.to_thread(platform.wait_for, lambda: any(said["silent_since"] for said in platform.states))
        kept = spool.kept_state()["silent_since"]
        more.set()
        await asyncio.to_thread(platform.wait_for, lambda: platform.states[-1]["silent_since"] is None)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    assert kept is not None
    assert [line["event"] for line in logged] == ["connector_silent", "connector_speaks_again"]


async def test_a_source_that_cannot_go_on_ends_the_run_and_keeps_what_was_read(
    platform: FakePlatform, spool: Spool
) -> None:
    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)
        raise Stop("wrong password")

    runner = await start(platform, spool, read)
    with pytest.raises(Stop, match="wrong password"):
        await runner.run()

    assert spool.cursor()[0] == {"": 2}


async def test_a_part_that_cannot_be_read_ends_a_run_once_when_the_others_are_stored(
    platform: FakePlatform, spool: Spool
) -> None:
    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)
        raise Skip("File 3 cannot be read")

    runner = await start(platform, spool, read)

    with pytest.raises(Skip, match="File 3 cannot be read"):
        await runner.run_once()

    assert runner.totals.as_json() == {"read": 1, "stored": 1, "rejected": 0}
    assert spool.waiting == 0


async def test_a_platform_that_sends_no_receipts_is_away(platform: FakePlatform, spool: Spool) -> None:
    platform.answers = False

    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)

    runner = await start(platform, spool, read, patience_s=0.5)
    with pytest.raises(Unavailable, match="sends no receipts"):
        await runner.run_once()

    assert spool.waiting == 1


async def test_a_message_without_a_receipt_is_repeated_until_it_has_one(platform: FakePlatform, spool: Spool) -> None:
    platform.answers = False

    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)

    runner = await start(platform, spool, read, first_repeat_s=0.2)
    running = asyncio.ensure_future(runner.run_once())
    await asyncio.to_thread(platform.wait_for, lambda: len(platform.messages) == 2)
    platform.answers = True
    totals = await running

    assert totals.stored == 1
    assert len({name for _, name, _ in platform.messages}) == 1


async def test_a_message_that_the_broker_took_for_nobody_is_repeated_soon(broker: int, spool: Spool) -> None:
    first = FakePlatform(broker)

    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)

    runner = await start(first, spool, read, first_repeat_s=3600)
    first.stop()
    running = asyncio.ensure_future(runner.run_once())
    while spool.waiting == 0:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    platform = FakePlatform(broker)
    totals = await asyncio.wait_for(running, 20)
    platform.stop()

    assert totals.stored == 1
    assert len(platform.messages) == 1


async def test_a_spool_that_cannot_be_written_ends_the_run(platform: FakePlatform, spool: Spool) -> None:
    async def read(_: Cursor) -> AsyncIterator[Record]:
        yield record(2)
        await asyncio.Event().wait()

    runner = await start(platform, spool, read)
    with sqlite3.connect(spool.path) as other:
        other.execute("DROP TABLE cursor")
    other.close()

    with pytest.raises(sqlite3.Error):
        await runner.run()
