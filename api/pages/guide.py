# SPDX-License-Identifier: EUPL-1.2
"""The page of help: for readers, for developers, for utilities that connect a source, for administrators."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from allmende.errors import Unavailable
from api.openapi.describing import describe_page
from api.pages.frame import render
from api.pages.routing import PageRoute
from api.platform import READS, Platform, Reader, ThePlatform, TheReader
from broker.engine.discovery import first_of_types
from broker.ngsi.contexts import CORE

CONNECTING: Final = (
    ("allmende connectors new --from FILE --type TYPE", "new"),
    ("allmende connectors preview FILE", "preview"),
    ("allmende connectors test FILE", "test"),
    ("allmende connectors run FILE", "run"),
    ("allmende up --connectors DIR", "run_all"),
    ("allmende connectors list", "list"),
)
ADMINISTERING: Final = (
    ("allmende up", "up"),
    ("allmende doctor", "doctor"),
    ("allmende settings", "settings"),
    ("allmende migrate", "migrate"),
    ("allmende keys create", "keys_create"),
    ("allmende keys list", "keys_list"),
    ("allmende keys revoke ID", "keys_revoke"),
    ("allmende tenants create NAME", "tenants_create"),
    ("allmende tenants export NAME", "tenants_export"),
    ("allmende tenants import FILE", "tenants_import"),
    ("allmende tenants delete NAME", "tenants_delete"),
    ("allmende deadletters list", "letters_list"),
    ("allmende deadletters show ID", "letters_show"),
    ("allmende deadletters replay ID", "letters_replay"),
    ("allmende deadletters drop ID", "letters_drop"),
)
"""What is typed, and the text `do_<name>` that says what it does."""
_NOTHING: Final = ("WeatherObserved", "urn:ngsi-ld:WeatherObserved:1")

routes: Final = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Line:
    """A line for a terminal, and the text `line_<name>` that says what it gives."""

    name: str
    command: str


@routes.api_route("/help", methods=READS, openapi_extra=describe_page("How to use all of this"))
async def show_help(request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Show the help; also when the database is away."""
    kind, entity = await _example(platform, reader)
    return render(
        request,
        platform,
        "help",
        lines=lines_of(str(request.base_url).rstrip("/"), kind, entity),
        needs_key=not platform.access.open_reads,
        mqtt=platform.mqtt,
        tenant=reader.tenant,
        connecting=CONNECTING,
        administering=ADMINISTERING,
    )


def lines_of(base: str, kind: str, entity: str) -> list[Line]:
    """Lines that work when they are pasted."""
    named, one = quote(kind, safe=""), quote(entity, safe=":")
    ngsi_ld = f"{base}/ngsi-ld/v1"
    return [
        Line("types", f"curl '{ngsi_ld}/types'"),
        Line("entities", f"curl '{ngsi_ld}/entities?type={named}&format=simplified'"),
        Line("entity", f"curl '{ngsi_ld}/entities/{one}'"),
        Line("history", f"curl '{ngsi_ld}/temporal/entities/{one}?lastN=10&format=temporalValues'"),
        Line("csv", f"curl '{base}/types/{named}?f=csv'"),
        Line("events", f"curl -N '{base}/events?type={named}'"),
    ]


async def _example(platform: Platform, reader: Reader) -> tuple[str, str]:
    """A type and an entity of it that are there, so that the lines give something."""
    try:
        found = await first_of_types(platform.resources, reader.tenant, most=1, visible=reader.visible)
    except Unavailable:
        return _NOTHING
    return next(((CORE.compact(iri), states[0].id) for iri, states in found.items() if states), _NOTHING)
