# SPDX-License-Identifier: EUPL-1.2
"""One transaction of the writer: lock, apply in order, write once.

The changes themselves are pure; this module brings them their entities and takes what they made of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from allmende.database.pool import Connection, writing
from allmende.errors import RequestError
from broker.engine.operations import Operation, Outcome, Outcomes
from broker.engine.reception import claim_messages, settle_message
from broker.ngsi.observing import Moment
from broker.store.vocabulary import Vocabulary
from broker.store.writes import (
    Slot,
    Written,
    geo_properties,
    has_moved,
    lock_slots,
    write_history,
    write_places,
    write_slots,
)

Refusals = Mapping[int, RequestError]
"""Steps, by position, that PostgreSQL is known to refuse."""


@dataclass(slots=True)
class Applied:
    """What a batch makes of its entities, before it is written."""

    slots: dict[str, Slot]
    rows: list[Written] = field(default_factory=list)


async def commit_batch(
    connection: Connection,
    vocabulary: Vocabulary,
    clock: Callable[[], datetime],
    operations: Sequence[Operation],
    refusals: Refusals | None = None,
) -> list[Outcomes]:
    """Apply operations of one tenant in one transaction; the outcomes stand in the order of the operations."""
    async with writing(connection, operations[0].schema):
        outcomes, learned = await _apply_batch(connection, vocabulary, clock, operations, refusals or {})
    vocabulary.attributes.learn(learned[0])
    vocabulary.datasets.learn(learned[1])
    return outcomes


async def rehearse(
    connection: Connection,
    vocabulary: Vocabulary,
    clock: Callable[[], datetime],
    operation: Operation,
    refusals: Refusals,
) -> None:
    """Apply an operation and roll it back, to see whether the database refuses it."""
    with suppress(_RehearsedError):
        async with writing(connection, operation.schema):
            await _apply_batch(connection, vocabulary, clock, [operation], refusals)
            raise _RehearsedError


class _RehearsedError(Exception):
    """Rolls a rehearsal back."""


async def _apply_batch(
    connection: Connection,
    vocabulary: Vocabulary,
    clock: Callable[[], datetime],
    operations: Sequence[Operation],
    refusals: Refusals,
) -> tuple[list[Outcomes], tuple[dict[str, int], dict[str, int]]]:
    schema = operations[0].schema
    known = await claim_messages(connection, schema, operations, clock())
    fresh = [operation for operation in operations if _message(operation) not in known]
    applied = Applied(await _lock(connection, schema, fresh))
    results = _apply_all(applied, fresh, clock, refusals)
    learned = await _write(connection, schema, vocabulary, applied)
    return await _settle(connection, operations, known, results, clock()), learned


async def _lock(connection: Connection, schema: str, operations: Iterable[Operation]) -> dict[str, Slot]:
    steps = [step for operation in operations for step in operation.steps]
    if not steps:
        return {}
    ids = list({step.entity_id for step in steps})
    return await lock_slots(connection, schema, ids, {step.entity_id for step in steps if step.creates})


def _apply_all(
    applied: Applied,
    operations: Iterable[Operation],
    clock: Callable[[], datetime],
    refusals: Refusals,
) -> dict[int, list[Outcome]]:
    """Apply each operation once; of copies of a message the first counts. Outcomes by the operation's `id()`."""
    results: dict[int, list[Outcome]] = {}
    seen: set[tuple[str, str] | None] = set()
    for operation in operations:
        message = _message(operation)
        if message is not None:
            if message in seen:
                continue
            seen.add(message)
        results[id(operation)] = _apply(applied, operation, Moment.of(clock()), refusals)
    return results


def _apply(applied: Applied, operation: Operation, now: Moment, refusals: Refusals) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for position, step in enumerate(operation.steps):
        if position in refusals:
            outcomes.append(refusals[position])
            continue
        slot = applied.slots[step.entity_id]
        try:
            changed = step.change(slot.state, now)
        except RequestError as error:
            outcomes.append(error)
            continue
        slot.state = changed.state
        if changed.rows:
            seq = slot.seq or 0
            applied.rows += [Written(seq, row, now.time) for row in changed.rows]
        outcomes.append(changed.result)
    return outcomes


async def _write(
    connection: Connection,
    schema: str,
    vocabulary: Vocabulary,
    applied: Applied,
) -> tuple[dict[str, int], dict[str, int]]:
    """Write entities and history; return the numbers of names that are new to this process."""
    moved = [slot for slot in applied.slots.values() if has_moved(slot)]
    places = [place for slot in moved for place in geo_properties(slot)]
    names = {one.row.attribute for one in applied.rows} | {name for name, _ in places}
    uris = {one.row.dataset for one in applied.rows} | {instance.get("datasetId") for _, instance in places}
    new_names = await vocabulary.attributes.ensure(connection, schema, names)
    new_uris = await vocabulary.datasets.ensure(connection, schema, {uri for uri in uris if uri is not None})
    attributes = _joined(vocabulary.attributes.numbers, new_names)
    datasets = _joined(vocabulary.datasets.numbers, new_uris)
    await write_slots(connection, schema, applied.slots.values())
    await write_history(connection, schema, applied.rows, attributes, datasets)
    if moved:
        await write_places(connection, schema, moved, attributes, datasets)
    return new_names, new_uris


def _joined(known: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    return {**known, **new} if new else known


async def _settle(
    connection: Connection,
    operations: Sequence[Operation],
    known: Mapping[tuple[str, str], bytes],
    results: Mapping[int, list[Outcome]],
    now: datetime,
) -> list[Outcomes]:
    receipts: dict[tuple[str, str] | None, bytes] = dict(known.items())
    outcomes = []
    for operation in operations:
        message = _message(operation)
        steps = results.get(id(operation))
        if steps is None:
            outcomes.append(Outcomes([], receipts[message]))
            continue
        receipt = await settle_message(connection, operation.schema, operation, steps, now)
        if message is not None and receipt is not None:
            receipts[message] = receipt
        outcomes.append(Outcomes(steps, receipt))
    return outcomes


def _message(operation: Operation) -> tuple[str, str] | None:
    origin = operation.origin
    return None if origin is None or origin.message is None else (origin.connector, origin.message)
