# SPDX-License-Identifier: EUPL-1.2
"""One transaction of the writer: lock, apply in order, write once.

The changes themselves are pure; this module brings them their entities and takes what they made of them. An entity is
parsed, changed and written as text before the next one is looked at: what is hot in the processor's cache is used then.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from msgspec.structs import replace

from allmende.database.pool import Connection, writing
from allmende.errors import RequestError, Unavailable
from broker.engine.committed import changes_of
from broker.engine.feed import Feed
from broker.engine.operations import Changed, Operation, Origin, Outcome, Outcomes, Rejection, Step
from broker.engine.reception import claim_messages, settle_message, settle_ordinary
from broker.ngsi.entities import State
from broker.ngsi.expiry import living, lost_instances
from broker.ngsi.history import SCOPE_IRI, Erasure, HistoryRow, deletions
from broker.ngsi.instants import to_instant
from broker.ngsi.observing import Moment
from broker.ngsi.scopehistory import scope_changes, with_told_scopes
from broker.store.columns import to_columns
from broker.store.instances import erase_history, find_newest_scopes
from broker.store.slots import BatchIds, Slot, Written, lock_slots
from broker.store.vocabulary import Numbers, Vocabulary
from broker.store.writes import write_changes

_TURN: Final = 25
"""Entities that are applied at a stretch: about two milliseconds."""

Refusals = Mapping[int, RequestError]
"""Steps, by position, that PostgreSQL is known to refuse."""


@dataclass(slots=True)
class Applying:
    """A batch that is being applied, before it is written."""

    slots: dict[str, Slot]
    clock: Callable[[], datetime]
    refusals: Refusals
    written: list[Written] = field(default_factory=list)
    erased: list[Erasure] = field(default_factory=list)
    may_repeat: bool = False
    """Whether rows of the same key may be among them."""
    steps: int = 0


class Applied(NamedTuple):
    """A batch that is written and not committed yet: outcomes in the order of the operations, names that are new."""

    outcomes: list[Outcomes]
    slots: Collection[Slot]
    written: Sequence[Written]
    new_names: dict[str, int]
    new_uris: dict[str, int]


async def commit_batch(
    connection: Connection,
    vocabulary: Vocabulary,
    clock: Callable[[], datetime],
    operations: Sequence[Operation],
    feed: Feed,
    refusals: Refusals | None = None,
) -> list[Outcomes]:
    """Apply operations of one tenant in one transaction, and tell what they changed; the outcomes in their order."""
    schema = operations[0].schema
    applied = None
    try:
        async with writing(connection, schema):
            applied = await _apply_batch(connection, vocabulary, clock, operations, refusals or {})
    except (Unavailable, asyncio.CancelledError):
        if applied is not None:
            # The answer to COMMIT is lost, or nobody waits for it any more. A message comes again and may find itself received, with nothing to tell.
            feed.doubt(schema)
        raise
    vocabulary.attributes.learn(applied.new_names)
    vocabulary.datasets.learn(applied.new_uris)
    if feed.is_wanted(schema):
        feed.tell(schema, changes_of(applied.slots, applied.written if feed.is_listened_to else ()))
    return applied.outcomes


async def rehearse(
    connection: Connection,
    vocabulary: Vocabulary,
    clock: Callable[[], datetime],
    operation: Operation,
) -> None:
    """Apply an operation and roll it back, to see whether the database refuses it."""
    with suppress(_RehearsedError):
        async with writing(connection, operation.schema):
            await _apply_batch(connection, vocabulary, clock, [operation], {})
            raise _RehearsedError


class _RehearsedError(Exception):
    """Rolls a rehearsal back."""


async def _apply_batch(
    connection: Connection,
    vocabulary: Vocabulary,
    clock: Callable[[], datetime],
    operations: Sequence[Operation],
    refusals: Refusals,
) -> Applied:
    schema = operations[0].schema
    known = await claim_messages(connection, schema, operations, clock())
    fresh = [operation for operation in operations if operation.key not in known]
    slots = await _lock(connection, schema, fresh)
    applying = Applying(slots, clock, refusals)
    results = await _apply_all(applying, fresh)
    names, uris = await _write(connection, schema, vocabulary, applying)
    outcomes = await _settle(connection, operations, known, results, clock())
    return Applied(outcomes, slots.values(), applying.written, names, uris)


async def _lock(connection: Connection, schema: str, operations: Sequence[Operation]) -> dict[str, Slot]:
    ids = list({entity_id for operation in operations for entity_id in operation.ids})
    if not ids:
        return {}
    creating = {entity_id for operation in operations for entity_id in operation.creating}
    new = {entity_id for operation in operations for entity_id in operation.new}
    slots = await lock_slots(connection, schema, BatchIds(ids, creating, new))
    scoped = [entity_id for operation in operations for entity_id in operation.scoped]
    if scoped:
        await _find_scopes(connection, schema, [slots[entity_id] for entity_id in scoped])
    return slots


async def _find_scopes(connection: Connection, schema: str, slots: Sequence[Slot]) -> None:
    """Read since when entities have had their scopes; nobody else can change that any more."""
    times = await find_newest_scopes(connection, schema, [slot.seq for slot in slots if slot.seq is not None])
    for slot in slots:
        slot.scoped_at = None if slot.seq is None else times.get(slot.seq)


async def _apply_all(applying: Applying, operations: Sequence[Operation]) -> dict[int, Outcomes]:
    """Apply each operation once; of copies of a message the first counts. Outcomes by the operation's `id()`."""
    results: dict[int, Outcomes] = {}
    seen: set[tuple[str, str]] = set()
    shared = Moment.of(applying.clock())
    for operation in operations:
        key = operation.key
        if key is not None:
            if key in seen:
                continue
            seen.add(key)
        applying.may_repeat |= operation.origin is not None and operation.origin.kind == "temporal"
        results[id(operation)] = await _apply(applying, operation, shared)
    return results


async def _apply(applying: Applying, operation: Operation, now: Moment) -> Outcomes:
    """Apply the steps of an operation.

    Other transactions get a turn in between: each of their round trips would wait for this whole batch.
    """
    origin = operation.origin
    outcomes = Outcomes([])
    rejected: list[Rejection] = []
    for position, step in enumerate(operation.steps()):
        applying.steps += 1
        if applying.steps % _TURN == 0:
            await asyncio.sleep(0)
        if type(step) is Rejection:
            rejected.append(step)
            continue
        assert isinstance(step, Step)  # noqa: S101 - the other of the two
        outcome = applying.refusals.get(position) or _apply_step(applying, step, now)
        if origin is None:
            outcomes.steps.append(outcome)
        elif isinstance(outcome, RequestError):
            rejected.append(_rejection(origin, step, outcome))
        else:
            outcomes.stored += 1
    outcomes.rejected = rejected
    return outcomes


def _apply_step(applying: Applying, step: Step, now: Moment) -> Outcome:
    slot = applying.slots[step.entity_id]
    if slot.touched:
        # Later writes of an entity keep apart in history by their time.
        now = Moment.of(applying.clock())
        applying.may_repeat = True
    stored = slot.state()
    state = living(stored, now.text)
    try:
        changed = step.change(state, now)
    except RequestError as error:
        return error
    if step.scopes:
        changed = _with_told(slot, step.scopes, changed, now)
    if changed.state is not stored:
        slot.become(stored, changed.state, now.time)
        if state is not stored:
            _bury(applying, slot, stored, state, now)
    if changed.erased:
        _erase(applying, changed.erased)
        slot.scoped_at = None if any(one.attribute is None for one in changed.erased) else slot.scoped_at
    rows = changed.rows
    if changed.state is not stored and _has_scopes(stored, changed.state) and not changed.erased:
        rows = _with_scopes(rows, stored, changed.state, now)
        if len(rows) > len(changed.rows):
            slot.scoped_at = _newest(slot, rows)
    if rows:
        applying.written.append(Written(slot.number, rows, now.text))
    slot.touched = True
    return changed.result


def _has_scopes(before: State | None, after: State | None) -> bool:
    return bool((before is not None and before.scopes) or (after is not None and after.scopes))


def _with_scopes(rows: list[HistoryRow], before: State | None, after: State | None, now: Moment) -> list[HistoryRow]:
    """The rows with that of scopes that have changed, unless they tell of scopes themselves."""
    if any(row.attribute == SCOPE_IRI for row in rows):
        return rows
    return [*rows, *scope_changes(before, after, now.text)]


def _with_told(slot: Slot, scopes: Sequence[HistoryRow], changed: Changed, now: Moment) -> Changed:
    """The change with scopes of the past that are told: the newest of all that is known are current."""
    assert changed.state is not None  # noqa: S101 - what tells of the past ends no entity
    state = with_told_scopes(changed.state, scopes, slot.scoped_at, now.text)
    slot.scoped_at = _newest(slot, scopes)
    return replace(changed, state=state, rows=[*changed.rows, *scopes])


def _newest(slot: Slot, rows: Sequence[HistoryRow]) -> datetime | None:
    """The time of the last scopes, when these rows are written as well."""
    times = [to_instant(row.time) for row in rows if row.attribute == SCOPE_IRI]
    return max([*times, slot.scoped_at] if slot.scoped_at is not None else times, default=None)


def _bury(applying: Applying, slot: Slot, stored: State | None, state: State | None, now: Moment) -> None:
    """What history keeps of what has expired: of an entity its end, of an attribute nothing."""
    assert stored is not None  # noqa: S101 - what has expired was there
    applying.may_repeat = True
    if state is None:
        applying.written.append(Written(slot.number, deletions(stored.attributes, now.text), now.text))
        return
    lost = lost_instances(stored, now.text)
    _erase(applying, [Erasure(slot.number, name, dataset, datasets=False) for name, dataset in lost])


def _erase(applying: Applying, erased: Sequence[Erasure]) -> None:
    """Take rows of history away, and those that earlier changes of this batch were to write."""
    applying.erased += erased
    seqs = {erasure.seq for erasure in erased}
    for position, one in enumerate(applying.written):
        if one.seq in seqs:
            rows = [
                row for row in one.rows if not any(erasure.seq == one.seq and erasure.covers(row) for erasure in erased)
            ]
            applying.written[position] = Written(one.seq, rows, one.modified_at)


def _rejection(origin: Origin, step: Step, error: RequestError) -> Rejection:
    return Rejection(step.position, str(error), step.entity_id, error.attribute, bytes(origin.parts[step.position]))


async def _write(
    connection: Connection,
    schema: str,
    vocabulary: Vocabulary,
    applying: Applying,
) -> tuple[dict[str, int], dict[str, int]]:
    """Write entities and history; return the numbers of names that are new to this process."""
    places = [place for slot in applying.slots.values() for place in slot.places or ()]
    rows = to_columns(applying.written, may_repeat=applying.may_repeat)
    erased = applying.erased
    names = {*rows.attributes, *[place.attribute for place in places]}
    names.update(erasure.attribute for erasure in erased if erasure.attribute is not None)
    uris = {*rows.datasets, *[place.dataset for place in places], *[erasure.dataset for erasure in erased]}
    new_names = await vocabulary.attributes.ensure(connection, schema, names)
    new_uris = await vocabulary.datasets.ensure(connection, schema, {uri for uri in uris if uri is not None})
    numbers = Numbers(_joined(vocabulary.attributes.numbers, new_names), _joined(vocabulary.datasets.numbers, new_uris))
    if erased:
        await erase_history(connection, schema, erased, numbers)
    await write_changes(connection, schema, applying.slots.values(), rows, numbers)
    return new_names, new_uris


def _joined(known: dict[str, int], new: dict[str, int]) -> dict[str, int]:
    return {**known, **new} if new else known


async def _settle(
    connection: Connection,
    operations: Sequence[Operation],
    known: Mapping[tuple[str, str], bytes],
    results: Mapping[int, Outcomes],
    now: datetime,
) -> list[Outcomes]:
    receipts: dict[tuple[str, str] | None, bytes | None] = dict(known.items())
    settled = []
    for operation in operations:
        key = operation.key
        outcomes = results.get(id(operation))
        if outcomes is None:
            outcomes = Outcomes([], receipt=receipts[key])
        else:
            if not settle_ordinary(operation, outcomes):
                await settle_message(connection, operation, outcomes, now)
            receipts[key] = outcomes.receipt
        settled.append(outcomes)
    return settled
