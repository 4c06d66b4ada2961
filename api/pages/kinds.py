# SPDX-License-Identifier: EUPL-1.2
"""The page of a type: its entities as a table that sorts and narrows by its address, and as files to take along."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request, Response

from allmende.errors import InvalidRequest, NotFound
from api.exports.members import is_name
from api.languages import to_number
from api.pages.asked import Asked, parse_asked, to_list_query
from api.pages.columns import address_name, choose_columns, ordering, to_columns, to_rows
from api.pages.downloads import FORMATS, send_file
from api.pages.frame import language_of, render
from api.pages.links import find_type, type_link
from api.pages.lists import ListPage, fetch_page, pages_of
from api.pages.routing import page_router, wants_page
from api.platform import READS, Platform, ThePlatform, admit_reader, tenant_of
from api.vocabulary import to_words
from auth.policy import Visible
from broker.engine.directory import MOST_SORTED, attributes_of_type
from broker.engine.discovery import list_types
from broker.engine.overview import TypeOverview
from broker.ngsi.contexts import CORE
from broker.ngsi.listings import MODIFIED, AttributeUse

routes = page_router()


@routes.api_route("/types/{name:path}", methods=READS, dependencies=[Depends(admit_reader)])
async def show_type(name: str, request: Request, platform: ThePlatform) -> Response:
    """Show the entities of a type, or send all of them as a file."""
    tenant, visible = tenant_of(request), Visible.everything()
    asked = parse_asked(request.query_params.multi_items())
    iri = find_type(name, await list_types(platform.resources, tenant, visible=visible))
    if iri is None:
        return _show_nothing(name, request, platform)
    uses = await attributes_of_type(platform.resources, tenant, iri, visible=visible)
    query = to_list_query(asked, iri, uses, language_of(request))
    form = request.query_params.get("f", "html")
    if form in FORMATS:
        return await send_file(request, platform, query, asked, uses)
    if form != "html":
        raise InvalidRequest(f"Parameter 'f' must be one of html, {', '.join(FORMATS)}, not {form!r}")
    page, overview = await asyncio.gather(
        fetch_page(platform, tenant, query, asked, visible=visible), _overview(platform, tenant, iri, visible)
    )
    return render(request, platform, "kind", **_values(iri, asked, page, overview, uses, language_of(request)))


async def _overview(platform: Platform, tenant: str, iri: str, visible: Visible) -> TypeOverview | None:
    overview = await platform.resources.overview(tenant, visible=visible)
    return next((one for one in overview.types if one.iri == iri), None)


def _values(
    iri: str,
    asked: Asked,
    page: ListPage,
    overview: TypeOverview | None,
    uses: Sequence[AttributeUse],
    language: str,
) -> dict[str, Any]:
    """What the template tells."""
    states = page.listing.states
    columns = to_columns(choose_columns(uses, asked.columns), states, asked, language)
    shown = {column.name for column in columns}
    return {
        "iri": iri,
        "heading": to_words(iri, language),
        "term": CORE.compact(iri),
        "here": type_link(iri),
        "asked": asked,
        "list": page,
        "pages": pages_of(page.listing.count or 0),
        "bound": MOST_SORTED,
        "overview": overview,
        "columns": columns,
        "rows": to_rows(states, columns, language),
        "by_name": ordering("name", asked) if not page.is_named else ("ascending", asked.address(sort="-name")),
        "by_time": ordering(MODIFIED, asked, down_first=True),
        "number": partial(to_number, language=language),
        "orders": [(column.name, column.words) for column in columns],
        "is_short": overview is not None and overview.entities <= MOST_SORTED,
        "choices": [(address_name(use.iri), to_words(use.iri, language)) for use in uses if not is_name(use.iri)],
        "kept": [(name, value) for name, value in asked.filters if name.partition(".")[2] not in shown],
        "has_places": any(use.places for use in uses),
        "events": _events(CORE.compact(iri)),
    }


def _show_nothing(name: str, request: Request, platform: Platform) -> Response:
    """Say that there is no entity of a type; the page changes when there is one."""
    if not wants_page(request):
        raise NotFound(f"There is no entity of type {name!r}")
    return render(request, platform, "nokind", status=404, name=name, events=_events(name))


def _events(name: str) -> str:
    return f"/events?type={quote(name, safe='')}"
