# SPDX-License-Identifier: EUPL-1.2
"""Entity maps made of queries over HTTP (ETSI GS CIM 009, 6.34 and 6.35).

The parameters are those of the query itself; what they say of its pages means nothing here.
"""

from dataclasses import replace
from typing import Final

from broker.engine import entitymaps as engine
from broker.ngsi.contexts import Context
from broker.ngsi.entitymaps import EntityMap, to_document
from broker.ngsi.evolutionqueries import parse_evolution_query
from broker.ngsi.queries import Selector, parse_query
from broker.ngsi.querybodies import parse_selectors, to_parameters
from broker.ngsi.temporalbodies import to_temporal_parameters
from broker.web import histories, queries
from broker.web.answers import document_answer
from broker.web.bodies import linked_context, read_document, with_parameters
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.evolutionforms import wanted_shape
from broker.web.jsonldcontexts import addressed
from broker.web.mapped import to_header, wanted_lifetime
from broker.web.openapi import replies
from broker.web.openapi.parts import Example, Reply
from broker.web.representations import FORMS, wanted_representation
from broker.web.views import wanted_view

_MADE: Final = {201: Reply("The map", "EntityMap", ("Link", "NGSILD-EntityMap"))}


async def create_for_query(call: Call) -> Answer:
    """Create EntityMap for Query Entities (6.34.3.1)."""
    return await _create(call, linked_context(call))


async def create_for_query_by_body(call: Call) -> Answer:
    """Create EntityMap for Query Entities via POST (6.34.3.2)."""
    body, context = read_document(call)
    call = with_parameters(call, to_parameters(body))
    context = await addressed(call, context)
    return await _create(call, context, parse_selectors(body, context))


async def create_for_temporal_query(call: Call) -> Answer:
    """Create EntityMap for Query Temporal Evolution of Entities (6.35.3.1)."""
    return await _create_temporal(call, linked_context(call))


async def create_for_temporal_query_by_body(call: Call) -> Answer:
    """Create EntityMap for Query Temporal Evolution of Entities via POST (6.35.3.2)."""
    body, context = read_document(call)
    call = with_parameters(call, to_temporal_parameters(body, histories.PARAMETERS))
    context = await addressed(call, context)
    return await _create_temporal(call, context, parse_selectors(body, context))


async def _create(call: Call, context: Context, selectors: tuple[Selector, ...] = ()) -> Answer:
    lifetime = wanted_lifetime(call)
    # What is wrong with parameters that show entities is said here too: `q` follows the links of `join`.
    wanted_representation(call, context)
    wanted_view(call, context)
    query = replace(parse_query(call.parameters, context), selectors=selectors)
    one = await engine.create_entity_map(call.resources, call.tenant, query, visible=call.visible, lifetime=lifetime)
    return _to_answer(call, context, one)


async def _create_temporal(call: Call, context: Context, selectors: tuple[Selector, ...] = ()) -> Answer:
    lifetime = wanted_lifetime(call)
    wanted_shape(call)
    query = parse_evolution_query(call.parameters, context)
    query = replace(query, entities=replace(query.entities, selectors=selectors))
    one = await engine.create_temporal_entity_map(
        call.resources, call.tenant, query, visible=call.visible, lifetime=lifetime
    )
    return _to_answer(call, context, one)


def _to_answer(call: Call, context: Context, one: EntityMap) -> Answer:
    answer = document_answer(call, context, to_document(one), 201)
    answer.headers.append(to_header(one))
    return answer


OPERATIONS: Final = (
    Operation(
        name="Create EntityMap for Query Entities",
        clause="6.34.3.1",
        method="GET",
        path="entityMaps",
        endpoint=create_for_query,
        parameters=queries.PARAMETERS,
        options=FORMS | {"sysAttrs"},
        offers=DOCUMENTS,
        about="Makes an entity map of what a query finds, and shows it.",
        gives=_MADE,
        errors=replies.QUERY_ERRORS,
        example=Example(parameters={"type": "Room"}),
    ),
    Operation(
        name="Create EntityMap for Query Entities via POST",
        clause="6.34.3.2",
        method="POST",
        path="entityMaps",
        endpoint=create_for_query_by_body,
        parameters=queries.BESIDE_BODY,
        options=FORMS | {"sysAttrs"},
        reads=DOCUMENTS,
        offers=DOCUMENTS,
        about="Makes an entity map of what a query in the body finds, and shows it.",
        takes="Query",
        gives=_MADE,
        errors=replies.QUERY_ERRORS,
        example=Example(body={"type": "Query", "entities": [{"type": "Room"}]}),
    ),
    Operation(
        name="Create EntityMap for Query Temporal Evolution of Entities",
        clause="6.35.3.1",
        method="GET",
        path="temporal/entityMaps",
        endpoint=create_for_temporal_query,
        parameters=histories.PARAMETERS,
        options=histories.FORMS | {"sysAttrs"},
        offers=DOCUMENTS,
        about="Makes an entity map of those whose histories a query finds, and shows it.",
        gives=_MADE,
        errors=replies.QUERY_ERRORS,
        example=Example(parameters={"type": "Room", "timerel": "after", "timeAt": "2026-05-01T00:00:00Z"}),
    ),
    Operation(
        name="Create EntityMap for Query Temporal Evolution of Entities via POST",
        clause="6.35.3.2",
        method="POST",
        path="temporal/entityMaps",
        endpoint=create_for_temporal_query_by_body,
        parameters=histories.BESIDE_BODY,
        options=histories.FORMS | {"sysAttrs"},
        reads=DOCUMENTS,
        offers=DOCUMENTS,
        about="Makes an entity map of those whose histories a query in the body finds, and shows it.",
        takes="TemporalQuery",
        gives=_MADE,
        errors=replies.QUERY_ERRORS,
        example=Example(
            body={
                "type": "Query",
                "entities": [{"type": "Room"}],
                "temporalQ": {"timerel": "after", "timeAt": "2026-05-01T00:00:00Z"},
            }
        ),
    ),
)
