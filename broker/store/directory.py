# SPDX-License-Identifier: EUPL-1.2
"""Find entities as people look for them: by words, and in lists of a type."""

from collections.abc import Sequence
from typing import NamedTuple

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.ngsi.entities import State
from broker.ngsi.instances import PLACE
from broker.ngsi.listings import Key, ListQuery
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.labels import to_texts
from broker.store.seen import is_safe
from broker.store.sorting import keys_statement


class Candidate(NamedTuple):
    """An entity whose words match; `texts` is its label by language."""

    seq: int
    id: str
    texts: dict[str, str]


class Found(NamedTuple):
    """An entity as results show it: its label by language (empty without a name), longitude and latitude in degrees."""

    id: str
    types: list[str]
    label: dict[str, str]
    place: tuple[float, float] | None


async def search_labels(connection: Connection, schema: str, query: str, visible: Visible) -> list[Candidate]:
    """Entities that a tsquery finds, in any order, at most 250."""
    rows = await connection.fetch(SQL.text("search_labels", schema), query, is_safe(connection, visible))
    return [Candidate(seq, entity_id, to_texts(label)) for seq, entity_id, label in rows]


async def search_id(
    connection: Connection, schema: str, entity_id: str, types: Sequence[str], visible: Visible
) -> int | None:
    """The number of the entity of this id."""
    seq: int | None = await connection.fetchval(
        SQL.text("search_id", schema), entity_id, list(types), is_safe(connection, visible)
    )
    return seq


async def get_found(connection: Connection, schema: str, seqs: Sequence[int], visible: Visible) -> list[Found]:
    """What results show of entities, in the order of their numbers as given."""
    rows = await connection.fetch(SQL.text("get_found", schema), list(seqs), PLACE)
    sees = visible.sees_attribute(PLACE)
    found = {
        seq: Found(entity_id, types, to_texts(label), (x, y) if sees and x is not None else None)
        for seq, entity_id, types, label, x, y in rows
    }
    return [found[seq] for seq in seqs if seq in found]


async def find_keys(
    connection: Connection, schema: str, query: ListQuery, visible: Visible, *, most: int
) -> list[Key] | None:
    """What the entities of a list are sorted by, in the order of their ids; None where they are more than `most`."""
    text, values = keys_statement(schema, query, visible, most=most)
    candidates, *columns = await connection.fetchrow(text, *values)
    if candidates > most:
        return None
    return [] if columns[0] is None else [Key(*row) for row in zip(*columns, strict=True)]


async def get_states(connection: Connection, schema: str, seqs: Sequence[int]) -> dict[int, State]:
    """The entities of these numbers; what is gone is left out."""
    rows = await connection.fetch(SQL.text("get_entities_by_number", schema), list(seqs))
    return {seq: from_document(*stored) for seq, *stored in rows}


async def find_of_type(
    connection: Connection, schema: str, query: ListQuery, visible: Visible
) -> tuple[list[State], bool]:
    """Entities of a type in the order of their ids, and whether others follow."""
    text = SQL.text("list_of_type", schema)
    rows = await connection.fetch(
        text, query.type, query.after, query.limit + 1, query.offset, is_safe(connection, visible)
    )
    return [from_document(*row) for row in rows[: query.limit]], len(rows) > query.limit
