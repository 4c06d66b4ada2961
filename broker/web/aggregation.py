# SPDX-License-Identifier: EUPL-1.2
"""Histories summed up, over HTTP (ETSI GS CIM 009, 4.5.19)."""

from collections.abc import Mapping
from typing import Any, Final

from broker.engine.aggregated import Aggregate, Aggregates, query_aggregates, retrieve_aggregate
from broker.ngsi.aggregatedforms import render_aggregated
from broker.ngsi.aggregation import METHODS, PARAMETERS, Aggregation, parse_aggregation
from broker.ngsi.contexts import Context
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts
from broker.ngsi.projections import trim
from broker.ngsi.temporal import TemporalQuery
from broker.web.calls import Call

FORM: Final = "aggregatedValues"


def wanted_aggregation(parameters: Mapping[str, str], form: str) -> Aggregation | None:
    """How histories are summed up, where that is asked for: by its name, or by methods where no form is named."""
    named = "format" in parameters or "options" in parameters
    wanted = form == FORM or (form == "normalized" and not named and "aggrMethods" in parameters)
    if not wanted and not PARAMETERS.isdisjoint(parameters):
        parse_aggregation({"aggrMethods": METHODS[0], **parameters})  # what is not needed must make sense as well
    return parse_aggregation(parameters) if wanted else None


async def show_aggregate(
    call: Call, context: Context, entity_id: str, query: TemporalQuery | None, aggregation: Aggregation, parts: Parts
) -> tuple[Aggregates, list[dict[str, Any]]]:
    """One entity, and its document."""
    found = await retrieve_aggregate(
        call.resources, call.tenant, entity_id, query, aggregation, parts=parts, visible=call.visible
    )
    return found, [_show(one, aggregation.methods, context, parts) for one in found.entities]


async def show_aggregates(
    call: Call, context: Context, query: EvolutionQuery, aggregation: Aggregation
) -> tuple[Aggregates, list[dict[str, Any]]]:
    """A page of what a query finds, and their documents."""
    found = await query_aggregates(call.resources, call.tenant, query, aggregation, visible=call.visible)
    return found, [_show(one, aggregation.methods, context, query.parts) for one in found.entities]


def _show(found: Aggregate, methods: tuple[str, ...], context: Context, parts: Parts) -> dict[str, Any]:
    """The document of an entity; empty where nothing of it is picked."""
    document = render_aggregated(found.entity.id, found.entity.types or [], found.attributes, methods, context)
    return trim(document, parts.pick, parts.omit)
