# SPDX-License-Identifier: EUPL-1.2
"""A check: clocks that are wrong are noticed, and do not displace what is right."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from allmende.connector import Record
from allmende.testing.cases import Case, map_all, records_of
from allmende.testing.clocks import Skew, ahead, at_1970, fault_of, times_in, without_zone
from allmende.testing.delivering import Given, deliver_to
from allmende.testing.leaves import Way, leaves, with_leaf
from allmende.testing.memory import Memory
from allmende.testing.receiver import open_receiver
from connectors.declarative.connector import Declared


async def check_clock(case: Case) -> list[str]:
    """Look at the times of the fixture; then read its first record with wrong ones."""
    connector = case.open()
    records = await records_of(connector)
    may_be_ahead, now = connector.file.future == "allow", datetime.now(UTC)
    problems: dict[str, None] = {}
    for mapped in map_all(connector, records):
        for entity in mapped.entities:
            for name, time in times_in(entity):
                fault = fault_of(time, now, may_be_ahead=may_be_ahead)
                if fault is not None:
                    problems[f"{entity['id']}, attribute {name}: observedAt {fault}"] = None
    found = next(((record, way) for record in records[:20] if (way := find_time(connector, record))), None)
    if problems or found is None:
        return list(problems)[:3]
    record, way = found
    checks = [_check_past(case, record, way), _check_zone(case, record, way)]
    if not may_be_ahead:
        checks.append(_check_ahead(case, record, way))
    return [words for check in checks for words in await check]


def find_time(connector: Declared, record: Record) -> Way | None:
    """Give the way to the value that an `observedAt` is made of: moved by a century, it moves the entity's time."""
    if record.problem is not None:
        return None
    for way, value in leaves(record.content):
        moved = ahead(value)
        if moved is not None and any(str(time)[:2] == "21" for time in _times(connector, _put(record, way, moved))):
            return way
    return None


def _put(record: Record, way: Way, value: Any) -> Record:
    return msgspec.structs.replace(record, content=with_leaf(record.content, way, value))


def _with(record: Record, way: Way, skew: Skew) -> Record:
    return _put(record, way, skew(dict(leaves(record.content))[way]))


def _times(connector: Declared, record: Record) -> list[object]:
    entities = connector.mapping.map(record, None).entities
    return [time for entity in entities for _, time in times_in(entity)]


async def _deliver(case: Case, name: str, records: list[Record]) -> Memory:
    async with open_receiver() as receiver:
        spool = case.folder / f"{name}.sqlite"
        await deliver_to(case.open(), spool, receiver.port, source=Given(records))
    return receiver.memory


async def _check_ahead(case: Case, record: Record, way: Way) -> list[str]:
    memory = await _deliver(case, "ahead", [_with(record, way, ahead)])
    return [] if memory.letters else ["a time that is a century ahead is stored: say nothing of 'future', or 'reject'"]


async def _check_past(case: Case, record: Record, way: Way) -> list[str]:
    """What is dated 1970 may be kept, or refused; it must not displace the newer value."""
    memory = await _deliver(case, "past", [record, _with(record, way, at_1970)])
    displaced = [
        f"{name}: a record of 1970 displaces the current one: make 'observedAt' of the record's time"
        for name, state in memory.states.items()
        for instances in state.attributes.values()
        for instance in instances
        if str(instance.get("observedAt")).startswith("1970")
    ]
    return list(dict.fromkeys(displaced))[:3]


async def _check_zone(case: Case, record: Record, way: Way) -> list[str]:
    """A time without a zone is read in the zone that the file names, or refused."""
    if without_zone(dict(leaves(record.content))[way]) is None:
        return []
    bare = _with(record, way, without_zone)
    if all(fault_of(time, datetime.now(UTC), may_be_ahead=True) is None for time in _times(case.open(), bare)):
        return []
    memory = await _deliver(case, "zone", [bare])
    return [] if memory.letters else ["a time without a zone is stored: let $local read it, with the source's zone"]
