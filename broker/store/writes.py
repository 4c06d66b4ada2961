# SPDX-License-Identifier: EUPL-1.2
"""Write what a batch changed: each table once, as arrays."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from allmende.database.pool import Connection
from broker.ngsi.instants import from_instant, to_instant
from broker.store import SQL
from broker.store.columns import Columns
from broker.store.expiry import put_expiry
from broker.store.labels import label_columns
from broker.store.literals import instants, numerals, quoted
from broker.store.slots import Slot, Stored
from broker.store.vocabulary import Numbers


async def write_changes(
    connection: Connection,
    schema: str,
    slots: Iterable[Slot],
    history: Columns,
    names: Numbers,
) -> None:
    """Write every entity that changed, its types, scopes, places and label, and the rows of history."""
    changed = [slot for slot in slots if slot.now is not slot.before]
    deleted = [slot for slot in changed if slot.now is None]
    created = [(slot, slot.now) for slot in changed if slot.before is None and slot.now is not None]
    updated = [(slot, slot.now) for slot in changed if slot.before is not None and slot.now is not None]
    renamed = [(slot, stored) for slot, stored in updated if _is_renamed(slot)]
    moved = [slot for slot in changed if slot.places is not None]
    unplaced = [slot.number for slot in moved if slot.before is not None]
    if unplaced:
        await connection.fetch(SQL.text("delete_places", schema), unplaced)
    first = next((stored for _, stored in [*created, *updated]), None)
    if first is not None or history.seqs:
        ordinary = to_instant(history.modified[0]) if first is None else first.modified_at
        await connection.fetch(
            SQL.text("write_changes", schema),
            *history.literals(names, from_instant(ordinary)),
            ordinary,
            *_updated(updated, ordinary),
            *_created(created, ordinary),
            *_places(moved, names),
            *label_columns([(slot.number, slot.label) for slot in changed if slot.label is not None]),
        )
    expiring = [(slot.number, slot.expiry) for slot in changed if slot.expiry is not None]
    if expiring:
        await put_expiry(connection, schema, expiring)
    if renamed:
        await _rename(connection, schema, renamed)
    if deleted:
        await connection.fetch(SQL.text("delete_entities", schema), [slot.number for slot in deleted])
    await _write_memberships(connection, schema, "types", [*deleted, *[slot for slot, _ in renamed]])
    await _write_memberships(connection, schema, "scopes", [slot for slot in changed if _scopes(slot)])


def _scopes(slot: Slot) -> bool:
    """Whether it has scopes, or had some."""
    return bool((slot.before and slot.before.scopes) or (slot.now and slot.now.scopes))


def _is_renamed(slot: Slot) -> bool:
    """Whether types, scopes or the time of creation changed."""
    before, now = slot.before, slot.now
    if before is None or now is None:
        return False
    return before.types != now.types or before.scopes != now.scopes or before.created_at != now.created_at


Rows: TypeAlias = list[tuple[Slot, Stored]]


def _updated(rows: Rows, ordinary: datetime) -> tuple[Any, ...]:
    return (
        numerals([slot.number for slot, _ in rows]),
        instants([stored.modified_at for _, stored in rows], ordinary),
        [stored.document for _, stored in rows],
    )


def _created(rows: Rows, ordinary: datetime) -> tuple[Any, ...]:
    return (
        numerals([slot.number for slot, _ in rows]),
        instants([stored.created_at for _, stored in rows], ordinary),
        instants([stored.modified_at for _, stored in rows], ordinary),
        quoted([" ".join(stored.types) for _, stored in rows]),
        quoted([" ".join(stored.scopes) for _, stored in rows]),
        [stored.document for _, stored in rows],
        [slot.entity_id for slot, _ in rows],
    )


def _places(moved: list[Slot], names: Numbers) -> list[str]:
    """The bounding boxes of entities of which a GeoProperty changed."""
    rows = [
        (slot.number, names.attributes[place.attribute], names.dataset(place.dataset), *place.box)
        for slot in moved
        for place in slot.places or ()
    ]
    return [numerals(column) for column in _columns(rows, 7)]


async def _rename(connection: Connection, schema: str, rows: Rows) -> None:
    await connection.fetch(
        SQL.text("update_memberships", schema),
        [slot.number for slot, _ in rows],
        [" ".join(stored.types) for _, stored in rows],
        [" ".join(stored.scopes) for _, stored in rows],
        [stored.created_at for _, stored in rows],
    )


async def _write_memberships(connection: Connection, schema: str, kind: str, slots: list[Slot]) -> None:
    """Types or scopes that an entity has lost or gained."""
    gone: list[tuple[str, str]] = []
    new: list[tuple[str, str, int]] = []
    for slot in slots:
        old = getattr(slot.before, kind) if slot.before else ()
        now = getattr(slot.now, kind) if slot.now else ()
        gone += [(slot.entity_id, name) for name in old if name not in now]
        new += [(slot.entity_id, name, slot.number) for name in now if name not in old]
    if gone:
        await connection.fetch(SQL.text(f"delete_{kind}", schema), *_columns(sorted(gone), 2))
    if new:
        await connection.fetch(SQL.text(f"insert_{kind}", schema), *_columns(sorted(new), 3))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
