# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type, page by page: whoever takes them slowly is read slowly, and holds no connection meanwhile."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.entities import State
from broker.ngsi.listings import ListQuery
from broker.ngsi.surveys import Surveyed, united
from broker.store.directory import find_of_type, survey_slice

_PAGE: Final = 500
_SLICE: Final = 5_000


async def walk_type(
    resources: Resources, tenant: str, type_iri: str, *, visible: Visible
) -> AsyncIterator[Sequence[State]]:
    """The entities of a type in the order of their ids, each as it is when its page is read."""
    schema = await resources.tenants.schema_of(tenant)
    after, more = "", True
    while more:
        query = ListQuery(type=type_iri, after=after, limit=_PAGE)

        async def work(connection: Connection, query: ListQuery = query) -> tuple[list[State], bool]:
            return await find_of_type(connection, schema, query, visible)

        states, more = await resources.database.read(schema, work)
        if states:
            after = states[-1].id
            yield states


async def survey_type(resources: Resources, tenant: str, type_iri: str, *, visible: Visible) -> list[Surveyed]:
    """Which attributes the entities of a type have, all of them looked at; about 6 µs each."""
    schema = await resources.tenants.schema_of(tenant)
    slices: list[list[Surveyed]] = []
    after: str | None = ""
    while after is not None:

        async def work(connection: Connection, after: str = after) -> tuple[str | None, list[Surveyed]]:
            return await survey_slice(connection, schema, type_iri, after, _SLICE, visible)

        after, found = await resources.database.read(schema, work)
        slices.append([one for one in found if visible.sees_attribute(one.iri)])
    return united(slices)
