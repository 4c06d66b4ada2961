# SPDX-License-Identifier: EUPL-1.2
"""Datasets and grants made, changed and removed; each is in force here at once and in every other process when it hears of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from allmende.database.pool import Connection, writing
from allmende.errors import AlreadyExists, BadRequestData, Conflict, NotFound
from auth.granting import rows
from auth.granting.values import SLUG, Dataset, Grant
from auth.rights import Rights

_MOST_TOLD = 5


@asynccontextmanager
async def changing(rights: Rights, tenant: str) -> AsyncIterator[tuple[Connection, str]]:
    """A transaction in which nobody else changes the rights of the tenant; then this process knows that they are others."""
    schema = await rights.tenants.schema_of(tenant)
    try:
        async with rights.database.reading() as connection, writing(connection, schema):
            await rows.lock_rights(connection, schema)
            yield connection, schema
    finally:
        rights.forget(schema)


async def create_dataset(rights: Rights, tenant: str, dataset: Dataset, now: datetime) -> None:
    """Make a dataset; AlreadyExists where there is one of its slug."""
    async with changing(rights, tenant) as (connection, schema):
        if not await rows.insert_dataset(connection, schema, dataset, now):
            raise AlreadyExists(f"Dataset {dataset.slug!r} already exists; change it by PATCH /datasets/{dataset.slug}")


async def update_dataset(
    rights: Rights, tenant: str, slug: str, change: Callable[[Dataset], Dataset], now: datetime
) -> None:
    """Put what `change` makes of a dataset in its place."""
    _require_slug(slug)
    async with changing(rights, tenant) as (connection, schema):
        known = await rows.get_dataset(connection, schema, slug)
        if known is None:
            raise unknown_dataset(slug)
        await rows.update_dataset(connection, schema, change(known), now)


async def delete_dataset(rights: Rights, tenant: str, slug: str) -> None:
    """Remove a dataset; Conflict where grants name it, since whoever has them would lose what was granted unnoticed."""
    _require_slug(slug)
    async with changing(rights, tenant) as (connection, schema):
        grants = await rows.list_grants_of_dataset(connection, schema, slug)
        if grants:
            told = ", ".join(grants[:_MOST_TOLD]) + (", …" if len(grants) > _MOST_TOLD else "")
            raise Conflict(f"Dataset {slug!r} is the target of {len(grants)} grants; delete these first: {told}")
        if not await rows.delete_dataset(connection, schema, slug):
            raise unknown_dataset(slug)


async def create_grant(rights: Rights, tenant: str, grant: Grant, now: datetime) -> None:
    """Make a grant; AlreadyExists where the same is there."""
    async with changing(rights, tenant) as (connection, schema):
        if grant.target_kind == "dataset" and await rows.get_dataset(connection, schema, grant.target_id) is None:
            raise BadRequestData(f"Member 'target.id': dataset {grant.target_id!r} does not exist")
        if not await rows.insert_grant(connection, schema, grant, now):
            raise AlreadyExists(f"The same grant already exists: {grant.id}")


async def delete_grant(rights: Rights, tenant: str, grant_id: str) -> None:
    """Take a grant back."""
    try:
        number = UUID(grant_id)
    except ValueError as error:
        raise unknown_grant(grant_id) from error
    async with changing(rights, tenant) as (connection, schema):
        if not await rows.delete_grant(connection, schema, number):
            raise unknown_grant(grant_id)


def _require_slug(slug: str) -> None:
    """What is no slug names nothing, and need not be a text that can be stored."""
    if not SLUG.fullmatch(slug):
        raise unknown_dataset(slug)


def unknown_dataset(slug: str) -> NotFound:
    """The error of a dataset that is not there, or that the caller is not to know of."""
    return NotFound(f"Dataset {slug!r} does not exist")


def unknown_grant(grant_id: str) -> NotFound:
    """The error of a grant that is not there."""
    return NotFound(f"Grant {grant_id!r} does not exist")
