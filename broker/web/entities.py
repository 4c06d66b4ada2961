# SPDX-License-Identifier: EUPL-1.2
"""Entities over HTTP (ETSI GS CIM 009, 6.4 and 6.5)."""

from typing import Final

from allmende.errors import AlreadyExists, NotFound, TooComplexQuery
from broker.engine import entities
from broker.ngsi.contexts import Context
from broker.ngsi.datatypes import shown
from broker.ngsi.entities import State
from broker.ngsi.lists import split_names
from broker.ngsi.nearness import did_you_mean
from broker.ngsi.parsing import parse_entity
from broker.web.answers import created_answer, document_answer
from broker.web.bodies import linked_context, path_id, read_document
from broker.web.calls import DOCUMENTS, ENTITIES, Answer, Call, Operation
from broker.web.mapped import MAPPING, asks_map, with_entity_map
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import BY_ID
from broker.web.openapi.parts import Example
from broker.web.queries import PARAMETERS, answer_query
from broker.web.representations import FORMS, show, wanted_representation, wanted_types
from broker.web.views import VIEWING, viewed_entity, wanted_view

_HINTED: Final = 10
"""Names that are compared with those that an entity has; each takes milliseconds."""


async def create_entity(call: Call) -> Answer:
    """Create Entity (6.4.3.1)."""
    document, context = read_document(call)
    entity = parse_entity(document, context)
    await entities.create_entity(call.resources, call.tenant, entity)
    return created_answer(entity.id)


async def query_entities(call: Call) -> Answer:
    """Query Entities (6.4.3.2)."""
    return await answer_query(call, linked_context(call))


async def retrieve_entity(call: Call) -> Answer:
    """Retrieve Entity (6.5.3.1)."""
    entity_id = path_id(call)
    context = linked_context(call)
    wanted = wanted_representation(call, context)
    view = wanted_view(call, context)
    types = wanted_types(call, context)
    state = await entities.retrieve_entity(call.resources, call.tenant, entity_id, visible=call.visible, types=types)
    if wanted.attrs is not None and wanted.attrs.isdisjoint(state.attributes):
        raise _without(call, context, state)
    if view is not None:
        answer = await viewed_entity(call, context, state, wanted, view)
    else:
        answer = document_answer(call, context, show(state, context, wanted))
    return await with_entity_map(call, answer, [entity_id]) if asks_map(call) else answer


def _without(call: Call, context: Context, state: State) -> NotFound:
    """The error that an entity has none of the attributes that are asked for."""
    known = [context.compact(name) for name in state.attributes if call.visible.sees_attribute(name)]
    asked = split_names(call.parameters, "attrs")
    hints = (did_you_mean(name, known) for name in asked[:_HINTED])
    names = shown(", ".join(asked))
    return NotFound(f"Entity {state.id} has none of the attributes {names}{next(filter(None, hints), '')}")


async def delete_entity(call: Call) -> Answer:
    """Delete Entity (6.5.3.2)."""
    entity_id = path_id(call)
    types = wanted_types(call, linked_context(call))
    await entities.delete_entity(call.resources, call.tenant, entity_id, types=types)
    return Answer(204)


OPERATIONS: Final = (
    Operation(
        name="Create Entity",
        clause="6.4.3.1",
        method="POST",
        path="entities",
        endpoint=create_entity,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        founds=True,
        about="Stores a new entity.",
        takes="Entity",
        gives={201: replies.CREATED},
        errors=(AlreadyExists,),
        example=Example(body=examples.NEW),
    ),
    Operation(
        name="Query Entities",
        clause="6.4.3.2",
        method="GET",
        path="entities",
        endpoint=query_entities,
        parameters=PARAMETERS,
        options=FORMS | {"sysAttrs"},
        offers=ENTITIES,
        about="Finds entities. One of `type`, `attrs`, `q`, `georel` and `local=true` is needed.",
        gives={200: replies.ENTITIES, 201: replies.MAPPED_ENTITIES, 203: replies.REWRITTEN_ENTITIES},
        errors=replies.QUERY_ERRORS,
        example=Example(parameters={"type": "Room", "q": "temperature>20"}),
    ),
    Operation(
        name="Retrieve Entity",
        clause="6.5.3.1",
        method="GET",
        path="entities/{entityId}",
        endpoint=retrieve_entity,
        parameters=frozenset({"attrs", "type", "options", "format", "local"}) | VIEWING | MAPPING,
        options=FORMS | {"sysAttrs"},
        offers=ENTITIES,
        about="Shows an entity.",
        told=BY_ID,
        gives={200: replies.ENTITY, 203: replies.REWRITTEN_ENTITY},
        errors=(NotFound, TooComplexQuery),
        example=Example(ids=(examples.HALL,)),
    ),
    Operation(
        name="Delete Entity",
        clause="6.5.3.2",
        method="DELETE",
        path="entities/{entityId}",
        endpoint=delete_entity,
        parameters=frozenset({"type", "local"}),
        writes=True,
        about="Deletes an entity; its history stays.",
        told=BY_ID,
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.BUILDING,)),
    ),
)
