# SPDX-License-Identifier: EUPL-1.2
"""The page of an entity: what it says now, its numbers over time, and how programs get both."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from allmende.errors import InvalidRequest, NotFound
from api.charts import RANGES
from api.entities import to_rows
from api.openapi.describing import HTML, describe_page
from api.pages.about import tell_entity, to_document
from api.pages.courses import Wanted, draw_charts
from api.pages.frame import render
from api.pages.linked import name_targets
from api.pages.routing import PageRoute, wants_json, wants_page
from api.platform import READS, Platform, Reader, ThePlatform, TheReader, json_response
from broker.engine.entities import retrieve_entity
from broker.engine.tombstones import find_deletion
from broker.ngsi.entities import State
from broker.web.negotiation import JSON
from broker.web.openapi.parts import Parameter, Reply

PARTS: Final = {"values": "entity_live.html", "charts": "entity_charts.html"}

routes: Final = APIRouter(route_class=PageRoute)


@routes.api_route(
    "/entities/{entity_id:path}",
    methods=READS,
    openapi_extra=describe_page(
        "",
        replies={
            200: Reply("What the entity says now, and charts; as JSON the entity, normalized", "EntityNormalized")
        },
        asks=("f", "range", "chart", "part"),
        ids={"entity_id": Parameter(means="The id of the entity", example="urn:ngsi-ld:Room:1")},
        fails=(NotFound,),
        offers=(HTML, JSON),
    ),
)
async def show_entity(entity_id: str, request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Show an entity; `part` is what an open page asks for again, `f=json` the entity for programs."""
    as_json = wants_json(request)
    wanted = Wanted(
        reach=_choice(request, "range", RANGES),
        named=frozenset(request.query_params.getlist("chart")),
        part=_choice(request, "part", PARTS),
    )
    try:
        state = await retrieve_entity(platform.resources, reader.tenant, entity_id, visible=reader.visible)
    except NotFound:
        return await _show_gone(request, platform, reader, entity_id)
    if as_json:
        return json_response(to_document(state))
    return await _show(request, platform, reader, state, wanted)


async def _show(request: Request, platform: Platform, reader: Reader, state: State, wanted: Wanted) -> Response:
    rows = to_rows(state, reader.language)
    charts = await draw_charts(platform, reader, state.id, rows, wanted)
    told = tell_entity(state, rows, reader, base=str(request.base_url).rstrip("/"))
    names = {} if wanted.part == "charts" else await name_targets(platform, reader, rows)
    template = None if wanted.part is None else PARTS[wanted.part]
    page = render(request, platform, "entity", template=template, names=names, **told, **charts)
    if wanted.part is not None and "set-cookie" in page.headers:
        # Its reader chose the language long ago, and may have chosen another one on another page since.
        del page.headers["set-cookie"]
    return page


async def _show_gone(request: Request, platform: Platform, reader: Reader, entity_id: str) -> Response:
    """Answer 404: there never was such an entity, or it was deleted and its history is still there."""
    deleted_at = await find_deletion(platform.resources, reader.tenant, entity_id, visible=reader.visible)
    if deleted_at is None or not wants_page(request):
        raise NotFound(f"Entity {entity_id} does not exist")
    history = f"/ngsi-ld/v1/temporal/entities/{quote(entity_id, safe=':')}"
    values = {"id": entity_id, "at": deleted_at, "history": history}
    return render(request, platform, "entity", template="entity_gone.html", status=404, **values)


def _choice(request: Request, name: str, known: Iterable[str]) -> str | None:
    """A parameter that is one of some words; None where it is absent."""
    text = request.query_params.get(name)
    words = list(known)
    if text is not None and text not in words:
        raise InvalidRequest(f"Parameter {name!r} must be one of {', '.join(words)}")
    return text
