# SPDX-License-Identifier: EUPL-1.2
"""Parts are kept running with back-off, given up when it is hopeless, and ended for good."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from allmende.launch.supervision import MOST_FAILURES, Kept, Part, PartFailed, Process, end, ended, unless_given_up

pytestmark = pytest.mark.server
WAITS = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('!', flush=True); signal.pause()"


def start_of(program: str, started: list[int]) -> Callable[[], Awaitable[Process]]:
    async def start() -> Process:
        process = subprocess.Popen([sys.executable, "-S", "-c", program])
        started.append(process.pid)
        return process

    return start


async def test_a_part_that_dies_is_started_again() -> None:
    started: list[int] = []
    again = asyncio.Event()
    kept = Kept(
        Part(name="p", start=start_of(WAITS, started), first_delay_s=0.01), lambda: len(started) > 1 and again.set()
    )
    await kept.start()

    os.kill(started[0], signal.SIGKILL)
    await again.wait()

    assert len(started) == 2
    await kept.stop()
    assert kept.process is not None
    assert kept.process.poll() is not None


async def test_a_part_is_kept_running_where_the_disk_is_full_and_no_process_can_be_started_for_a_while() -> None:
    started: list[int] = []
    again = asyncio.Event()
    starting = start_of(WAITS, started)
    attempts = iter([False, True, False])

    async def start() -> Process:
        if next(attempts):
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        return await starting()

    def tell() -> None:
        if len(started) > 1:
            again.set()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    kept = Kept(Part(name="p", start=start, first_delay_s=0.01), tell)
    await kept.start()

    os.kill(started[0], signal.SIGKILL)
    async with asyncio.timeout(10):
        await again.wait()

    assert kept.ending is None
    assert kept.watch is not None
    assert not kept.watch.done()
    await kept.stop()


async def test_how_a_part_ended_is_known_until_it_runs_again() -> None:
    started: list[int] = []
    may_start = asyncio.Event()
    starting = start_of(WAITS, started)

    async def start() -> Process:
        if started:
            await may_start.wait()
        return await starting()

    again = asyncio.Event()
    kept = Kept(Part(name="p", start=start, first_delay_s=0.01), lambda: len(started) > 1 and again.set())
    await kept.start()
    assert kept.ending is None

    os.kill(started[0], signal.SIGKILL)
    while kept.ending is None:
        await asyncio.sleep(0.005)
    words = kept.ending.words
    may_start.set()
    await again.wait()

    assert words == "Its process was ended by signal 9 and is to be started again"
    assert kept.ending is None
    await kept.stop()


async def test_an_essential_part_that_fails_too_often_is_an_error_that_says_why() -> None:
    started: list[int] = []
    part = Part(name="p", start=start_of("", started), first_delay_s=0.001, why=lambda: "its disk is full")
    kept = Kept(part)
    await kept.start()

    with pytest.raises(PartFailed, match=f"The p ended {MOST_FAILURES} times: its disk is full"):
        await unless_given_up([kept], asyncio.Event().wait())

    assert len(started) == MOST_FAILURES
    await kept.stop()


async def test_a_part_that_waits_for_a_person_is_started_until_it_works() -> None:
    started: list[int] = []
    more = asyncio.Event()
    start = start_of("", started)
    part = Part(name="p", start=start, first_delay_s=0.001, waits_for_people=lambda: len(started) <= MOST_FAILURES)
    kept = Kept(part, lambda: len(started) > MOST_FAILURES and more.set())
    await kept.start()

    await unless_given_up([kept], more.wait())

    assert len(started) == MOST_FAILURES + 1
    await kept.stop()


async def test_a_part_that_is_not_essential_and_hopeless_is_given_up_and_troubles_nobody() -> None:
    started: list[int] = []
    start = start_of("raise SystemExit(2)", started)
    kept = Kept(Part(name="p", start=start, essential=False, hopeless=frozenset({2}), first_delay_s=0.001))
    await kept.start()
    assert kept.watch is not None

    await kept.watch
    result = await unless_given_up([kept], asyncio.sleep(0, "done"))

    assert result == "done"
    assert len(started) == 1
    await kept.stop()


async def test_an_essential_part_that_is_hopeless_ends_the_whole_at_once() -> None:
    started: list[int] = []
    kept = Kept(Part(name="p", start=start_of("raise SystemExit(2)", started), hopeless=frozenset({2})))
    await kept.start()

    with pytest.raises(PartFailed, match="The p cannot start with these settings"):
        await unless_given_up([kept], asyncio.Event().wait())

    assert len(started) == 1
    await kept.stop()


async def test_work_that_is_cancelled_is_ended() -> None:
    work = asyncio.create_task(unless_given_up([], asyncio.Event().wait()))
    await asyncio.sleep(0)

    work.cancel()

    with pytest.raises(asyncio.CancelledError):
        await work
    assert len(asyncio.all_tasks()) <= 2


async def test_who_does_not_end_is_ended() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", STUBBORN], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()

    await end(process, signal.SIGTERM, grace_s=0.05)

    assert process.returncode == -signal.SIGKILL
    process.stdout.close()


async def test_the_exit_status_of_who_has_ended_long_ago_is_known() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", "raise SystemExit(3)"])
    process.wait()

    status = await ended(process)

    assert status == 3
