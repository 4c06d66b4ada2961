# SPDX-License-Identifier: EUPL-1.2
"""Labels of entities: read by their ids, and written for those that have none yet."""

from collections.abc import Mapping, Sequence

import orjson

from allmende.database.pool import Connection
from broker.ngsi.entities import State
from broker.ngsi.labels import Label
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.literals import EMPTY, numerals, quoted


def label_columns(labels: Sequence[tuple[int, Label]]) -> tuple[str, str, str]:
    """Numbers, texts and words of labels as parameters."""
    if not labels:
        return EMPTY, EMPTY, EMPTY
    return (
        numerals([seq for seq, _ in labels]),
        quoted([label.texts for _, label in labels]),
        quoted([label.words for _, label in labels]),
    )


def to_texts(label: str | None) -> dict[str, str]:
    """The texts of a stored label by language; empty without a name."""
    return {} if label is None else orjson.loads(label)


async def find_labels(connection: Connection, schema: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """What people call these entities, by id; one that is not there is left out."""
    rows = await connection.fetch(SQL.text("find_labels", schema), ids)
    return {entity_id: to_texts(label) for entity_id, label in rows}


async def lock_unlabelled(connection: Connection, schema: str, most: int) -> list[tuple[int, State]]:
    """Entities without a label, with their numbers, locked until the end of the transaction."""
    rows = await connection.fetch(SQL.text("lock_unlabelled", schema), most)
    return [(seq, from_document(*stored)) for seq, *stored in rows]


async def fill_labels(connection: Connection, schema: str, labels: Sequence[tuple[int, Label]]) -> None:
    """Give labels to entities that have none."""
    await connection.fetch(SQL.text("fill_labels", schema), *label_columns(labels))
