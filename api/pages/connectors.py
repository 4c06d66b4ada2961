# SPDX-License-Identifier: EUPL-1.2
"""The page of connectors: how each is, and what of its data could not be stored and why."""

from dataclasses import asdict
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from allmende.errors import NotFound
from api.openapi.describing import HTML, describe_page
from api.pages.cards import badges_of, to_card
from api.pages.frame import render
from api.pages.letters import letter_to_json, to_row, without_value
from api.pages.routing import PageRoute, wants_json
from api.pages.texts import texts_of
from api.platform import READS, ThePlatform, TheReader, json_response
from broker.engine.connectors import list_connectors, newest_letters, require_connector
from broker.engine.reports import Report
from broker.web.negotiation import JSON
from broker.web.openapi.parts import Parameter, Reply

PAGE: Final = "connectors"
_NEWEST: Final = 10
_OF_ONE: Final = 100

routes: Final = APIRouter(route_class=PageRoute)


@routes.api_route(
    "/connectors",
    methods=READS,
    openapi_extra=describe_page(
        "", replies={200: Reply("How each connector is", "Connectors")}, asks=("f",), offers=(HTML, JSON)
    ),
)
async def show_connectors(request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Show all connectors and the newest dead letters; as JSON, a list of the connectors."""
    as_json, texts = wants_json(request), texts_of(PAGE, reader.language)
    reports = await list_connectors(platform.resources, reader.tenant, visible=reader.visible)
    if as_json:
        return json_response([to_json(report) for report in reports])
    letters = await newest_letters(platform.resources, reader.tenant, most=_NEWEST, visible=reader.visible)
    now, rows = platform.resources.clock(), [to_row(letter, reader.language) for letter in letters]
    cards = sorted((to_card(report, texts, now) for report in reports), key=lambda card: (card.rank, card.name))
    return render(request, platform, PAGE, cards=cards, badges=badges_of(cards, texts), letters=rows)


@routes.api_route(
    "/connectors/{name}",
    methods=READS,
    openapi_extra=describe_page(
        "",
        replies={200: Reply("How it is, and its dead letters", "ConnectorWithLetters")},
        asks=("f",),
        ids={"name": Parameter(means="The name of the connector", example="town-parking")},
        fails=(NotFound,),
        offers=(HTML, JSON),
    ),
)
async def show_connector(name: str, request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Show one connector with its dead letters; as JSON, an object with `letters`."""
    resources, tenant, visible = platform.resources, reader.tenant, reader.visible
    as_json = wants_json(request)
    report = await require_connector(resources, tenant, name, visible=visible)
    letters = await newest_letters(resources, tenant, connector=name, most=_OF_ONE, visible=visible)
    if as_json:
        return json_response({**to_json(report), "letters": [letter_to_json(letter) for letter in letters]})
    card = to_card(report, texts_of(PAGE, reader.language), resources.clock())
    rows = [to_row(letter, reader.language) for letter in letters]
    return render(request, platform, PAGE, template="connector.html", card=card, letters=rows, most=_OF_ONE)


def to_json(report: Report) -> dict[str, Any]:
    """A connector for programs: what it says on `up/state`, judged, and what the platform knows beside it."""
    error = report.last_error
    told = None if error is None else {"at": error.at, "text": without_value(error.text)}
    return {**asdict(report), "title": dict(report.title), "last_error": told}
