# SPDX-License-Identifier: EUPL-1.2
"""Rows of datasets and grants in a tenant's schema."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from allmende.database.pool import Connection
from allmende.database.queries import load_queries
from auth.granting.values import Dataset, Grant, Policy
from auth.policy import Rounding, Share
from auth.principals import Subject

SQL: Final = load_queries("auth.granting")


async def get_policy(connection: Connection, schema: str, known: Policy | None) -> Policy:
    """All that is said of a tenant; where that is of the version that is known, the known one."""
    row = await connection.fetchrow(SQL.text("get_rights", schema), known and known.version)
    if known is not None and row["version"] == known.version:
        return known
    datasets = map(to_dataset, orjson.loads(row["datasets"]))
    grants = map(to_grant, orjson.loads(row["grants"]))
    return Policy(row["version"], tuple(datasets), tuple(grants))


async def lock_rights(connection: Connection, schema: str) -> None:
    """Wait until nobody else changes rights; until the transaction ends, nobody does."""
    await connection.fetchval(SQL.text("lock_rights", schema))


async def get_dataset(connection: Connection, schema: str, slug: str) -> Dataset | None:
    """A dataset by its slug."""
    row = await connection.fetchval(SQL.text("get_offered", schema), slug)
    return row and to_dataset(orjson.loads(row))


async def insert_dataset(connection: Connection, schema: str, dataset: Dataset, now: datetime) -> bool:
    """Store a dataset; False where there is one of its slug."""
    return await connection.fetchval(SQL.text("insert_offered", schema), *_columns(dataset), now) is not None


async def update_dataset(connection: Connection, schema: str, dataset: Dataset, now: datetime) -> None:
    """Replace the dataset of the same slug."""
    await connection.execute(SQL.text("update_offered", schema), *_columns(dataset), now)


async def delete_dataset(connection: Connection, schema: str, slug: str) -> bool:
    """Remove a dataset; False where there is none."""
    return await connection.fetchval(SQL.text("delete_offered", schema), slug) is not None


async def list_grants_of_dataset(connection: Connection, schema: str, slug: str) -> list[str]:
    """The ids of the grants that name a dataset."""
    return [row["id"] for row in await connection.fetch(SQL.text("list_grants_of_dataset", schema), slug)]


async def insert_grant(connection: Connection, schema: str, grant: Grant, now: datetime) -> bool:
    """Store a grant; False where it is there."""
    columns = (
        grant.id,
        *grant.subject,
        grant.action,
        grant.target_kind,
        grant.target_id,
        _list(grant.pick),
        sorted(grant.omit),
        grant.valid_from,
        grant.valid_until,
    )
    return await connection.fetchval(SQL.text("insert_granted", schema), *columns, now) is not None


async def delete_grant(connection: Connection, schema: str, grant_id: UUID) -> bool:
    """Remove a grant; False where there is none."""
    return await connection.fetchval(SQL.text("delete_granted", schema), grant_id) is not None


def to_dataset(row: Mapping[str, Any]) -> Dataset:
    """A dataset of its columns."""
    share = Share(
        types=_set(row["types"]),
        scopes=_set(row["scopes"]),
        ids=_set(row["ids"]),
        pick=_set(row["pick"]),
        omit=frozenset(row["omit"]),
        rounding=Rounding(place_m=row["place_m"], time_s=row["time_s"]),
    )
    return Dataset(
        slug=row["slug"], title=row["title"], license=row["license"], visibility=row["visibility"], share=share
    )


def to_grant(row: Mapping[str, Any]) -> Grant:
    """A grant of its columns."""
    return Grant(
        subject=Subject(row["subject_kind"], row["subject_id"]),
        action=row["action"],
        target_kind=row["target_kind"],
        target_id=row["target_id"],
        pick=_set(row["pick"]),
        omit=frozenset(row["omit"]),
        valid_from=_time(row["valid_from"]),
        valid_until=_time(row["valid_until"]),
    )


def _columns(dataset: Dataset) -> tuple[Any, ...]:
    share = dataset.share
    lists = (share.types, share.scopes, share.ids, share.pick)
    return (
        dataset.slug,
        orjson.dumps(dict(dataset.title)).decode(),
        dataset.license,
        dataset.visibility,
        *map(_list, lists),
        sorted(share.omit),
        share.rounding.place_m,
        share.rounding.time_s,
    )


def _list(names: Iterable[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _set(names: Iterable[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(names)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
