# SPDX-License-Identifier: EUPL-1.2
"""Entity maps of a tenant: made, looked up, changed and forgotten (ETSI GS CIM 009, 5.14)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import uuid4

from allmende.database.pool import Connection
from allmende.errors import NotFound, TooComplexQuery
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.engine.temporal import find_temporal_ids
from broker.engine.walking import collect_ids
from broker.ngsi.entitymaps import LIFETIME, LONGEST, MOST_ENTITIES, EntityMap, digest, temporal_digest
from broker.ngsi.evolutionqueries import EvolutionQuery
from broker.ngsi.queries import Query
from broker.store import entitymaps as store

MOST: Final = 100
"""Maps of a tenant; the oldest makes room."""

T = TypeVar("T")


async def create_entity_map(
    resources: Resources, tenant: str, query: Query, *, visible: Visible, lifetime: timedelta | None = None
) -> EntityMap:
    """Create EntityMap for Query Entities (5.14.4)."""
    ids, more = await collect_ids(resources, tenant, query, visible=visible, most=MOST_ENTITIES)
    if more:
        raise too_many()
    return await keep_entity_map(resources, tenant, ids, query=digest(query), lifetime=lifetime)


async def create_temporal_entity_map(
    resources: Resources, tenant: str, query: EvolutionQuery, *, visible: Visible, lifetime: timedelta | None = None
) -> EntityMap:
    """Create EntityMap for Query Temporal Evolution of Entities (5.14.5)."""
    ids, more = await find_temporal_ids(resources, tenant, query, visible=visible, most=MOST_ENTITIES)
    if more:
        raise too_many()
    return await keep_entity_map(resources, tenant, ids, query=temporal_digest(query), lifetime=lifetime)


def too_many() -> TooComplexQuery:
    """The error that a query finds more than a map may hold."""
    return TooComplexQuery(f"The query finds more than {MOST_ENTITIES} entities; narrow it to make an entity map")


async def keep_entity_map(
    resources: Resources, tenant: str, ids: Sequence[str], *, query: bytes = b"", lifetime: timedelta | None = None
) -> EntityMap:
    """A new map of these ids."""
    now = resources.clock()
    name = f"urn:ngsi-ld:EntityMap:{uuid4()}"
    one = EntityMap(id=name, expires_at=now + (lifetime or LIFETIME), query=query, ids=ids)
    await _run(resources, tenant, partial(store.insert_entity_map, one=one, now=now, most=MOST))
    return one


async def find_entity_map(resources: Resources, tenant: str, map_id: str) -> EntityMap | None:
    """A map, where there is one that is not over."""
    return await _run(resources, tenant, partial(store.get_entity_map, map_id=map_id, now=resources.clock()))


async def retrieve_entity_map(resources: Resources, tenant: str, map_id: str) -> EntityMap:
    """Retrieve EntityMap (5.14.1)."""
    one = await find_entity_map(resources, tenant, map_id)
    if one is None:
        raise _missing(map_id)
    return one


async def update_entity_map(resources: Resources, tenant: str, map_id: str, expires_at: datetime) -> None:
    """Update EntityMap (5.14.2): when it is over, which may be at once and is within a day."""
    now = resources.clock()
    change = partial(store.set_entity_map_expiry, map_id=map_id, now=now, expires_at=min(expires_at, now + LONGEST))
    if not await _run(resources, tenant, change):
        raise _missing(map_id)


async def delete_entity_map(resources: Resources, tenant: str, map_id: str) -> None:
    """Delete EntityMap (5.14.3)."""
    if not await _run(resources, tenant, partial(store.delete_entity_map, map_id=map_id, now=resources.clock())):
        raise _missing(map_id)


async def prune_entity_map(resources: Resources, tenant: str, map_id: str, gone: Sequence[str]) -> None:
    """Take out of a map what does not fit its query any more (5.5.9.3)."""
    await _run(resources, tenant, partial(store.prune_entity_map, map_id=map_id, gone=gone))


async def _run(resources: Resources, tenant: str, statement: Callable[..., Awaitable[T]]) -> T:
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> T:
        return await statement(connection, schema)

    return await resources.database.read(schema, work)


def _missing(map_id: str) -> NotFound:
    return NotFound(f"Entity map {map_id} does not exist, or is over; a query with entityMap=true makes a new one")
