# SPDX-License-Identifier: EUPL-1.2
"""The page of a type: its entities as a table that sorts and narrows by its address, and as files to take along."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from allmende.errors import InvalidRequest, NotFound, OperationNotSupported
from api.exports.members import is_name
from api.languages import to_number
from api.links import find_iri, type_link
from api.openapi.describing import HTML, describe_page
from api.pages.asked import Asked, parse_asked, to_list_query
from api.pages.cells import to_rows
from api.pages.columns import choose_columns, ordering, to_columns
from api.pages.downloads import FORMATS, send_file
from api.pages.filters import KINDS, find_attribute, without_fields
from api.pages.frame import render
from api.pages.lists import ListPage, fetch_page, pages_of
from api.pages.routing import PageRoute, wants_page
from api.platform import READS, Platform, Reader, ThePlatform, TheReader
from api.vocabulary import to_words
from broker.engine.directory import MOST_SORTED, attributes_of_type
from broker.engine.discovery import list_types
from broker.engine.overview import TypeOverview
from broker.ngsi.contexts import CORE
from broker.ngsi.listings import MODIFIED, AttributeUse
from broker.web.openapi.parts import TEXT, Parameter, Reply

_OWN: Final = {
    "f": Parameter(
        means="The page, or a file instead of it", example="csv", schema={"type": "string", "enum": ["html", *FORMATS]}
    ),
    "filters": Parameter(
        means="What attributes are at least, at most, or are at all: `min.temperature=20`, `is.name=Hall`",
        example={"min.temperature": "20"},
        schema={
            "type": "object",
            "propertyNames": {"pattern": rf"^({'|'.join(KINDS)})\..+$"},
            "additionalProperties": TEXT,
        },
    ),
}
routes: Final = APIRouter(route_class=PageRoute)


@routes.api_route(
    "/types/{name:path}",
    methods=READS,
    openapi_extra=describe_page(
        "",
        replies={200: Reply("A table of its entities, or all of them as a file", "FeatureCollection")},
        asks=("q", "sort", "columns", "page", "after", "dialect"),
        told=_OWN,
        ids={"name": Parameter(means="The type: a name or an IRI", example="Room")},
        fails=(NotFound, OperationNotSupported),
        offers=(HTML, "text/csv", "application/geo+json"),
    ),
)
async def show_type(name: str, request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Show the entities of a type, or send all of them as a file."""
    asked = parse_asked(request.query_params.multi_items())
    iri = find_iri(name, await list_types(platform.resources, reader.tenant, visible=reader.visible))
    if iri is None:
        return _show_nothing(name, request, platform)
    uses = await attributes_of_type(platform.resources, reader.tenant, iri, visible=reader.visible)
    query = to_list_query(asked, iri, uses, reader.language)
    form = request.query_params.get("f", "html")
    if form in FORMATS:
        chosen = frozenset(find_attribute(name, uses) for name in asked.columns)
        return await send_file(request, platform, reader, query, chosen)
    if form != "html":
        raise InvalidRequest(f"Parameter 'f' must be one of html, {', '.join(FORMATS)}, not {form!r}")
    page, overview = await asyncio.gather(fetch_page(platform, reader, query, asked), _overview(platform, reader, iri))
    known = _known(iri, overview, uses, reader.language)
    return render(request, platform, "kind", **known, **_listed(asked, page, uses, reader.language))


async def _overview(platform: Platform, reader: Reader, iri: str) -> TypeOverview | None:
    overview = await platform.resources.overview(reader.tenant, visible=reader.visible)
    return next((one for one in overview.types if one.iri == iri), None)


def _known(iri: str, overview: TypeOverview | None, uses: Sequence[AttributeUse], language: str) -> dict[str, Any]:
    """What the template tells of the type, whatever is listed."""
    return {
        "iri": iri,
        "heading": to_words(iri, language),
        "term": CORE.compact(iri),
        "here": type_link(iri),
        "overview": overview,
        "is_short": overview is not None and overview.entities <= MOST_SORTED,
        "bound": to_number(MOST_SORTED, language),
        "choices": [(CORE.compact(use.iri), to_words(use.iri, language)) for use in uses if not is_name(use.iri)],
        "has_places": any(use.places for use in uses),
        "events": _events(CORE.compact(iri)),
    }


def _listed(asked: Asked, page: ListPage, uses: Sequence[AttributeUse], language: str) -> dict[str, Any]:
    """What it tells of the list, and of the form that narrows it."""
    states = page.listing.states
    columns = to_columns(choose_columns(uses, asked.columns), states, asked, language)
    return {
        "asked": asked,
        "list": page,
        "pages": pages_of(page.listing.count or 0),
        "columns": columns,
        "orders": [(column.name, column.words) for column in columns],
        "rows": to_rows(states, columns, language),
        "by_name": ("ascending", asked.address(sort="-name")) if page.is_named else ordering("name", asked),
        "by_time": ordering(MODIFIED, asked, down_first=True),
        "kept": without_fields(asked.filters, [field for column in columns for field in column.fields]),
    }


def _show_nothing(name: str, request: Request, platform: Platform) -> Response:
    """Say that there is no entity of a type; the page changes when there is one."""
    if not wants_page(request):
        raise NotFound(f"There is no entity of type {name!r}")
    return render(request, platform, "nokind", status=404, name=name, events=_events(name))


def _events(name: str) -> str:
    return f"/events?type={quote(name, safe='')}"
