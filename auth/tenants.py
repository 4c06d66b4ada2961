# SPDX-License-Identifier: EUPL-1.2
"""Tenants: which schema holds a tenant's rows."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from allmende.database.failures import Collided, Refused, translated
from allmende.database.pool import Database
from allmende.database.queries import load_queries
from allmende.errors import AlreadyExists, BadRequestData, Conflict, NonexistentTenant, OperationNotSupported

DEFAULT: Final = "default"
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KNOWN: Final = re.compile(r"[A-Za-z0-9_-]{1,40}(?:\.[0-9a-f]{20})?")
"""What stands after the point is a snapshot of the tenant; no request can name it so."""

_log = structlog.get_logger()
_SQL: Final = load_queries("auth.store")

_DROP_WITHIN: Final = timedelta(minutes=10)
"""Dropping ten years of chunks takes a while."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant as its administrator sees it."""

    id: str
    created_at: datetime


@dataclass(slots=True)
class Tenants:
    """The tenants that exist; one that is known stays known until it is forgotten."""

    database: Database
    patience: timedelta = timedelta(seconds=5)
    """How long the deletion of a tenant waits for those who use it: whoever comes after waits behind it."""
    _schemas: dict[str, str] = field(default_factory=dict)

    async def schema_of(self, tenant: str) -> str:
        """The schema of a tenant; NonexistentTenant where there is none."""
        schema = self._schemas.get(tenant)
        if schema is None:
            if not _KNOWN.fullmatch(tenant):
                raise unknown(tenant)
            async with self.database.platform() as connection:
                schema = await connection.fetchval(_SQL.text("get_tenant", "platform"), tenant)
            if schema is None:
                raise unknown(tenant)
            self._schemas[tenant] = schema
        return schema

    async def create(self, tenant: str) -> str:
        """Make a tenant, with its schema and its role; one that exists stays as it is."""
        require_name(tenant)
        try:
            async with self.database.platform() as connection:
                schema: str = await connection.fetchval(_SQL.text("create_tenant", "platform"), tenant)
        except Refused as error:
            # The server is another platform's, too, which has a role of this name.
            raise OperationNotSupported(
                f"Tenant {tenant!r} cannot be made on this database server; choose another name"
            ) from error
        self._schemas[tenant] = schema
        return schema

    async def make(self, tenant: str) -> None:
        """Make a tenant; AlreadyExists where there is one of this name."""
        require_name(tenant)
        async with self.database.platform() as connection:
            schema: str | None = await connection.fetchval(_SQL.text("make_tenant", "platform"), tenant, None)
        if schema is None:
            raise AlreadyExists(f"Tenant {tenant!r} already exists")
        self._schemas[tenant] = schema
        _log.info("tenant_made", tenant=tenant)

    async def listed(self, tenant: str | None = None) -> list[Tenant]:
        """All tenants in the order of their names, or the one of this name where there is one."""
        async with self.database.platform() as connection:
            rows = await connection.fetch(_SQL.text("list_named", "platform"), tenant)
        return [Tenant(row["id"], row["created_at"]) for row in rows]

    async def drop(self, tenant: str) -> None:
        """Delete a tenant with all that it has: its keys and snapshots, too. This process still knows it afterwards."""
        if tenant == DEFAULT:
            raise OperationNotSupported(f"Tenant {DEFAULT!r} cannot be deleted: it is that of requests that name none")
        connection = await self.database.reach(statement_timeout=_DROP_WITHIN, application="allmende tenants")
        try:
            with translated():
                await connection.execute(f"SET lock_timeout = {int(self.patience.total_seconds() * 1000)}")
                is_gone = await connection.fetchval(_SQL.text("drop_tenant", "platform"), require_name(tenant))
        except Collided as error:
            raise Conflict(f"Tenant {tenant!r} is in use at this moment, as by an export; try again") from error
        finally:
            connection.terminate()
            await asyncio.sleep(0)  # its socket is closed in the next turn of the loop
        if not is_gone:
            raise unknown(tenant)
        _log.info("tenant_deleted", tenant=tenant)

    async def schemas(self) -> list[str]:
        """The schemas of all tenants."""
        async with self.database.platform() as connection:
            return [row["schema"] for row in await connection.fetch(_SQL.text("list_tenants", "platform"))]

    def known_schema(self, tenant: str) -> str | None:
        """The schema of a tenant that has been asked for before."""
        return self._schemas.get(tenant)

    def forget(self, tenant: str) -> None:
        """A tenant was deleted."""
        self._schemas.pop(tenant, None)

    def known_as(self, schema: str) -> list[str]:
        """The tenants that this process knows to have a schema: one, or none."""
        return [tenant for tenant, known in self._schemas.items() if known == schema]


def require_name(tenant: str) -> str:
    """The name of a tenant as a request states it; BadRequestData where no tenant can be called so."""
    if not _NAME.fullmatch(tenant):
        raise BadRequestData(f"A tenant's name must be 1 to 40 letters, digits, '_' and '-', not {tenant!r}")
    return tenant


def unknown(tenant: str) -> NonexistentTenant:
    """The error of a tenant that is not there, or that the caller is not to know of: nobody can tell which it is."""
    return NonexistentTenant(f"Tenant {tenant!r} does not exist")
