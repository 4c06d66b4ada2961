# SPDX-License-Identifier: EUPL-1.2
"""Read the history of an entity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.entities import Instance
from broker.ngsi.history import to_instance
from broker.ngsi.instanceids import to_instance_id
from broker.store import SQL
from broker.store.vocabulary import DEFAULT_INSTANCE, Vocabulary


@dataclass(frozen=True, slots=True)
class Window:
    """Which instances of an attribute: a half-open range of one of their times, oldest or newest first."""

    start: datetime
    end: datetime
    by_modified: bool
    only_observed: bool
    deleted: bool
    newest_first: bool
    limit: int


class HistoryEntity(NamedTuple):
    """An entity that is or was: its number, its types (None where it does not exist any more), when it was deleted."""

    seq: int
    types: list[str] | None
    deleted_at: datetime | None


class Past(NamedTuple):
    """An instance of history, with the time that a window compares."""

    time: datetime
    attribute: str
    instance: Instance


async def find_history_entity(connection: Connection, schema: str, entity_id: str) -> HistoryEntity | None:
    """The entity of an id, also one that was deleted."""
    row = await connection.fetchrow(SQL.text("get_history_entity", schema), entity_id)
    return None if row is None else HistoryEntity(*row)


async def find_attributes(connection: Connection, schema: str, seq: int, vocabulary: Vocabulary) -> dict[str, int]:
    """The attributes that an entity has history of, with their numbers."""
    rows = await connection.fetch(SQL.text("list_history_attributes", schema), seq)
    numbers = [row[0] for row in rows]
    names = await vocabulary.attributes.resolve(connection, schema, numbers)
    return {names[number]: number for number in numbers}


async def find_instances(
    connection: Connection, schema: str, seq: int, attribute: int, window: Window, vocabulary: Vocabulary
) -> Sequence[Past]:
    """The instances of one attribute in a window, in its order."""
    rows = await connection.fetch(
        SQL.text(_query(window), schema),
        seq,
        attribute,
        window.start,
        window.end,
        window.only_observed,
        window.deleted,
        window.limit,
    )
    names = await vocabulary.attributes.resolve(connection, schema, {row["attribute"] for row in rows})
    datasets = {row["dataset"] for row in rows if row["dataset"] != DEFAULT_INSTANCE}
    uris = await vocabulary.datasets.resolve(connection, schema, datasets)
    return [
        Past(
            row["modified_at"] if window.by_modified else row["time"],
            names[row["attribute"]],
            to_instance(
                row["number"],
                row["value"],
                dataset=uris.get(row["dataset"]),
                observed_at=row["time"] if row["observed"] else None,
                modified_at=row["modified_at"],
                deleted=row["deleted"],
            )
            | {"instanceId": to_instance_id(seq, row["attribute"], row["dataset"], row["time"])},
        )
        for row in rows
    ]


def _query(window: Window) -> str:
    if window.by_modified:
        return "get_history_by_modified_descending" if window.newest_first else "get_history_by_modified"
    return "get_history_descending" if window.newest_first else "get_history_ascending"
