# SPDX-License-Identifier: EUPL-1.2
"""Write what a batch changed: each table once, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.boxes import bounding_box
from broker.ngsi.entities import Instance, State
from broker.ngsi.history import HistoryRow
from broker.ngsi.instants import to_instant
from broker.ngsi.storage import from_document, to_document
from broker.store import SQL
from broker.store.vocabulary import DEFAULT_INSTANCE


@dataclass(slots=True)
class Slot:
    """An entity in a transaction: its number, what it was when it was locked, and what it has become."""

    entity_id: str
    seq: int | None = None
    before: State | None = None
    state: State | None = None


class Written(NamedTuple):
    """A history row with its entity and the time of its writing."""

    seq: int
    row: HistoryRow
    modified_at: datetime


async def lock_slots(connection: Connection, schema: str, ids: list[str], creating: set[str]) -> dict[str, Slot]:
    """Lock the named entities; those in `creating` that do not exist get a number of their own."""
    slots = {entity_id: Slot(entity_id) for entity_id in ids}
    await _lock(connection, schema, ids, slots)
    missing = sorted(entity_id for entity_id in creating if slots[entity_id].seq is None)
    if missing:
        for seq, entity_id in await connection.fetch(SQL.text("ensure_names", schema), missing):
            slots[entity_id].seq = seq
        await _lock(connection, schema, missing, slots)
    return slots


async def _lock(connection: Connection, schema: str, ids: list[str], slots: dict[str, Slot]) -> None:
    for seq, entity_id, *stored in await connection.fetch(SQL.text("lock_entities", schema), ids):
        slot = slots[entity_id]
        slot.seq = seq
        slot.before = slot.state = from_document(entity_id, *stored)


async def write_slots(connection: Connection, schema: str, slots: Iterable[Slot]) -> None:
    """Write every entity that changed, and its types and scopes."""
    changed = [slot for slot in slots if slot.state is not slot.before]
    created = [slot for slot in changed if slot.before is None]
    deleted = [slot for slot in changed if slot.state is None]
    updated = [slot for slot in changed if slot.before is not None and slot.state is not None]
    if updated:
        await _update(connection, schema, updated)
    if created:
        await _insert(connection, schema, created)
    if deleted:
        await _delete(connection, schema, deleted)
    await _write_memberships(connection, schema, changed)


async def _update(connection: Connection, schema: str, slots: list[Slot]) -> None:
    states = [_state(slot) for slot in slots]
    await connection.fetch(
        SQL.text("update_entities", schema),
        [slot.seq for slot in slots],
        [to_instant(state.modified_at) for state in states],
        [to_document(state) for state in states],
    )
    renamed = [slot for slot in slots if _identity(slot.before) != _identity(slot.state)]
    if renamed:
        states = [_state(slot) for slot in renamed]
        await connection.fetch(
            SQL.text("update_memberships", schema),
            [slot.seq for slot in renamed],
            [" ".join(state.types) for state in states],
            [" ".join(state.scopes) for state in states],
            [to_instant(state.created_at) for state in states],
        )


async def _insert(connection: Connection, schema: str, slots: list[Slot]) -> None:
    states = [_state(slot) for slot in slots]
    await connection.fetch(
        SQL.text("insert_entities", schema),
        [slot.seq for slot in slots],
        [to_instant(state.created_at) for state in states],
        [to_instant(state.modified_at) for state in states],
        [" ".join(state.types) for state in states],
        [" ".join(state.scopes) for state in states],
        [to_document(state) for state in states],
    )


async def _delete(connection: Connection, schema: str, slots: list[Slot]) -> None:
    seqs = [slot.seq for slot in slots]
    times = [to_instant(slot.before.modified_at) for slot in slots if slot.before is not None]
    await connection.fetch(SQL.text("delete_entities", schema), seqs, max(times))


async def _write_memberships(connection: Connection, schema: str, slots: list[Slot]) -> None:
    for member, kind in (("types", "types"), ("scopes", "scopes")):
        gone: list[tuple[str, str]] = []
        new: list[tuple[str, str, int | None]] = []
        for slot in slots:
            old = getattr(slot.before, member) if slot.before else ()
            now = getattr(slot.state, member) if slot.state else ()
            if old != now:
                gone += [(slot.entity_id, name) for name in old if name not in now]
                new += [(slot.entity_id, name, slot.seq) for name in now if name not in old]
        if gone:
            await connection.fetch(SQL.text(f"delete_{kind}", schema), *_columns(sorted(gone), 2))
        if new:
            await connection.fetch(SQL.text(f"insert_{kind}", schema), *_columns(sorted(new), 3))


async def write_places(
    connection: Connection,
    schema: str,
    moved: list[Slot],
    attributes: dict[str, int],
    datasets: dict[str, int],
) -> None:
    """Write the bounding boxes of entities of which a GeoProperty changed."""
    known = [slot.seq for slot in moved if slot.before is not None]
    if known:
        await connection.fetch(SQL.text("delete_places", schema), known)
    rows = [
        (slot.seq, attributes[name], _dataset(instance, datasets), *bounding_box(instance["value"]))
        for slot in moved
        for name, instance in geo_properties(slot)
    ]
    if rows:
        await connection.fetch(SQL.text("insert_places", schema), *_columns(rows, 7))


def geo_properties(slot: Slot) -> list[tuple[str, Instance]]:
    """The GeoProperty instances of what an entity has become, with their names."""
    attributes = {} if slot.state is None else slot.state.attributes
    return [
        (name, instance)
        for name, instances in attributes.items()
        for instance in instances
        if instance["type"] == "GeoProperty"
    ]


def has_moved(slot: Slot) -> bool:
    """Whether a GeoProperty was added, replaced or removed."""
    old = {} if slot.before is None else slot.before.attributes
    new = {} if slot.state is None else slot.state.attributes
    for name, instances in new.items():
        before = old.get(name)
        if before is not instances and any(one["type"] == "GeoProperty" for one in [*instances, *(before or ())]):
            return True
    return any(name not in new and any(one["type"] == "GeoProperty" for one in old[name]) for name in old)


async def write_history(
    connection: Connection,
    schema: str,
    written: Sequence[Written],
    attributes: dict[str, int],
    datasets: dict[str, int],
) -> None:
    """Write history rows; of rows of the same key the last counts."""
    latest = {(one.seq, one.row[0], one.row[1], one.row[2]): one for one in written}
    if not latest:
        return
    rows = list(latest.values())
    columns: list[Any] = list(zip(*[one.row for one in rows], strict=True))
    await connection.fetch(
        SQL.text("insert_history", schema),
        [one.seq for one in rows],
        [attributes[name] for name in columns[0]],
        [DEFAULT_INSTANCE if uri is None else datasets[uri] for uri in columns[1]],
        columns[2],
        columns[3],
        [one.modified_at for one in rows],
        columns[4],
        columns[5],
        columns[6],
    )


def _dataset(instance: Instance, datasets: dict[str, int]) -> int:
    uri = instance.get("datasetId")
    return DEFAULT_INSTANCE if uri is None else datasets[uri]


def _identity(state: State | None) -> tuple[list[str], list[str], str] | None:
    return None if state is None else (state.types, state.scopes, state.created_at)


def _state(slot: Slot) -> State:
    assert slot.state is not None  # noqa: S101 - the callers choose such slots
    return slot.state


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
