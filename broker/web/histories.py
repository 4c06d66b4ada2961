# SPDX-License-Identifier: EUPL-1.2
"""The history of an entity over HTTP (ETSI GS CIM 009, 6.19)."""

from datetime import UTC, datetime
from typing import Final

from allmende.errors import NotFound, OperationNotSupported
from broker.engine.temporal import TemporalEntity, retrieve_temporal_entity
from broker.ngsi.contexts import Context
from broker.ngsi.parsing import require_uri
from broker.ngsi.representation import Representation, render_temporal
from broker.ngsi.temporal import TemporalQuery, parse_temporal_query
from broker.web.answers import document_answer
from broker.web.bodies import linked_context
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import BY_ID
from broker.web.openapi.parts import Example
from broker.web.parameters import parse_form, parse_options
from broker.web.representations import wanted_attributes

FORMS: Final = frozenset({"normalized", "concise", "temporalValues", "aggregatedValues"})


async def retrieve_entity(call: Call) -> Answer:
    """Retrieve Temporal Evolution of an Entity (6.19.3.1)."""
    entity_id = require_uri(call.ids[0], "The id in the path")
    context = linked_context(call)
    options = parse_options(call.parameters, call.operation.options)
    form = parse_form(call.parameters, options, call.operation.options)
    if form == "aggregatedValues":
        raise OperationNotSupported("Aggregated values are not supported yet; ask for temporalValues")
    query = parse_temporal_query(call.parameters)
    attrs = wanted_attributes(call, context)
    found = await retrieve_temporal_entity(
        call.resources, call.tenant, entity_id, query, attrs=attrs, visible=call.visible
    )
    return _answer(call, context, found, query, form, sys_attrs="sysAttrs" in options)


def _answer(
    call: Call, context: Context, found: TemporalEntity, query: TemporalQuery | None, form: str, *, sys_attrs: bool
) -> Answer:
    representation = Representation("concise" if form == "concise" else "normalized", sys_attrs=sys_attrs)
    document = render_temporal(
        found.id,
        found.types,
        found.attributes,
        context,
        representation,
        temporal_values=form == "temporalValues",
        timeproperty="observedAt" if query is None else query.timeproperty,
    )
    answer = document_answer(call, context, document, 206 if found.truncated else 200)
    if found.truncated and found.start is not None and found.end is not None:
        answer.headers.append((b"content-range", to_content_range(found.start, found.end, query).encode()))
    return answer


def to_content_range(start: datetime, end: datetime, query: TemporalQuery | None) -> str:
    """What part of the history an answer tells (6.3.10)."""
    size = "*" if query is None or query.last_n is None else str(query.last_n)
    return f"date-time {_to_text(start)}-{_to_text(end)}/{size}"


def _to_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


OPERATIONS: Final = (
    Operation(
        name="Retrieve Temporal Evolution of an Entity",
        clause="6.19.3.1",
        method="GET",
        path="temporal/entities/{entityId}",
        endpoint=retrieve_entity,
        parameters=frozenset(
            ["timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "attrs", "options", "format", "local"]
        ),
        options=FORMS | {"sysAttrs"},
        offers=DOCUMENTS,
        about="Shows the history of an entity.",
        told=BY_ID,
        gives={200: replies.HISTORY, 206: replies.PART_OF_HISTORY},
        errors=(NotFound, OperationNotSupported),
        example=Example(ids=(examples.HALL,), parameters={"timerel": "after", "timeAt": "2026-05-01T00:00:00Z"}),
    ),
)
