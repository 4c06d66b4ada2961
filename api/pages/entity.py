# SPDX-License-Identifier: EUPL-1.2
"""The page of an entity: what it says now, its numbers over time, and how programs get both."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import Depends, Request, Response

from allmende.errors import InvalidRequest, NotFound
from api.charts import RANGES, numbers_of
from api.entities import Row, to_groups, to_rows
from api.pages.courses import Wanted, draw_charts
from api.pages.frame import language_of, render
from api.pages.links import type_link
from api.pages.routing import page_router, wants_page
from api.places import to_coordinates, to_length, to_surroundings
from api.platform import READS, Platform, ThePlatform, admit_reader, tenant_of
from api.readings import to_title
from api.snippets import Target, to_snippets
from api.vocabulary import to_words
from auth.policy import Visible
from auth.tenants import DEFAULT
from broker.engine.entities import retrieve_entity
from broker.engine.tombstones import find_deletion
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.representation import Representation
from broker.ngsi.representation import render as represent

FIRST_ROWS: Final = 20
"""So many rows of a group are shown, the rest is folded up."""
PARTS: Final = {"values": "entity_live.html", "charts": "entity_charts.html"}
_JSON: Final = ("application/json", "application/ld+json")

routes: Final = page_router()


@routes.api_route("/entities/{entity_id:path}", methods=READS, dependencies=[Depends(admit_reader)])
async def show_entity(entity_id: str, request: Request, platform: ThePlatform) -> Response:
    """Show an entity; `part` is what an open page asks for again, `f=json` the entity for programs."""
    part = _choice(request, "part", PARTS)
    _choice(request, "f", ("html", "json"))
    wanted = Wanted(
        reach=_choice(request, "range", RANGES), named=frozenset(request.query_params.getlist("chart")), part=part
    )
    try:
        state = await retrieve_entity(platform.resources, tenant_of(request), entity_id, visible=Visible.everything())
    except NotFound:
        return await _show_gone(request, platform, entity_id)
    if _wants_json(request):
        return Response(
            _raw(state, pretty=False), headers={"vary": "Accept", "cache-control": "no-cache"}, media_type=_JSON[0]
        )
    rows = to_rows(state, language_of(request))
    charts = await draw_charts(platform, tenant_of(request), state.id, rows, language_of(request), wanted)
    page = render(
        request,
        platform,
        "entity",
        template=None if part is None else PARTS[part],
        groups=to_groups(rows, FIRST_ROWS),
        **_place(rows),
        snippets=to_snippets(_target(request, state.id, rows)),
        raw=_raw(state, pretty=True),
        # The stream takes a list of ids, in which a comma separates.
        events="" if "," in state.id else f"/events?id={quote(state.id, safe=':')}",
        **_head(request, state),
        **charts,
    )
    page.headers["vary"] += ", Accept"
    if part is not None and "set-cookie" in page.headers:
        # Its reader chose the language long ago, and may have chosen another one on another page since.
        del page.headers["set-cookie"]
    return page


def _head(request: Request, state: State) -> dict[str, Any]:
    language = language_of(request)
    title, title_language = to_title(state, language)
    return {
        "id": state.id,
        "type": state.types[0],
        "name": title,
        "name_language": title_language,
        "types": [(to_words(name, language), type_link(name)) for name in state.types],
        "scopes": state.scopes,
        "coordinates": lambda spot: to_coordinates(spot, language),
        "length": lambda metres: to_length(metres, language),
    }


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


def _place(rows: list[Row]) -> dict[str, Any]:
    """The place that a map shows: where the entity is, else the first place that it tells of."""
    places = [row for row in rows if row.shown.place is not None]
    place = next((row for row in places if row.term == "location"), places[0] if places else None)
    around = to_surroundings(place.shown.place.spot) if place is not None and place.shown.place is not None else ""
    return {"place": place, "around": around}


def _target(request: Request, entity_id: str, rows: list[Row]) -> Target:
    """What snippets show: the first number, else the first attribute; the address is the one that was asked."""
    row = next(iter([*numbers_of(rows), *rows]), None)
    tenant = tenant_of(request)
    return Target(
        base=str(request.base_url).rstrip("/"),
        entity_id=entity_id,
        attribute=None if row is None else CORE.compact(row.iri),
        dataset=None if row is None else row.dataset,
        is_number=row is not None and row.number is not None,
        headers={} if tenant == DEFAULT else {"NGSILD-Tenant": tenant},
    )


def _raw(state: State, *, pretty: bool) -> str:
    document = represent(state, CORE, Representation("normalized"))
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 if pretty else None).decode()


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
