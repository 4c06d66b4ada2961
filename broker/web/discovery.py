# SPDX-License-Identifier: EUPL-1.2
"""Which entity types there are, over HTTP (ETSI GS CIM 009, 6.25)."""

from typing import Final

from allmende.errors import OperationNotSupported
from broker.engine import discovery
from broker.web.answers import document_answer
from broker.web.bodies import linked_context
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.parameters import parse_flag


async def list_types(call: Call) -> Answer:
    """Retrieve Available Entity Types (6.25.3.1)."""
    context = linked_context(call)
    if parse_flag(call.parameters, "details"):
        raise OperationNotSupported("The details of entity types are not supported yet; leave 'details' out")
    types = await discovery.list_types(call.resources, call.tenant, visible=call.visible)
    names = sorted(context.compact(name) for name in types)
    document = {"id": f"urn:ngsi-ld:EntityTypeList:{call.tenant}", "type": "EntityTypeList", "typeList": names}
    return document_answer(call, context, document)


OPERATIONS: Final = (
    Operation(
        name="Retrieve Available Entity Types",
        clause="6.25.3.1",
        method="GET",
        path="types",
        endpoint=list_types,
        parameters=frozenset({"details", "local"}),
        offers=DOCUMENTS,
    ),
)
