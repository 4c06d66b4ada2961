# SPDX-License-Identifier: EUPL-1.2
"""Queries for entities over HTTP, by parameters or by a body (ETSI GS CIM 009, 6.4.3.2 and 6.23)."""

from dataclasses import replace
from typing import Final

from broker.engine.entities import query_entities
from broker.ngsi.contexts import Context
from broker.ngsi.orderings import ORDERING, parse_order
from broker.ngsi.queries import PAGING, SELECTING, Selector, parse_query
from broker.ngsi.querybodies import parse_selectors, to_parameters
from broker.web.answers import counted, list_answer, page_links
from broker.web.bodies import read_document, with_parameters
from broker.web.calls import DOCUMENTS, ENTITIES, Answer, Call, Operation
from broker.web.jsonldcontexts import addressed
from broker.web.mapped import MAPPING, asks_map, finish_query, mapped_query
from broker.web.openapi import replies
from broker.web.openapi.parts import Example
from broker.web.representations import FORMS, show, wanted_representation
from broker.web.views import VIEWING, viewed_page, wanted_view

_SHAPING: Final = frozenset({"options", "format"})
PARAMETERS: Final = SELECTING | PAGING | _SHAPING | VIEWING | ORDERING | MAPPING
"""Those of a query for entities."""

BESIDE_BODY: Final = PAGING | _SHAPING | {"local"}
"""Those of a query whose body says the rest."""


async def query_by_body(call: Call) -> Answer:
    """Query Entities via POST (6.23.3.1)."""
    body, context = read_document(call)
    call = with_parameters(call, to_parameters(body))
    context = await addressed(call, context)
    return await answer_query(call, context, parse_selectors(body, context))


async def answer_query(call: Call, context: Context, selectors: tuple[Selector, ...] = ()) -> Answer:
    """A page of what the parameters ask for; `selectors` narrow them where they cannot say it."""
    wanted = wanted_representation(call, context)
    view = wanted_view(call, context)
    query = parse_query(call.parameters, context)
    if selectors or not ORDERING.isdisjoint(call.parameters):
        query = replace(query, selectors=selectors, order=parse_order(call.parameters, context))
    if view is None and not wanted.sys_attrs:
        query = replace(query, times=False)
    mapped = await mapped_query(call, query) if asks_map(call) else None
    asked = query if mapped is None else mapped.query
    page = await query_entities(call.resources, call.tenant, asked, visible=call.visible)
    links = page_links(call, limit=query.limit, offset=query.offset, more=page.more)
    if view is not None:
        answer = await viewed_page(call, context, page.states, links, wanted, view)
    else:
        answer = list_answer(call, context, [show(state, context, wanted) for state in page.states], links)
    answer = counted(answer, page.count)
    if mapped is None:
        return answer
    return await finish_query(call, answer, mapped, [state.id for state in page.states], more=page.more)


OPERATIONS: Final = (
    Operation(
        name="Query Entities via POST",
        clause="6.23.3.1",
        method="POST",
        path="entityOperations/query",
        endpoint=query_by_body,
        parameters=BESIDE_BODY,
        options=FORMS | {"sysAttrs"},
        reads=DOCUMENTS,
        offers=ENTITIES,
        about="Finds entities by a query in the body.",
        takes="Query",
        gives={200: replies.ENTITIES, 201: replies.MAPPED_ENTITIES, 203: replies.REWRITTEN_ENTITIES},
        errors=replies.QUERY_ERRORS,
        example=Example(body={"type": "Query", "entities": [{"type": "Room"}], "q": "temperature>20"}),
    ),
)
