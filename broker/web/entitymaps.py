# SPDX-License-Identifier: EUPL-1.2
"""Entity maps over HTTP (ETSI GS CIM 009, 6.32)."""

from typing import Final

from allmende.errors import BadRequestData, NotFound
from broker.engine import entitymaps as engine
from broker.ngsi.datatypes import parse_instant, require_uri
from broker.ngsi.entitymaps import to_document
from broker.ngsi.instants import to_instant
from broker.web.answers import document_answer
from broker.web.bodies import linked_context, read_document
from broker.web.calls import DOCUMENTS, PATCHES, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parts import Example, Reply


async def retrieve_entity_map(call: Call) -> Answer:
    """Retrieve EntityMap (6.32.3.1)."""
    context = linked_context(call)
    one = await engine.retrieve_entity_map(call.resources, call.tenant, _map_id(call))
    return document_answer(call, context, to_document(one))


async def update_entity_map(call: Call) -> Answer:
    """Update EntityMap (6.32.3.2)."""
    map_id = _map_id(call)
    document, _ = read_document(call)
    if "expiresAt" not in document:
        raise BadRequestData("Member 'expiresAt' is required; nothing else of an entity map can be changed")
    expires_at = to_instant(parse_instant(document["expiresAt"], "Member 'expiresAt'"))
    await engine.update_entity_map(call.resources, call.tenant, map_id, expires_at)
    return Answer(204)


async def delete_entity_map(call: Call) -> Answer:
    """Delete EntityMap (6.32.3.3)."""
    await engine.delete_entity_map(call.resources, call.tenant, _map_id(call))
    return Answer(204)


def _map_id(call: Call) -> str:
    return require_uri(call.ids[0], "The id of an entity map in the path")


OPERATIONS: Final = (
    Operation(
        name="Retrieve EntityMap",
        blind=True,
        clause="6.32.3.1",
        method="GET",
        path="entityMaps/{entityMapId}",
        endpoint=retrieve_entity_map,
        offers=DOCUMENTS,
        about="Shows an entity map.",
        gives={200: Reply("The map", "EntityMap", ("Link", "ETag"))},
        errors=(NotFound,),
        example=Example(ids=(examples.ENTITY_MAP,)),
    ),
    Operation(
        name="Update EntityMap",
        clause="6.32.3.2",
        method="PATCH",
        path="entityMaps/{entityMapId}",
        endpoint=update_entity_map,
        reads=PATCHES,
        writes=True,
        about="Changes when an entity map is over: within a day.",
        takes="EntityMapFragment",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.ENTITY_MAP,), body={"expiresAt": "2099-01-01T00:00:00Z"}),
    ),
    Operation(
        name="Delete EntityMap",
        clause="6.32.3.3",
        method="DELETE",
        path="entityMaps/{entityMapId}",
        endpoint=delete_entity_map,
        writes=True,
        about="Forgets an entity map.",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.ENTITY_MAP,)),
    ),
)
