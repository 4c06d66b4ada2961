# SPDX-License-Identifier: EUPL-1.2
"""Entities purged, many at a time, in the order of their ids (ETSI GS CIM 009, 5.6.21)."""

from dataclasses import replace
from typing import Final

from allmende.errors import RequestError
from auth.policy import Visible
from broker.engine.changes import purge_step
from broker.engine.entities import query_entities
from broker.engine.resources import Resources
from broker.ngsi.purging import Purge

AT_ONCE: Final = 500
"""Entities that are read and written at a time."""


async def purge_entities(resources: Resources, tenant: str, wanted: Purge, *, visible: Visible) -> None:
    """Purge Entities (5.6.21); what is written meanwhile may escape it.

    It is not one transaction: where it fails, what came before in the order of the ids is done.
    """
    after, more = "", True
    while more:
        query = replace(wanted.query, after=after, limit=AT_ONCE, offset=0, count=False)
        page = await query_entities(resources, tenant, query, visible=visible)
        steps = [purge_step(state.id, wanted) for state in page.states]
        for outcome in await resources.write(tenant, *steps) if steps else ():
            if isinstance(outcome, RequestError):
                raise outcome
        after, more = page.last, page.more
