# SPDX-License-Identifier: EUPL-1.2
"""The history of entities over HTTP (ETSI GS CIM 009, 6.18, 6.19 and 6.24)."""

from dataclasses import replace
from typing import Final

from allmende.errors import NotFound, TooComplexQuery
from broker.engine.temporal import query_temporal_entities, retrieve_temporal_entity
from broker.ngsi.contexts import Context
from broker.ngsi.evolutionqueries import parse_evolution_query, parse_parts
from broker.ngsi.filters.requests import PARAMETERS as FILTERS
from broker.ngsi.queries import Selector
from broker.ngsi.querybodies import parse_selectors
from broker.ngsi.temporal import parse_temporal_query
from broker.ngsi.temporalbodies import to_temporal_parameters
from broker.web.aggregation import answer_aggregate, answer_aggregates, wants_aggregates
from broker.web.answers import counted, document_answer, list_answer, page_links
from broker.web.bodies import linked_context, path_id, read_document, with_parameters
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.evolutionforms import show_evolutions, wanted_shape, with_range
from broker.web.jsonldcontexts import addressed
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import BY_ID
from broker.web.openapi.parts import Example
from broker.web.preferences import with_version

FORMS: Final = frozenset({"normalized", "concise", "temporalValues", "aggregatedValues"})
_TIMES: Final = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN"})
_PARTS: Final = frozenset({"attrs", "pick", "omit", "datasetId", "lang"})
_AGGREGATION: Final = frozenset({"aggrMethods", "aggrPeriodDuration"})
_ENTITIES: Final = frozenset(
    {"id", "idPattern", "type", *FILTERS, "georel", "geometry", "coordinates", "geoproperty", "orderBy", "collation"}
)
_PAGES: Final = frozenset({"limit", "offset", "count"})
_SHAPES: Final = frozenset({"options", "format", "local"})


async def retrieve_entity(call: Call) -> Answer:
    """Retrieve Temporal Evolution of an Entity (6.19.3.1)."""
    entity_id = path_id(call)
    context = linked_context(call)
    shape = wanted_shape(call)
    query = parse_temporal_query(call.parameters)
    parts = parse_parts(call.parameters, context)
    if wants_aggregates(call.parameters, shape.form):
        return await answer_aggregate(call, context, entity_id, query, parts)
    found = await retrieve_temporal_entity(
        call.resources, call.tenant, entity_id, query, parts=parts, visible=call.visible
    )
    (document,), altered = show_evolutions(found.entities, context, shape, query, parts)
    if not document:
        raise NotFound(f"Entity {entity_id} has nothing that is picked; see 'pick' and 'omit'")
    answer = with_range(document_answer(call, context, document), found.told, query)
    return with_version(answer, shape.version, altered=altered)


async def query_entities(call: Call) -> Answer:
    """Query Temporal Evolution of Entities (6.18.3.2)."""
    return await _answer_query(call, linked_context(call))


async def query_by_body(call: Call) -> Answer:
    """Query Temporal Evolution of Entities via POST (6.24.3.1)."""
    body, context = read_document(call)
    call = with_parameters(call, to_temporal_parameters(body, _QUERY))
    context = await addressed(call, context)
    return await _answer_query(call, context, parse_selectors(body, context))


async def _answer_query(call: Call, context: Context, selectors: tuple[Selector, ...] = ()) -> Answer:
    """A page of entities; `selectors` narrow them where the parameters cannot say it."""
    shape = wanted_shape(call)
    query = parse_evolution_query(call.parameters, context)
    if selectors:
        query = replace(query, entities=replace(query.entities, selectors=selectors))
    if wants_aggregates(call.parameters, shape.form):
        return await answer_aggregates(call, context, query)
    found = await query_temporal_entities(call.resources, call.tenant, query, visible=call.visible)
    documents, altered = show_evolutions(found.entities, context, shape, query.temporal, query.parts)
    links = page_links(call, limit=query.entities.limit, offset=query.entities.offset, more=found.more)
    answer = list_answer(call, context, [document for document in documents if document], links)
    answer = with_range(counted(answer, found.count), found.told, query.temporal)
    return with_version(answer, shape.version, altered=altered)


_QUERY: Final = _ENTITIES | _TIMES | _PARTS | _AGGREGATION | _PAGES | _SHAPES

OPERATIONS: Final = (
    Operation(
        name="Query Temporal Evolution of Entities",
        clause="6.18.3.2",
        method="GET",
        path="temporal/entities",
        endpoint=query_entities,
        parameters=_QUERY,
        options=FORMS | {"sysAttrs"},
        offers=DOCUMENTS,
        about="Finds histories. One of `type`, `attrs`, `q`, `georel` and `local=true` is needed, and a `timerel`.",
        gives={200: replies.HISTORIES, 203: replies.REWRITTEN_HISTORIES, 206: replies.PART_OF_HISTORIES},
        errors=replies.QUERY_ERRORS,
        example=Example(parameters={"type": "Room", "timerel": "after", "timeAt": "2026-05-01T00:00:00Z"}),
    ),
    Operation(
        name="Retrieve Temporal Evolution of an Entity",
        clause="6.19.3.1",
        method="GET",
        path="temporal/entities/{entityId}",
        endpoint=retrieve_entity,
        parameters=_TIMES | _PARTS | _AGGREGATION | _SHAPES,
        options=FORMS | {"sysAttrs"},
        offers=DOCUMENTS,
        about="Shows the history of an entity.",
        told=BY_ID,
        gives={200: replies.HISTORY, 203: replies.REWRITTEN_HISTORY, 206: replies.PART_OF_HISTORY},
        errors=(NotFound, TooComplexQuery),
        example=Example(ids=(examples.HALL,), parameters={"timerel": "after", "timeAt": "2026-05-01T00:00:00Z"}),
    ),
    Operation(
        name="Query Temporal Evolution of Entities via POST",
        clause="6.24.3.1",
        method="POST",
        path="temporal/entityOperations/query",
        endpoint=query_by_body,
        parameters=_PAGES | _SHAPES,
        options=FORMS | {"sysAttrs"},
        reads=DOCUMENTS,
        offers=DOCUMENTS,
        about="Finds histories by a query in the body.",
        takes="TemporalQuery",
        gives={200: replies.HISTORIES, 203: replies.REWRITTEN_HISTORIES, 206: replies.PART_OF_HISTORIES},
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
