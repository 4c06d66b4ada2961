# SPDX-License-Identifier: EUPL-1.2
"""Which types and attributes there are (ETSI GS CIM 009, 5.7.5 to 5.7.10), and what entities say at a glance."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import NotFound, TooComplexQuery
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.entities import State
from broker.ngsi.nearness import MOST_NAMES, did_you_mean_iri
from broker.ngsi.storage import from_document
from broker.store import SQL
from broker.store.discovery import find_types

_TYPES_AT_A_GLANCE: Final = 50
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TypeDetails:
    """A type: how many entities it has, and the attribute types of their attributes; names are IRIs."""

    entities: int
    attributes: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class AttributeDetails:
    """An attribute: how many instances it has, of which attribute types, in entities of which types, by IRI."""

    instances: int
    kinds: list[str]
    types: list[str]


async def list_types(resources: Resources, tenant: str, *, visible: Visible) -> list[str]:
    """Retrieve Available Entity Types: their IRIs."""
    schema = await resources.tenants.schema_of(tenant)
    return await resources.read(schema, visible, partial(find_types, schema=schema, visible=visible))


async def describe_type(resources: Resources, tenant: str, iri: str, *, visible: Visible) -> TypeDetails:
    """Retrieve Available Entity Type Information (5.7.7)."""

    async def work(connection: Connection, schema: str) -> tuple[int, list[Any]]:
        count: int = await connection.fetchval(SQL.text("count_type", schema), iri)
        rows = await connection.fetch(SQL.text("list_attributes_of_type", schema), iri) if count else []
        return count, rows

    count, rows = await _look(resources, tenant, visible, work)
    if not count:
        hint = did_you_mean_iri(iri, await list_types(resources, tenant, visible=visible))
        raise NotFound(f"There is no entity of type {iri}{hint}")
    return TypeDetails(count, {name: kinds for name, kinds in rows if visible.sees_attribute(name)})


async def list_attributes(resources: Resources, tenant: str, *, visible: Visible) -> Mapping[str, list[str]]:
    """Retrieve Available Attributes (5.7.8, 5.7.9): the types that have each, in the order of IRIs."""

    async def work(connection: Connection, schema: str) -> list[Any]:
        rows: list[Any] = await connection.fetch(SQL.text("list_attributes", schema))
        return rows

    rows = await _look(resources, tenant, visible, work)
    return {name: types for name, types in rows if visible.sees_attribute(name)}


async def describe_attribute(resources: Resources, tenant: str, iri: str, *, visible: Visible) -> AttributeDetails:
    """Retrieve Available Attribute Information (5.7.10)."""

    async def work(connection: Connection, schema: str) -> list[Any]:
        rows: list[Any] = await connection.fetch(SQL.text("count_instances", schema), iri)
        return rows

    rows = await _look(resources, tenant, visible, work)
    if not rows or not visible.sees_attribute(iri):
        hint = did_you_mean_iri(iri, await _attribute_names(resources, tenant, visible))
        raise NotFound(f"There is no entity with the attribute {iri}{hint}")
    return AttributeDetails(
        sum(count for _, _, count in rows),
        sorted({kind for kind, _, _ in rows}),
        sorted({name for _, types, _ in rows for name in types}),
    )


async def _attribute_names(resources: Resources, tenant: str, visible: Visible) -> list[str]:
    """Attributes that entities have or once had, of the first some thousand; to those who do not see all, none.

    Which of them are of entities that they see would only be known by looking at all of these.
    """
    if not visible.whole:
        return []

    async def work(connection: Connection, schema: str) -> list[str]:
        rows = await connection.fetch(SQL.text("list_attribute_names", schema), MOST_NAMES)
        return [row[0] for row in rows if visible.sees_attribute(row[0])]

    return await _look(resources, tenant, visible, work)


async def _look(
    resources: Resources, tenant: str, visible: Visible, work: Callable[[Connection, str], Awaitable[T]]
) -> T:
    """Run a statement that may read every document."""
    schema = await resources.tenants.schema_of(tenant)
    try:
        return await resources.read(schema, visible, lambda connection: work(connection, schema))
    except TimedOut as error:
        raise TooComplexQuery(
            "There are too many entities to look at; the list of types without details is always answered"
        ) from error


async def first_of_types(
    resources: Resources, tenant: str, *, most: int, visible: Visible
) -> Mapping[str, list[State]]:
    """At most `most` entities of each type, by the type's IRI."""
    types = (await list_types(resources, tenant, visible=visible))[:_TYPES_AT_A_GLANCE]
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> dict[str, list[State]]:
        found: dict[str, list[State]] = {name: [] for name in types}
        for name, *stored in await connection.fetch(SQL.text("list_first_of_types", schema), types, most):
            found[name].append(from_document(*stored))
        return found

    return await resources.read(schema, visible, work)
