# SPDX-License-Identifier: EUPL-1.2
"""Labels of entities: written for those that have none yet."""

from collections.abc import Sequence

from allmende.database.pool import Connection
from broker.ngsi.entities import State
from broker.ngsi.labels import Label
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.literals import EMPTY, integers, quoted


def label_columns(labels: Sequence[tuple[int, Label]]) -> tuple[str, str, str]:
    """Numbers, texts and words of labels as parameters."""
    if not labels:
        return EMPTY, EMPTY, EMPTY
    return (
        integers([seq for seq, _ in labels]),
        quoted([label.texts for _, label in labels]),
        quoted([label.words for _, label in labels]),
    )


async def lock_unlabelled(connection: Connection, schema: str, most: int) -> list[tuple[int, State]]:
    """Entities without a label, with their numbers, locked until the end of the transaction."""
    rows = await connection.fetch(SQL.text("lock_waiting_labels", schema), most)
    return [(seq, from_document(*stored)) for seq, *stored in rows]


async def fill_labels(connection: Connection, schema: str, labels: Sequence[tuple[int, Label]]) -> None:
    """Give labels to entities that have none."""
    await connection.fetch(SQL.text("update_waiting_labels", schema), *label_columns(labels))
