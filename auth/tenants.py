# SPDX-License-Identifier: EUPL-1.2
"""Tenants: which schema holds a tenant's rows."""

import re
from dataclasses import dataclass, field
from typing import Final

from allmende.database.pool import Database
from allmende.database.queries import load_queries
from allmende.errors import NonexistentTenant

DEFAULT: Final = "default"
_SLUG: Final = re.compile(r"^[a-z0-9_]{1,40}$")
_SQL: Final = load_queries("auth.store")


@dataclass(slots=True)
class Tenants:
    """The tenants that exist; one that is known stays known until it is forgotten."""

    database: Database
    _schemas: dict[str, str] = field(default_factory=dict)

    async def schema_of(self, tenant: str) -> str:
        """The schema of a tenant; NonexistentTenant where there is none."""
        schema = self._schemas.get(tenant)
        if schema is None:
            if not _SLUG.match(tenant):
                raise NonexistentTenant(f"Tenant {tenant!r} does not exist")
            async with self.database.platform() as connection:
                schema = await connection.fetchval(_SQL.text("get_tenant", "platform"), tenant)
            if schema is None:
                raise NonexistentTenant(f"Tenant {tenant!r} does not exist")
            self._schemas[tenant] = schema
        return schema

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
