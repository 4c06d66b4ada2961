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
    more = True
    while more and len(found) < most:
        limit = min(_AT_ONCE, most - len(found))
        after = found[-1] if found else ""
        step = replace(query, after=after, limit=limit, offset=0, count=False, order=())
        page = await query_entities(resources, tenant, step, visible=visible)
        found += [state.id for state in page.states]
        # A page may be of nothing but entities that are over and not yet swept away.
        more = page.more and bool(page.states)
    return found, more
