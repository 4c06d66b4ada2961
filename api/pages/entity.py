# SPDX-License-Identifier: EUPL-1.2
"""The page of an entity: what it says now, its numbers over time, and how programs get both."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from fastapi import Depends, Request, Response

from allmende.errors import InvalidRequest, NotFound
from api.charts import RANGES
from api.entities import to_rows
from api.pages.about import tell_entity, to_json
from api.pages.courses import Wanted, draw_charts
from api.pages.frame import language_of, render
from api.pages.linked import name_targets
from api.pages.routing import page_router, wants_page
from api.platform import BY_CALLER, READS, Platform, ThePlatform, admit_reader, tenant_of
from auth.policy import Visible
from broker.engine.entities import retrieve_entity
from broker.engine.tombstones import find_deletion
from broker.ngsi.entities import State

PARTS: Final = {"values": "entity_live.html", "charts": "entity_charts.html"}
_JSON: Final = ("application/json", "application/ld+json")

routes: Final = page_router()


@routes.api_route("/entities/{entity_id:path}", methods=READS, dependencies=[Depends(admit_reader)])
async def show_entity(entity_id: str, request: Request, platform: ThePlatform) -> Response:
    """Show an entity; `part` is what an open page asks for again, `f=json` the entity for programs."""
    _choice(request, "f", ("html", "json"))
    wanted = Wanted(
        reach=_choice(request, "range", RANGES),
        named=frozenset(request.query_params.getlist("chart")),
        part=_choice(request, "part", PARTS),
    )
    try:
        state = await retrieve_entity(platform.resources, tenant_of(request), entity_id, visible=Visible.everything())
    except NotFound:
        return await _show_gone(request, platform, entity_id)
    if _wants_json(request):
        headers = {"vary": f"Accept, {BY_CALLER}", "cache-control": "no-cache"}
        return Response(to_json(state, pretty=False), headers=headers, media_type=_JSON[0])
    return await _show(request, platform, state, wanted)


async def _show(request: Request, platform: Platform, state: State, wanted: Wanted) -> Response:
    tenant, language = tenant_of(request), language_of(request)
    rows = to_rows(state, language)
    charts = await draw_charts(platform, tenant, state.id, rows, language, wanted)
    told = tell_entity(state, rows, language, base=str(request.base_url).rstrip("/"), tenant=tenant)
    names = {} if wanted.part == "charts" else await name_targets(platform, tenant, rows, language)
    template = None if wanted.part is None else PARTS[wanted.part]
    page = render(request, platform, "entity", template=template, names=names, **told, **charts)
    if wanted.part is not None and "set-cookie" in page.headers:
        # Its reader chose the language long ago, and may have chosen another one on another page since.
        del page.headers["set-cookie"]
    return page


async def _show_gone(request: Request, platform: Platform, entity_id: str) -> Response:
    """Answer 404: there never was such an entity, or it was deleted and its history is still there."""
    deleted_at = await find_deletion(platform.resources, tenant_of(request), entity_id, visible=Visible.everything())
    if deleted_at is None or not wants_page(request):
        raise NotFound(f"Entity {entity_id} does not exist")
    history = f"/ngsi-ld/v1/temporal/entities/{quote(entity_id, safe=':')}"
    return render(
        request,
        platform,
        "entity",
        template="entity_gone.html",
        status=404,
        id=entity_id,
        at=deleted_at,
        history=history,
    )


def _wants_json(request: Request) -> bool:
    asked, accepted = request.query_params.get("f"), request.headers.get("accept", "")
    return asked == "json" or (asked is None and "text/html" not in accepted and any(one in accepted for one in _JSON))


def _choice(request: Request, name: str, known: Iterable[str]) -> str | None:
    """A parameter that is one of some words; None where it is absent."""
    text = request.query_params.get(name)
    words = list(known)
    if text is not None and text not in words:
        raise InvalidRequest(f"Parameter {name!r} must be one of {', '.join(words)}")
    return text
