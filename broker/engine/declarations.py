# SPDX-License-Identifier: EUPL-1.2
"""Attributes that an operator declares queryable, and the index of their values, which is built while writes go on.

It is built by locks of writers, some entities at a time, and taken up again where it was left: how far it is is stored.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from allmende.database.pool import Database, writing
from allmende.errors import AllmendeError, NotFound, Unavailable
from auth.tenants import Tenants
from broker.ngsi.contexts import CORE
from broker.ngsi.shortnames import find_attribute
from broker.store import SQL
from broker.store.declarations import (
    build_some,
    clear_some,
    delete_declared,
    find_outgrown,
    insert_declared,
    list_declared,
    tend_values,
)
from broker.store.vocabulary import Vocabulary

_AT_ONCE: Final = 500
_CLEARED: Final = 5_000
_LEAST: Final = 5_000
"""Entities below which cells are of no use."""
_EVERY_S: Final = 30
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared attribute, by its IRI, for entities of a type or of any; the share that is built; rows where counted."""

    id: int
    attribute: str
    type: str | None
    complete: bool
    share: float
    rows: int | None
    created_at: datetime


@dataclass(slots=True)
class Declarations:
    """The declared attributes of all tenants; one task of the process builds what is not complete."""

    database: Database
    tenants: Tenants
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Build what is to be built, from now on."""
        self._task = asyncio.create_task(self._keep_building(), name="values")

    def stop(self) -> None:
        """Leave the rest to the next start."""
        if self._task is not None:
            self._task.cancel()

    async def declare(self, tenant: str, name: str, kind: str | None) -> Declaration:
        """Declare an attribute, by its IRI or a name of the tenant's; what is declared already stays as it is."""
        schema = await self.tenants.schema_of(tenant)
        async with self.database.reading(schema) as connection:
            iris = {row.attribute for row in await list_declared(connection, schema, counted=False)}
            iris |= {row[0] for row in await connection.fetch(SQL.text("list_iris", schema))}
        attribute = find_attribute(name, iris) or CORE.attribute_names[name]
        of_type = None if kind is None else await self._type(schema, kind)
        known = await self._find(schema, attribute, of_type)
        if known is None:
            await self._declare(schema, attribute, of_type)
            known = await self._find(schema, attribute, of_type)
        self._asked.set()
        if known is None:
            raise NotFound(f"Attribute {name} is being taken back; try again")
        return known

    async def listed(self, tenant: str, *, counted: bool = False) -> list[Declaration]:
        """What is declared in a tenant."""
        return await self._list(await self.tenants.schema_of(tenant), counted=counted)

    async def get(self, tenant: str, declared: int) -> Declaration:
        """One declaration, with the number of its rows."""
        for declaration in await self.listed(tenant, counted=True):
            if declaration.id == declared:
                return declaration
        raise NotFound(f"Declaration {declared} does not exist")

    async def take_back(self, tenant: str, declared: int) -> None:
        """An attribute is declared no longer; queries stop using its index at once, and it is cleared away later."""
        schema = await self.tenants.schema_of(tenant)
        async with self.database.reading() as connection, writing(connection, schema):
            is_gone = await delete_declared(connection, schema, declared)
        if not is_gone:
            raise NotFound(f"Declaration {declared} does not exist")
        self._asked.set()

    async def build(self, schema: str) -> None:
        """Build and clear away all there is to in a tenant, however long it takes."""
        async with self.database.reading() as connection:
            wanted = await tend_values(connection, schema)
        for number, attribute, kind in await self._outgrown(schema) if wanted else ():
            await self._insert(schema, number, attribute, kind)
        while wanted and await self._build_some(schema):
            pass
        while await self._clear_some(schema):
            pass

    async def _keep_building(self) -> None:
        """Look at all tenants when asked to, and every half minute; what fails is told once, and tried again."""
        told: dict[str, str] = {}
        while True:
            self._asked.clear()
            failed = await self._build_all()
            for schema, reason in failed.items():
                if told.get(schema) != reason:
                    _log.info("indexing_failed", schema=schema, reason=reason)
            told = failed
            try:
                await asyncio.wait_for(self._asked.wait(), _EVERY_S)
            except TimeoutError:
                continue

    async def _build_all(self) -> dict[str, str]:
        """Build what there is to in each tenant; why it failed in some, which holds up no other."""
        failed = {}
        try:
            for schema in await self.tenants.schemas():
                try:
                    await self.build(schema)
                except Unavailable:
                    raise
                except AllmendeError as error:
                    failed[schema] = str(error)
        except AllmendeError as error:
            failed[""] = str(error)
        return failed

    async def _type(self, schema: str, name: str) -> str:
        """The IRI of a type: the name itself, that of a type there is, or of the default vocabulary."""
        async with self.database.reading(schema) as connection:
            rows = await connection.fetch(SQL.text("list_types", schema))
        return find_attribute(name, {row[0] for row in rows}) or CORE.type_names[name]

    async def _find(self, schema: str, attribute: str, kind: str | None) -> Declaration | None:
        found = [
            one for one in await self._list(schema, counted=False) if (one.attribute, one.type) == (attribute, kind)
        ]
        return max(found, key=lambda one: one.complete, default=None)

    async def _list(self, schema: str, *, counted: bool) -> list[Declaration]:
        async with self.database.reading(schema) as connection:
            rows = await list_declared(connection, schema, counted=counted)
        return [
            Declaration(
                row.id,
                row.attribute,
                row.type,
                row.is_complete,
                1.0 if row.is_complete else min(1.0, row.reached / max(1, row.highest)),
                row.rows,
                row.created_at,
            )
            for row in rows
        ]

    async def _declare(self, schema: str, attribute: str, kind: str | None) -> None:
        vocabulary = Vocabulary()
        async with self.database.reading() as connection, writing(connection, schema):
            numbers = await vocabulary.attributes.ensure(connection, schema, [attribute])
            await insert_declared(connection, schema, numbers[attribute], attribute, kind)

    async def _insert(self, schema: str, number: int, attribute: str, kind: str | None) -> None:
        async with self.database.reading() as connection, writing(connection, schema):
            await insert_declared(connection, schema, number, attribute, kind)

    async def _outgrown(self, schema: str) -> list[tuple[int, str, str | None]]:
        async with self.database.reading(schema) as connection:
            return await find_outgrown(connection, schema, _LEAST)

    async def _build_some(self, schema: str) -> bool:
        async with self.database.reading() as connection, writing(connection, schema):
            return await build_some(connection, schema, _AT_ONCE) is not None

    async def _clear_some(self, schema: str) -> bool:
        async with self.database.reading() as connection, writing(connection, schema):
            return bool(await clear_some(connection, schema, _CLEARED))
