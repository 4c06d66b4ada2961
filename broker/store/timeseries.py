# SPDX-License-Identifier: EUPL-1.2
"""Read the history of an entity."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import orjson

from allmende.database.pool import Connection
from broker.ngsi.entities import Instance
from broker.ngsi.history import SCOPE_IRI, to_instance
from broker.ngsi.instanceids import to_instance_id, to_series_name
from broker.store import SQL
from broker.store.vocabulary import DEFAULT_INSTANCE, Vocabulary
from broker.store.where_history import Window

_TURN: Final = 500
"""Rows that are read at a stretch: some five milliseconds; others get a turn in between."""


class HistoryEntity(NamedTuple):
    """An entity that is or was: its number, its types (None where it does not exist any more), when it was deleted."""

    seq: int
    types: list[str] | None
    deleted_at: datetime | None


class Series(NamedTuple):
    """The instances of an attribute and a dataset of an entity in a half-open range of time, all by their numbers."""

    seq: int
    attribute: int
    dataset: int
    start: datetime
    stop: datetime


class Past(NamedTuple):
    """A row of history, with the time that a window compares, and whose it is."""

    at: datetime
    seq: int
    attribute: int
    dataset: int
    time: datetime
    observed: bool
    deleted: bool
    number: float | None
    value: str | None
    modified_at: datetime

    @property
    def kind(self) -> str:
        """The attribute type."""
        return "Property" if self.value is None else str(orjson.loads(self.value)["type"])


async def find_history_entity(connection: Connection, schema: str, entity_id: str) -> HistoryEntity | None:
    """The entity of an id, also one that was deleted."""
    row = await connection.fetchrow(SQL.text("get_history_entity", schema), entity_id)
    return None if row is None else HistoryEntity(*row)


async def find_attributes(connection: Connection, schema: str, seq: int, vocabulary: Vocabulary) -> dict[str, int]:
    """The attributes that an entity has history of, with their numbers."""
    rows = await connection.fetch(SQL.text("list_history_attributes", schema), seq)
    numbers = [row[0] for row in rows]
    names = await vocabulary.attributes.resolve(connection, schema, numbers)
    return {names[number]: number for number in numbers if names[number] != SCOPE_IRI}


async def find_series(connection: Connection, schema: str, seqs: Sequence[int]) -> list[tuple[int, int, int]]:
    """What entities have history of: numbers of entity, attribute and dataset."""
    return [tuple(row) for row in await connection.fetch(SQL.text("list_series", schema), list(seqs))]


async def find_scope_starts(
    connection: Connection, schema: str, seqs: Sequence[int], scope: int, start: datetime
) -> dict[int, datetime]:
    """Since when entities have had the scopes that they had at a time, by their numbers."""
    rows = await connection.fetch(SQL.text("get_scope_starts", schema), list(seqs), scope, start)
    return {row[0]: row[1] for row in rows}


async def find_instances(
    connection: Connection,
    schema: str,
    series: Sequence[Series],
    window: Window,
    *,
    limit: int,
    newest_first: bool,
) -> dict[Series, list[Past]]:
    """The first instances of each series in time, or the last ones; at most `limit` of each."""
    columns = [list(column) for column in zip(*series, strict=True)]
    rows = await connection.fetch(
        SQL.text(_query(window, newest_first=newest_first), schema),
        *columns,
        window.only_observed,
        window.deleted,
        limit,
    )
    found: dict[Series, list[Past]] = {one: [] for one in series}
    for start in range(0, len(rows), _TURN):
        if start:
            await asyncio.sleep(0)
        for row in rows[start : start + _TURN]:
            found[series[row[0] - 1]].append(Past(row["modified_at" if window.by_modified else "time"], *row[1:]))
    return found


async def read_instances(
    connection: Connection,
    schema: str,
    pasts: Sequence[Past],
    vocabulary: Vocabulary,
    *,
    ids: Mapping[int, str],
    names: Mapping[int, str],
) -> list[Instance]:
    """The instances that rows tell of, each with its system times and id; `ids` and `names` are those of their numbers."""
    datasets = {past.dataset for past in pasts if past.dataset != DEFAULT_INSTANCE}
    uris = await vocabulary.datasets.resolve(connection, schema, datasets)
    series = {
        key: to_series_name(ids[key[0]], names[key[1]], uris.get(key[2]))
        for key in {(past.seq, past.attribute, past.dataset) for past in pasts}
    }
    instances: list[Instance] = []
    for start in range(0, len(pasts), _TURN):
        if start:
            await asyncio.sleep(0)
        instances += [
            _instance(past, uris.get(past.dataset), series[past.seq, past.attribute, past.dataset])
            for past in pasts[start : start + _TURN]
        ]
    return instances


def _instance(past: Past, dataset: str | None, series: str) -> Instance:
    instance = to_instance(
        past.number,
        past.value,
        dataset=dataset,
        observed_at=past.time if past.observed else None,
        modified_at=past.modified_at,
        deleted=past.deleted,
    )
    return instance | {"instanceId": to_instance_id(series, past.time)}


def _query(window: Window, *, newest_first: bool) -> str:
    if window.by_modified:
        return "get_instances_by_modified_descending" if newest_first else "get_instances_by_modified"
    return "get_instances_descending" if newest_first else "get_instances"
