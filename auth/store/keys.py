# SPDX-License-Identifier: EUPL-1.2
"""Rows of keys: only the hash of a key is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from allmende.database.pool import Connection
from auth.principals import AUTHENTICATED, KeyKind, Principal, Subject
from auth.store import SQL

_SCHEMA: Final = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key as its administrator sees it."""

    id: str
    name: str
    kind: KeyKind
    tenant: str | None
    connector: str | None
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshKey:
    """A key that is about to be stored."""

    name: str
    kind: KeyKind
    tenant: str | None
    connector: str | None
    prefix: str
    sha256: bytes
    expires_at: datetime | None


async def insert_key(connection: Connection, key: FreshKey) -> str:
    """Store a key; return its id."""
    columns = (key.name, key.kind, key.tenant, key.connector, key.prefix, key.sha256, key.expires_at)
    identifier: str = await connection.fetchval(SQL.text("insert_key", _SCHEMA), *columns)
    return identifier


async def get_key(connection: Connection, sha256: bytes, now: datetime) -> tuple[Principal, datetime | None] | None:
    """Whose key it is, if it is valid now, and until when it is."""
    row = await connection.fetchrow(SQL.text("get_key", _SCHEMA), sha256, now)
    return row and (to_principal(row["kind"], row["tenant"], row["connector"], row["id"]), row["expires_at"])


def to_principal(kind: KeyKind, tenant: str | None, connector: str | None, key_id: str) -> Principal:
    """Whoever shows the key; a user's is called by its id."""
    subjects = frozenset({Subject("key", key_id), AUTHENTICATED}) if kind == "user" else frozenset[Subject]()
    return Principal(kind, tenant, connector, key_id, subjects)


async def list_keys(connection: Connection, tenant: str, *, wide: bool) -> list[KeyRow]:
    """The keys of a tenant; `wide`: and those of the whole platform."""
    return [KeyRow(**row) for row in await connection.fetch(SQL.text("list_keys", _SCHEMA), tenant, wide)]


async def revoke_key(connection: Connection, key_id: UUID, tenant: str, now: datetime, *, wide: bool) -> bool:
    """End a key of a tenant; `wide`: or of the whole platform."""
    return await connection.fetchval(SQL.text("revoke_key", _SCHEMA), key_id, tenant, wide, now) is not None


async def has_admin_key(connection: Connection, now: datetime) -> bool:
    """Whether somebody can administer the platform."""
    return bool(await connection.fetchval(SQL.text("has_admin_key", _SCHEMA), now))


async def get_tenant(connection: Connection, slug: str) -> str | None:
    """The schema of a tenant."""
    schema: str | None = await connection.fetchval(SQL.text("get_tenant", _SCHEMA), slug)
    return schema
