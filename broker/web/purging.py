# SPDX-License-Identifier: EUPL-1.2
"""Entities purged over HTTP (ETSI GS CIM 009, 6.4.3.3)."""

from typing import Final

from broker.engine import purging
from broker.ngsi.purging import parse_purge
from broker.web.bodies import linked_context
from broker.web.calls import Answer, Call, Operation
from broker.web.openapi import replies
from broker.web.openapi.parts import Example

_FILTERS: Final = "id idPattern type attrs q scopeQ georel geometry coordinates geoproperty csf local"


async def purge_entities(call: Call) -> Answer:
    """Purge Entities (6.4.3.3)."""
    wanted = parse_purge(call.parameters, linked_context(call))
    await purging.purge_entities(call.resources, call.tenant, wanted, visible=call.visible)
    return Answer(204)


OPERATIONS: Final = (
    Operation(
        name="Purge Entities",
        clause="6.4.3.3",
        method="DELETE",
        path="entities",
        endpoint=purge_entities,
        parameters=frozenset({*_FILTERS.split(), "drop", "keep"}),
        writes=True,
        about="Deletes what a query finds, or with `drop` or `keep` attributes of it.",
        gives={204: replies.DONE},
        errors=replies.QUERY_ERRORS,
        example=Example(parameters={"type": "Room", "drop": "name"}),
    ),
)
