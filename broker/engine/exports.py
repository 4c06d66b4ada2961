# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type, page by page: memory and the cost of each statement are those of a page.

Between pages nothing is held, no connection either; whoever is slow to take them holds up nobody. What is written
meanwhile may be part of it or not; each entity comes once, whole.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from allmende.database.failures import Refused, TimedOut
from allmende.errors import BadRequestData, OperationNotSupported
from auth.policy import Visible
from broker.engine.directory import require_words
from broker.engine.resources import Resources
from broker.ngsi.contents import AttributeContent
from broker.ngsi.entities import State
from broker.ngsi.listings import ListQuery
from broker.store.exporting import read_slice, survey_slice

PAGE: Final = 1_000
"""Entities of a page, and of a statement."""

MOST_ATTRIBUTES: Final = 1_000
_SURVEYED: Final = 5_000
T = TypeVar("T")


async def survey_type(
    resources: Resources, tenant: str, query: ListQuery, *, visible: Visible
) -> list[AttributeContent]:
    """What all entities that a query chooses hold, in the order of attributes' IRIs; sorting and paging do not count.

    OperationNotSupported where they have more than `MOST_ATTRIBUTES` attributes.
    """
    found: dict[str, AttributeContent] = {}
    async for contents in _walk(resources, tenant, replace(query, limit=_SURVEYED), visible, survey_slice):
        for content in contents:
            if visible.sees_attribute(content.iri):
                known = found.get(content.iri)
                found[content.iri] = content if known is None else known.united(content)
        if len(found) > MOST_ATTRIBUTES:
            raise OperationNotSupported(f"A table has at most {MOST_ATTRIBUTES} attributes; take GeoJSON or NGSI-LD")
    return [found[iri] for iri in sorted(found)]


async def read_type(
    resources: Resources, tenant: str, query: ListQuery, *, visible: Visible
) -> AsyncIterator[list[State]]:
    """All entities that a query chooses in the order of their ids, in pages that may be empty."""
    async for states in _walk(resources, tenant, replace(query, limit=PAGE), visible, read_slice):
        yield states


async def _walk(
    resources: Resources,
    tenant: str,
    query: ListQuery,
    visible: Visible,
    take: Callable[..., Awaitable[tuple[T, str | None]]],
) -> AsyncIterator[T]:
    """What `take` makes of slice after slice."""
    require_words(query.words)
    schema = await resources.tenants.schema_of(tenant)
    after: str | None = ""
    while after is not None:
        work = partial(take, schema=schema, query=replace(query, after=after), visible=visible)
        try:
            taken, after = await resources.read(schema, visible, work)
        except TimedOut as error:
            raise OperationNotSupported("The download takes too long; try again when less is going on") from error
        except Refused as error:
            raise BadRequestData("The download cannot be made; check the values of its filters") from error
        yield taken
