# SPDX-License-Identifier: EUPL-1.2
"""Entities and their attributes: one function per operation (ETSI GS CIM 009, 5.6 and 5.7)."""

from dataclasses import dataclass

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.changes import create_step, delete_step, patch_step, recorded, require, write_step
from broker.engine.geoqueries import Effort, find_by_place
from broker.engine.operations import Step
from broker.engine.orderings import find_outside, is_outside
from broker.engine.patience import read_query
from broker.engine.resources import Resources
from broker.engine.valuequeries import find_by_value, remedy
from broker.ngsi.entities import Entity, Instance, Patched, State
from broker.ngsi.expiry import living
from broker.ngsi.instants import from_instant
from broker.ngsi.patching import append_attributes as append
from broker.ngsi.patching import delete_attribute as delete
from broker.ngsi.patching import partial_update
from broker.ngsi.patching import update_attributes as update
from broker.ngsi.purging import is_still_found
from broker.ngsi.queries import Query
from broker.ngsi.selections import Selection
from broker.store.reads import count_entities as count_stored
from broker.store.reads import find_entities


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a query; `count` only where it was asked for, `more` where another page follows.

    `last` is the last id that it passed, also of what is over and not yet swept away: the next page goes on after it.
    """

    states: list[State]
    count: int | None
    more: bool
    last: str = ""


async def create_entity(resources: Resources, tenant: str, entity: Entity) -> None:
    """Create Entity (5.6.1)."""
    await write_step(resources, tenant, create_step(entity))


async def retrieve_entity(
    resources: Resources, tenant: str, entity_id: str, *, visible: Visible, types: Selection | None = None
) -> State:
    """Retrieve Entity (5.7.1); one of other types than named is not found."""
    schema = await resources.tenants.schema_of(tenant)
    state = await resources.reader.get(schema, entity_id, visible)
    states = [] if state is None else living_states([state], resources)
    return require(states[0] if states else None, entity_id, types)


async def query_entities(resources: Resources, tenant: str, query: Query, *, visible: Visible) -> Page:
    """Query Entities (5.7.2): a page in the query's order, by default that of the ids."""
    schema = await resources.tenants.schema_of(tenant)

    positions = resources.positions
    wanted = positions.continued(schema, query, visible)

    async def work(connection: Connection) -> Page:
        return await _find(resources, connection, schema, wanted, visible)

    page = await read_query(resources, schema, work, visible=visible, remedy=lambda: remedy(query))
    last = page.states[-1].id if page.states else ""
    if page.more and last:
        positions.keep(schema, query, visible, last)
    return Page(_still_found(page.states, query, resources), page.count, page.more, last)


async def _find(resources: Resources, connection: Connection, schema: str, query: Query, visible: Visible) -> Page:
    """A page as it is stored, by the way that the query needs."""
    if query.geo is not None:
        effort = Effort(limit=resources.database.statement_timeout)
        states, more, count = await find_by_place(connection, schema, query, query.geo, visible, effort=effort)
        return Page(states, count, more)
    if is_outside(query):
        states, more, total = await find_outside(connection, schema, query, visible, resources.deadline())
        return Page(states, total if query.count else None, more)
    found = await find_by_value(connection, schema, query, visible, is_late=resources.deadline())
    if found is not None and (found.count is not None or not query.count):
        return Page(found.states, found.count, found.more)
    states, more = (
        await find_entities(connection, schema, query, visible) if found is None else (found.states, found.more)
    )
    count = await count_stored(connection, schema, query, visible) if query.count else None
    return Page(states, count, more)


def living_states(states: list[State], resources: Resources) -> list[State]:
    """What of some entities is not over; what is may still be counted, until it is swept away."""
    if not any(state.is_transient for state in states):
        return states
    now = from_instant(resources.clock())
    return [state for each in states if (state := living(each, now)) is not None]


def _still_found(states: list[State], query: Query, resources: Resources) -> list[State]:
    """What of the entities of a page is not over; one is not found by what is."""
    left = living_states(states, resources)
    if left is states:
        return states
    before = {state.id: state for state in states}
    return [state for state in left if state is before[state.id] or is_still_found(state, query)]


async def append_attributes(
    resources: Resources,
    tenant: str,
    entity_id: str,
    fragment: Entity,
    *,
    overwrite: bool,
    types: Selection | None = None,
) -> Patched:
    """Append Attributes (5.6.3)."""
    step = patch_step(entity_id, lambda state, now: append(state, fragment, now, overwrite=overwrite), types)
    return await write_step(resources, tenant, step)


async def update_attributes(
    resources: Resources, tenant: str, entity_id: str, fragment: Entity, *, types: Selection | None = None
) -> Patched:
    """Update Attributes (5.6.2)."""
    step = patch_step(entity_id, lambda state, now: update(state, fragment, now), types)
    return await write_step(resources, tenant, step)


async def partial_update_attribute(
    resources: Resources,
    tenant: str,
    entity_id: str,
    attribute: str,
    fragment: Instance,
    *,
    types: Selection | None = None,
) -> None:
    """Partial Attribute Update (5.6.4)."""
    change = recorded(lambda state, now: partial_update(require(state, entity_id, types), attribute, fragment, now))
    await write_step(resources, tenant, Step(entity_id, change))


async def delete_attribute(
    resources: Resources,
    tenant: str,
    entity_id: str,
    attribute: str,
    *,
    dataset: str | None,
    delete_all: bool,
    types: Selection | None = None,
) -> None:
    """Delete Attribute (5.6.5)."""
    change = recorded(lambda state, now: delete(require(state, entity_id, types), attribute, dataset, delete_all, now))
    await write_step(resources, tenant, Step(entity_id, change))


async def delete_entity(resources: Resources, tenant: str, entity_id: str, *, types: Selection | None = None) -> None:
    """Delete Entity (5.6.6)."""
    await write_step(resources, tenant, delete_step(entity_id, types))
