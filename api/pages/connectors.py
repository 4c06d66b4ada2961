# SPDX-License-Identifier: EUPL-1.2
"""The page of connectors: how each is, and what of its data could not be stored and why."""

from dataclasses import asdict
from typing import Any, Final

from fastapi import Depends, Request, Response

from api.pages.cards import Card, badges_of, to_card
from api.pages.frame import language_of, render
from api.pages.letters import letter_to_json, to_row, without_value
from api.pages.routing import page_router, wants_json
from api.pages.texts import texts_of
from api.platform import READS, Platform, ThePlatform, admit_reader, json_response, tenant_of
from auth.policy import Visible
from broker.engine.connectors import list_connectors, newest_letters, require_connector
from broker.engine.reports import Report

PAGE: Final = "connectors"
_NEWEST: Final = 10
_OF_ONE: Final = 100

routes: Final = page_router()


@routes.api_route("/connectors", methods=READS, dependencies=[Depends(admit_reader)])
async def show_connectors(request: Request, platform: ThePlatform) -> Response:
    """Show all connectors and the newest dead letters; as JSON, a list of the connectors."""
    visible, tenant = Visible.everything(), tenant_of(request)
    as_json = wants_json(request)
    reports = await list_connectors(platform.resources, tenant, visible=visible)
    if as_json:
        return json_response([to_json(report) for report in reports])
    letters = await newest_letters(platform.resources, tenant, most=_NEWEST, visible=visible)
    language = language_of(request)
    cards = sorted(_to_cards(request, platform, reports), key=lambda card: (card.rank, card.name))
    badges, rows = badges_of(cards, texts_of(PAGE, language)), [to_row(letter, language) for letter in letters]
    return render(request, platform, PAGE, cards=cards, badges=badges, letters=rows)


@routes.api_route("/connectors/{name}", methods=READS, dependencies=[Depends(admit_reader)])
async def show_connector(name: str, request: Request, platform: ThePlatform) -> Response:
    """Show one connector with its dead letters; as JSON, an object with `letters`."""
    visible, tenant = Visible.everything(), tenant_of(request)
    as_json = wants_json(request)
    report = await require_connector(platform.resources, tenant, name, visible=visible)
    letters = await newest_letters(platform.resources, tenant, connector=name, most=_OF_ONE, visible=visible)
    if as_json:
        return json_response({**to_json(report), "letters": [letter_to_json(letter) for letter in letters]})
    (card,) = _to_cards(request, platform, [report])
    rows = [to_row(letter, language_of(request)) for letter in letters]
    return render(request, platform, PAGE, template="connector.html", card=card, letters=rows, most=_OF_ONE)


def to_json(report: Report) -> dict[str, Any]:
    """A connector for programs: what it says on `up/state`, judged, and what the platform knows beside it."""
    error = report.last_error
    told = None if error is None else {"at": error.at, "text": without_value(error.text)}
    return {**asdict(report), "title": dict(report.title), "last_error": told}


def _to_cards(request: Request, platform: Platform, reports: list[Report]) -> list[Card]:
    texts, now = texts_of(PAGE, language_of(request)), platform.resources.clock()
    return [to_card(report, texts, now) for report in reports]
