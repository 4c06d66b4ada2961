# SPDX-License-Identifier: EUPL-1.2
"""Checks of delivery: read again, killed in the middle, the platform away. Each gives what is wrong, in words."""

import asyncio
import sys

from allmende.testing.cases import NOTHING, Case, expect
from allmende.testing.delivering import Given, Held, deliver, deliver_to
from allmende.testing.memory import Memory
from allmende.testing.readings import Reading, named
from allmende.testing.receiver import Receiver, open_receiver
from broker.ngsi.history import HistoryRow
from connectors.spool import Spool

ARRIVAL_S = 30.0


async def check_accepted(case: Case) -> list[str]:
    """The platform takes all that the mapping gives: names, values and times are as NGSI-LD has them."""
    async with open_receiver() as receiver:
        await deliver_to(case.open(), case.folder / "accepted.sqlite", receiver.port)
    refused = [letter for letter in receiver.memory.letters if letter.record is None]
    return [f"the platform refuses {letter.entity or 'a message'}: {letter.reason}" for letter in refused[:3]]


async def check_repeat(case: Case) -> list[str]:
    """The same source gives nothing new: not to the same spool, and nothing else to a new one."""
    expected = await expect(case)
    async with open_receiver() as receiver:
        memory = receiver.memory
        await deliver_to(case.open(), case.folder / "first.sqlite", receiver.port)
        entities, readings = set(memory.states), set(memory.readings)
        again = await deliver_to(case.open(), case.folder / "first.sqlite", receiver.port)
        await deliver_to(case.open(), case.folder / "anew.sqlite", receiver.port)

    problems = [NOTHING] if not entities else []
    if again.read and expected.has_places:
        problems.append(f"{again.read} records of a source that has not changed were read again")
    news = sorted(set(memory.states) - entities)
    problems += [f"{name} is new when the source is read again: make 'id' of the record alone" for name in news[:3]]
    known = {(name, row.attribute, row.dataset, row.time) for name, row in readings}
    changed = {
        f"{name}, attribute {_short(row)}: {_why_new((name, row.attribute, row.dataset, row.time) in known, row)}"
        for name, row in memory.readings - readings
        if name not in news
    }
    return problems + sorted(changed)[:3]


def _short(row: HistoryRow) -> str:
    return row.attribute.rpartition("/")[2]


def _why_new(is_known: bool, row: HistoryRow) -> str:  # noqa: FBT001
    if not row.observed:
        return "its value changes within the fixture and it has no time: give it an 'observedAt'"
    if is_known:
        return "read again, it has another value at the same time: make the value of the record alone"
    return "read again, it has another time: take 'observedAt' from the record, not from the clock"


async def check_resume(case: Case) -> list[str]:
    """A run that is killed in the middle is gone on with: nothing is lost, and what comes twice has the same id."""
    expected = await expect(case)
    if expected.problem:
        return [expected.problem]
    records = len(expected.records)
    count = max((records + 1) // 2, expected.first + 1)
    spool = case.folder / "resume.sqlite"
    async with open_receiver() as receiver:
        receiver.memory.sends_receipts = False
        said = await _kill_in_the_middle(case, receiver, str(spool), count)
        if not receiver.memory.arrivals:
            return [f"the run that was to be killed ended by itself: {said}"]
        receiver.memory.sends_receipts = True
        # What a sender was told to be kept, it does not send again.
        rest = None if expected.has_places else Given(expected.records[count:])
        totals = await deliver_to(case.open(), spool, receiver.port, source=rest)
    problems = compare(receiver.memory, expected.readings)
    if totals.read != records - count:
        problems.append(f"after {count} of {records} records the next run read {totals.read}")
    return problems


async def _kill_in_the_middle(case: Case, receiver: Receiver, spool: str, count: int) -> str:
    """Kill a run as soon as one of its messages has come; give the last line that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "allmende.testing.ending"),
        *(str(case.path), case.fixture, spool, str(receiver.port), str(count)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    said = asyncio.ensure_future(process.communicate())
    arrived = asyncio.ensure_future(receiver.memory.until(lambda: bool(receiver.memory.arrivals), seconds=ARRIVAL_S))
    await asyncio.wait([said, arrived], return_when=asyncio.FIRST_COMPLETED)
    arrived.cancel()
    if process.returncode is None:
        process.kill()
    _, errors = await said
    await asyncio.gather(arrived, return_exceptions=True)
    return (errors.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"])[-1]


async def check_away(case: Case) -> list[str]:
    """While the platform is away the spool keeps what is read; when it is back, all of it arrives."""
    expected = await expect(case)
    if expected.problem:
        return [expected.problem]
    connector = case.open()
    source, connected = Held(connector.source, asyncio.Event()), asyncio.Event()
    spool = Spool(case.folder / "away.sqlite")
    try:
        async with open_receiver() as receiver:
            run = deliver(connector, spool, receiver.port, source=source, connected=connected)
            running = asyncio.ensure_future(run)
            await connected.wait()
            await receiver.stop()
            source.may_come.set()
            await source.kept.wait()
            kept, arrived = spool.waiting, len(receiver.memory.arrivals)
            await receiver.start()
            await running
            problems = compare(receiver.memory, expected.readings)
            if not kept or arrived or spool.waiting:
                words = f"{kept} messages were kept, {arrived} had arrived before, {spool.waiting} are still kept"
                problems.append(f"while the platform was away, {words}")
            return problems
    finally:
        spool.close()


def compare(memory: Memory, expected: set[Reading]) -> list[str]:
    """What is missing, what is too much, and repeats that are not the same message."""
    once = {arrival.id: arrival for arrival in reversed(memory.arrivals)}
    arrived = memory.arrived()
    problems = [f"{name} is lost" for name in named(expected - arrived)]
    problems += [f"{name} arrives with what no whole run gives" for name in named(arrived - expected)]
    changed = [arrival for arrival in memory.arrivals if arrival.content != once[arrival.id].content]
    return problems + [f"message {arrival.id} is repeated with another content" for arrival in changed[:3]]
