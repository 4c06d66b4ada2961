# SPDX-License-Identifier: EUPL-1.2
"""Write what a batch changed: each table once, as arrays."""

from collections.abc import Iterable, Sequence
from typing import Any

from allmende.database.pool import Connection
from broker.ngsi.instants import from_instant, to_instant
from broker.store import SQL
from broker.store.literals import EMPTY, integers, numerics, plain, quoted
from broker.store.slots import Slot, Stored, Written
from broker.store.vocabulary import DEFAULT_INSTANCE


async def write_slots(connection: Connection, schema: str, slots: Iterable[Slot]) -> None:
    """Write every entity that changed, and its types and scopes."""
    changed = [slot for slot in slots if slot.now is not slot.before]
    deleted = [slot for slot in changed if slot.now is None]
    created = [(slot.number, slot.now) for slot in changed if slot.before is None and slot.now is not None]
    updated = [(slot.number, slot.now) for slot in changed if slot.before is not None and slot.now is not None]
    renamed = [(slot.number, slot.now) for slot in changed if slot.before and slot.now and _is_renamed(slot)]
    if updated:
        await _update(connection, schema, updated)
    if renamed:
        await _rename(connection, schema, renamed)
    if created:
        await _insert(connection, schema, created)
    if deleted:
        seqs = [slot.seq for slot in deleted]
        await connection.fetch(SQL.text("delete_entities", schema), seqs)
    await _write_memberships(
        connection, schema, [slot for slot in changed if not (slot.before and slot.now) or _is_renamed(slot)]
    )


def _is_renamed(slot: Slot) -> bool:
    """Whether types, scopes or the time of creation changed."""
    before, now = slot.before, slot.now
    if before is None or now is None:
        return False
    return before.types != now.types or before.scopes != now.scopes or before.created_at != now.created_at


async def _update(connection: Connection, schema: str, rows: list[tuple[int, Stored]]) -> None:
    first = rows[0][1].modified_at
    times = EMPTY
    if any(stored.modified_at != first for _, stored in rows):
        times = plain([from_instant(stored.modified_at) for _, stored in rows])
    documents = [stored.document for _, stored in rows]
    query = SQL.text("update_entities", schema)
    await connection.fetch(query, integers([seq for seq, _ in rows]), times, documents, first)


async def _rename(connection: Connection, schema: str, rows: list[tuple[int, Stored]]) -> None:
    await connection.fetch(
        SQL.text("update_memberships", schema),
        [seq for seq, _ in rows],
        [" ".join(stored.types) for _, stored in rows],
        [" ".join(stored.scopes) for _, stored in rows],
        [stored.created_at for _, stored in rows],
    )


async def _insert(connection: Connection, schema: str, rows: list[tuple[int, Stored]]) -> None:
    await connection.fetch(
        SQL.text("insert_entities", schema),
        [seq for seq, _ in rows],
        [stored.created_at for _, stored in rows],
        [stored.modified_at for _, stored in rows],
        [" ".join(stored.types) for _, stored in rows],
        [" ".join(stored.scopes) for _, stored in rows],
        [stored.document for _, stored in rows],
    )


async def _write_memberships(connection: Connection, schema: str, slots: list[Slot]) -> None:
    for kind in ("types", "scopes"):
        gone: list[tuple[str, str]] = []
        new: list[tuple[str, str, int | None]] = []
        for slot in slots:
            old = getattr(slot.before, kind) if slot.before else ()
            now = getattr(slot.now, kind) if slot.now else ()
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
        (slot.seq, attributes[place.attribute], _number(place.dataset, datasets), *place.box)
        for slot in moved
        for place in slot.places or ()
    ]
    if rows:
        await connection.fetch(SQL.text("insert_places", schema), *_columns(rows, 7))


async def write_history(
    connection: Connection,
    schema: str,
    written: Sequence[Written],
    attributes: dict[str, int],
    datasets: dict[str, int],
) -> None:
    """Write history rows, no two of which have the same key; ordinary observations are one statement."""
    kinds: dict[tuple[bool, bool], list[Written]] = {}
    for one in written:
        kinds.setdefault(one.row[3:5], []).append(one)
    for (observed, deleted), rows in kinds.items():
        names, uris, times, _, _, numbers, values = zip(*[one.row for one in rows], strict=True)
        first = rows[0].modified_at
        await connection.fetch(
            SQL.text("insert_history", schema),
            integers([one.seq for one in rows]),
            integers([attributes[name] for name in names]),
            integers([_number(uri, datasets) for uri in uris]) if any(uris) else EMPTY,
            plain(times),
            EMPTY if all(one.modified_at == first for one in rows) else plain([one.modified_at for one in rows]),
            numerics(numbers),
            quoted(values),
            observed,
            deleted,
            to_instant(first),
        )


def latest(written: Sequence[Written]) -> Sequence[Written]:
    """Of rows of the same key the last; one time has many spellings."""
    return list({(one.seq, one.row[0], one.row[1], to_instant(one.row[2])): one for one in written}.values())


def _number(dataset: str | None, datasets: dict[str, int]) -> int:
    return DEFAULT_INSTANCE if dataset is None else datasets[dataset]


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
