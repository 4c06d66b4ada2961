# SPDX-License-Identifier: EUPL-1.2
"""The history of entities over HTTP (ETSI GS CIM 009, 6.18, 6.19 and 6.24)."""

from dataclasses import replace
from typing import Any, Final, TypeAlias

from allmende.errors import NotFound, TooComplexQuery
from broker.engine.aggregated import Aggregates
from broker.engine.temporal import Evolutions, query_temporal_entities, retrieve_temporal_entity
from broker.ngsi.aggregation import Aggregation
from broker.ngsi.contexts import Context
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts, parse_evolution_query, parse_parts
from broker.ngsi.queries import PAGING, SELECTING, Selector
from broker.ngsi.querybodies import parse_selectors
from broker.ngsi.temporal import PARAMETERS as TIMES
from broker.ngsi.temporal import TemporalQuery, parse_temporal_query
from broker.ngsi.temporalbodies import to_temporal_parameters
from broker.web.aggregation import show_aggregate, show_aggregates, wanted_aggregation
from broker.web.answers import counted, document_answer, list_answer, page_links
from broker.web.bodies import linked_context, path_id, read_document, with_parameters
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.evolutionforms import Shape, show_evolutions, wanted_shape, with_range
from broker.web.jsonldcontexts import addressed
from broker.web.mapped import MAPPING, asks_map, finish_query, mapped_evolutions, with_entity_map
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import BY_ID
from broker.web.openapi.parts import Example
from broker.web.preferences import with_version

FORMS: Final = frozenset({"normalized", "concise", "temporalValues", "aggregatedValues"})
_PARTS: Final = frozenset({"attrs", "pick", "omit", "datasetId", "lang"})
_AGGREGATION: Final = frozenset({"aggrMethods", "aggrPeriodDuration"})
_ORDERING: Final = frozenset({"orderBy", "collation"})
_SHAPES: Final = frozenset({"options", "format", "local"})
_HISTORY: Final = TIMES | _PARTS | _AGGREGATION | _SHAPES | MAPPING
PARAMETERS: Final = _HISTORY | SELECTING | PAGING | _ORDERING
"""Those of a query for histories."""

BESIDE_BODY: Final = PAGING | _SHAPES
"""Those of a query whose body says the rest."""

_Shown: TypeAlias = tuple[Evolutions | Aggregates, list[dict[str, Any]], bool]
"""What is found, the document of each, and whether they are rewritten for an earlier version."""


async def retrieve_entity(call: Call) -> Answer:
    """Retrieve Temporal Evolution of an Entity (6.19.3.1)."""
    entity_id = path_id(call)
    context = linked_context(call)
    shape = wanted_shape(call)
    query = parse_temporal_query(call.parameters)
    parts = parse_parts(call.parameters, context)
    found, (document,), altered = await _show_one(call, context, entity_id, query, shape, parts)
    if not document:
        raise NotFound(f"Entity {entity_id} has nothing that is picked; see 'pick' and 'omit'")
    answer = with_range(document_answer(call, context, document), found.told, query)
    answer = with_version(answer, shape.version, altered=altered)
    return await with_entity_map(call, answer, [entity_id]) if asks_map(call) else answer


async def query_entities(call: Call) -> Answer:
    """Query Temporal Evolution of Entities (6.18.3.2)."""
    return await _answer_query(call, linked_context(call))


async def query_by_body(call: Call) -> Answer:
    """Query Temporal Evolution of Entities via POST (6.24.3.1)."""
    body, context = read_document(call)
    call = with_parameters(call, to_temporal_parameters(body, PARAMETERS))
    context = await addressed(call, context)
    return await _answer_query(call, context, parse_selectors(body, context))


async def _answer_query(call: Call, context: Context, selectors: tuple[Selector, ...] = ()) -> Answer:
    """A page of entities; `selectors` narrow them where the parameters cannot say it."""
    shape = wanted_shape(call)
    query = parse_evolution_query(call.parameters, context)
    if selectors:
        query = replace(query, entities=replace(query.entities, selectors=selectors))
    aggregation = wanted_aggregation(call.parameters, shape.form)
    mapped = await mapped_evolutions(call, query) if asks_map(call) else None
    if mapped is not None:
        query = replace(query, entities=mapped.query)
    found, documents, altered = await _show_page(call, context, query, shape, aggregation)
    links = page_links(call, limit=query.entities.limit, offset=query.entities.offset, more=found.more)
    answer = counted(list_answer(call, context, [document for document in documents if document], links), found.count)
    answer = with_version(with_range(answer, found.told, query.temporal), shape.version, altered=altered)
    if mapped is None:
        return answer
    # In the other direction a page says nothing of what it has passed over.
    ids = [] if query.descending else [one.entity.id for one in found.entities]
    return await finish_query(call, answer, mapped, ids, more=found.more or query.descending)


async def _show_one(
    call: Call, context: Context, entity_id: str, query: TemporalQuery | None, shape: Shape, parts: Parts
) -> _Shown:
    aggregation = wanted_aggregation(call.parameters, shape.form)
    if aggregation is not None:
        return *await show_aggregate(call, context, entity_id, query, aggregation, parts), False
    found = await retrieve_temporal_entity(
        call.resources, call.tenant, entity_id, query, parts=parts, visible=call.visible
    )
    return found, *show_evolutions(found.entities, context, shape, query, parts)


async def _show_page(
    call: Call, context: Context, query: EvolutionQuery, shape: Shape, aggregation: Aggregation | None
) -> _Shown:
    if aggregation is not None:
        return *await show_aggregates(call, context, query, aggregation), False
    found = await query_temporal_entities(call.resources, call.tenant, query, visible=call.visible)
    return found, *show_evolutions(found.entities, context, shape, query.temporal, query.parts)


OPERATIONS: Final = (
    Operation(
        name="Query Temporal Evolution of Entities",
        clause="6.18.3.2",
        method="GET",
        path="temporal/entities",
        endpoint=query_entities,
        parameters=PARAMETERS,
        options=FORMS | {"sysAttrs"},
        offers=DOCUMENTS,
        about="Finds histories. One of `type`, `attrs`, `q`, `georel` and `local=true` is needed, and a `timerel`.",
        gives={
            200: replies.HISTORIES,
            201: replies.MAPPED_HISTORIES,
            203: replies.REWRITTEN_HISTORIES,
            206: replies.PART_OF_HISTORIES,
        },
        errors=replies.QUERY_ERRORS,
        example=Example(parameters={"type": "Room", "timerel": "after", "timeAt": "2026-05-01T00:00:00Z"}),
    ),
    Operation(
        name="Retrieve Temporal Evolution of an Entity",
        clause="6.19.3.1",
        method="GET",
        path="temporal/entities/{entityId}",
        endpoint=retrieve_entity,
        parameters=_HISTORY,
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
        parameters=BESIDE_BODY,
        options=FORMS | {"sysAttrs"},
        reads=DOCUMENTS,
        offers=DOCUMENTS,
        about="Finds histories by a query in the body.",
        takes="TemporalQuery",
        gives={
            200: replies.HISTORIES,
            201: replies.MAPPED_HISTORIES,
            203: replies.REWRITTEN_HISTORIES,
            206: replies.PART_OF_HISTORIES,
        },
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
