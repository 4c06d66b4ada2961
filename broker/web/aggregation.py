# SPDX-License-Identifier: EUPL-1.2
"""Histories summed up, over HTTP (ETSI GS CIM 009, 4.5.19)."""

from collections.abc import Mapping
from typing import Any, Final

from allmende.errors import NotFound
from broker.engine.aggregated import Aggregate, query_aggregates, retrieve_aggregate
from broker.ngsi.aggregatedforms import render_aggregated
from broker.ngsi.aggregation import METHODS, PARAMETERS, parse_aggregation
from broker.ngsi.contexts import Context
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts
from broker.ngsi.projections import trim
from broker.ngsi.temporal import TemporalQuery
from broker.web.answers import counted, document_answer, list_answer, page_links
from broker.web.calls import Answer, Call
from broker.web.evolutionforms import with_range
from broker.web.preferences import preferred_version, with_version

FORM: Final = "aggregatedValues"


def wants_aggregates(parameters: Mapping[str, str], form: str) -> bool:
    """Whether the aggregated representation is asked for: by its name, or by methods where no form is named."""
    named = "format" in parameters or "options" in parameters
    wanted = form == FORM or (form == "normalized" and not named and "aggrMethods" in parameters)
    if not wanted and not PARAMETERS.isdisjoint(parameters):
        parse_aggregation({"aggrMethods": METHODS[0], **parameters})  # what is not needed must make sense as well
    return wanted


async def answer_aggregate(
    call: Call, context: Context, entity_id: str, query: TemporalQuery | None, parts: Parts
) -> Answer:
    """The answer of one entity."""
    aggregation = parse_aggregation(call.parameters)
    found = await retrieve_aggregate(
        call.resources, call.tenant, entity_id, query, aggregation, parts=parts, visible=call.visible
    )
    document = _show(found.entities[0], aggregation.methods, context, parts)
    if not document:
        raise NotFound(f"Entity {entity_id} has nothing that is picked; see 'pick' and 'omit'")
    answer = with_range(document_answer(call, context, document), found.told, query)
    return with_version(answer, preferred_version(call), altered=False)


async def answer_aggregates(call: Call, context: Context, query: EvolutionQuery) -> Answer:
    """The answer of a query: a page of entities."""
    aggregation = parse_aggregation(call.parameters)
    found = await query_aggregates(call.resources, call.tenant, query, aggregation, visible=call.visible)
    documents = [_show(one, aggregation.methods, context, query.parts) for one in found.entities]
    links = page_links(call, limit=query.entities.limit, offset=query.entities.offset, more=found.more)
    answer = list_answer(call, context, [document for document in documents if document], links)
    answer = with_range(counted(answer, found.count), found.told, query.temporal)
    return with_version(answer, preferred_version(call), altered=False)


def _show(found: Aggregate, methods: tuple[str, ...], context: Context, parts: Parts) -> dict[str, Any]:
    """The document of an entity; empty where nothing of it is picked."""
    document = render_aggregated(found.entity.id, found.entity.types or [], found.attributes, methods, context)
    return trim(document, parts.pick, parts.omit)
