# SPDX-License-Identifier: EUPL-1.2
"""Write what a batch changed: each table once, as arrays."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from allmende.database.pool import Connection
from broker.ngsi.instants import from_instant, to_instant
from broker.store import SQL
from broker.store.columns import Columns
from broker.store.literals import instants, integers, numerics, quoted
from broker.store.slots import Slot, Stored
from broker.store.vocabulary import Numbers


async def write_changes(
    connection: Connection,
    schema: str,
    slots: Iterable[Slot],
    history: Columns,
    names: Numbers,
) -> None:
    """Write every entity that changed, its types, scopes and places, and the rows of history."""
    changed = [slot for slot in slots if slot.now is not slot.before]
    deleted = [slot for slot in changed if slot.now is None]
    created = [(slot, slot.now) for slot in changed if slot.before is None and slot.now is not None]
    updated = [(slot, slot.now) for slot in changed if slot.before is not None and slot.now is not None]
    renamed = [(slot, stored) for slot, stored in updated if _is_renamed(slot)]
    if updated or history.seqs:
        await _update(connection, schema, updated, history, names)
    if renamed:
        await _rename(connection, schema, renamed)
    if created:
        await _insert(connection, schema, created)
    if deleted:
        await connection.fetch(SQL.text("delete_entities", schema), [slot.number for slot in deleted])
    await _write_memberships(connection, schema, "types", [*deleted, *[slot for slot, _ in renamed]])
    await _write_memberships(connection, schema, "scopes", [slot for slot in changed if _scopes(slot)])
    await _write_places(connection, schema, [slot for slot in changed if slot.places is not None], names)


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


async def _update(connection: Connection, schema: str, rows: Rows, history: Columns, names: Numbers) -> None:
    modified = [stored.modified_at for _, stored in rows]
    ordinary = modified[0] if modified else to_instant(history.modified[0])
    await connection.fetch(
        SQL.text("update_entities_and_history", schema),
        *history.literals(names, from_instant(ordinary)),
        ordinary,
        integers([slot.number for slot, _ in rows]),
        instants(modified, ordinary),
        [stored.document for _, stored in rows],
    )


async def _rename(connection: Connection, schema: str, rows: Rows) -> None:
    await connection.fetch(
        SQL.text("update_memberships", schema),
        [slot.number for slot, _ in rows],
        [" ".join(stored.types) for _, stored in rows],
        [" ".join(stored.scopes) for _, stored in rows],
        [stored.created_at for _, stored in rows],
    )


async def _insert(connection: Connection, schema: str, rows: Rows) -> None:
    first = rows[0][1].modified_at
    await connection.fetch(
        SQL.text("insert_entities", schema),
        integers([slot.number for slot, _ in rows]),
        instants([stored.created_at for _, stored in rows], first),
        instants([stored.modified_at for _, stored in rows], first),
        quoted([" ".join(stored.types) for _, stored in rows]),
        quoted([" ".join(stored.scopes) for _, stored in rows]),
        [stored.document for _, stored in rows],
        first,
        [slot.entity_id for slot, _ in rows],
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


async def _write_places(connection: Connection, schema: str, moved: list[Slot], names: Numbers) -> None:
    """Write the bounding boxes of entities of which a GeoProperty changed."""
    known = [slot.number for slot in moved if slot.before is not None]
    if known:
        await connection.fetch(SQL.text("delete_places", schema), known)
    rows = [
        (slot.number, names.attributes[place.attribute], names.dataset(place.dataset), *place.box)
        for slot in moved
        for place in slot.places or ()
    ]
    if rows:
        await connection.fetch(SQL.text("insert_places", schema), *[numerics(column) for column in _columns(rows, 7)])


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
