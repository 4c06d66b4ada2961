# SPDX-License-Identifier: EUPL-1.2
"""The ids of all entities that a query finds, in their order."""

from dataclasses import replace
from typing import Final

from auth.policy import Visible
from broker.engine.entities import query_entities
from broker.engine.resources import Resources
from broker.ngsi.queries import Query

_AT_ONCE: Final = 1_000


async def collect_ids(
    resources: Resources, tenant: str, query: Query, *, visible: Visible, most: int
) -> tuple[list[str], bool]:
    """At most `most` ids, and whether there are more."""
    found: list[str] = []
    after, more = "", True
    while more and len(found) < most:
        limit = min(_AT_ONCE, most - len(found))
        step = replace(query, after=after, limit=limit, offset=0, count=False, order=())
        page = await query_entities(resources, tenant, step, visible=visible)
        found += [state.id for state in page.states]
        after, more = page.last, page.more
    return found, more
