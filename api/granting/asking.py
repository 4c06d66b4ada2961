# SPDX-License-Identifier: EUPL-1.2
"""What requests about rights bring: a document, the @context of its names and of the answer's, and which page is wanted."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from fastapi import Request, Response

from allmende.errors import BadRequestData, InvalidRequest, UnsupportedMediaType
from allmende.payloads import parse_json
from api.platform import json_response
from broker.engine.library import ContextsMissing, Library
from broker.ngsi.contexts import Context, link_target
from broker.web.linking import page_query, parse_context_link, to_context_link, to_page_link
from broker.web.negotiation import JSON, JSON_LD, media_type_of
from broker.web.openapi.parts import Parameter
from broker.web.parameters import parse_parameters
from broker.web.waiting import PATIENCE_S

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
PAGING: Final = frozenset({"limit", "offset", "f"})
_ROUNDS: Final = 3
_LONGEST: Final = 9
"""Digits of a number of a page."""

PAGE: Final = {
    "limit": Parameter(
        means="At most so many",
        example="100",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    ),
    "f": Parameter(means="JSON, for programs", example="json", schema={"type": "string", "enum": ["json"]}),
}
T = TypeVar("T")


async def read_document(
    request: Request, library: Library, tenant: str, *, types: tuple[str, ...] = (JSON, JSON_LD)
) -> tuple[dict[str, Any], Context]:
    """The object of the body, and its @context: its own, else that of the Link header, else the core."""
    if media_type_of(request.headers.get("content-type", "")) not in types:
        raise UnsupportedMediaType(f"Send {' or '.join(types)} and say so in Content-Type")
    document = parse_json(await request.body())
    if not isinstance(document, dict):
        raise BadRequestData("The body must be a JSON object")
    source = document.pop("@context", None)
    context = await linked_context(request, library, tenant) if source is None else await find(library, source, tenant)
    return document, context


async def linked_context(request: Request, library: Library, tenant: str) -> Context:
    """The @context of the Link header, else the core."""
    header = request.headers.get("link")
    return await find(library, None if header is None else parse_context_link(header), tenant)


async def find(library: Library, source: Any, tenant: str) -> Context:
    """An @context as soon as it is at hand; LdContextNotAvailable where that takes too long."""
    until = asyncio.get_running_loop().time() + PATIENCE_S
    for _ in range(_ROUNDS):
        try:
            return library.resolve(source, tenant)
        except ContextsMissing as missing:
            await library.obtain(missing.urls, tenant, until=until)
    return library.resolve(source, tenant, waits=False)


def paged(request: Request, items: Sequence[T]) -> tuple[Sequence[T], list[str]]:
    """The page that the query asks for, and links to those before and after it."""
    raw = request.scope["query_string"]
    parameters = parse_parameters(raw, PAGING)
    if parameters.get("f", "json") != "json":
        raise InvalidRequest("Parameter 'f' must be json")
    limit = _number(parameters, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
    offset = _number(parameters, "offset", 0, 0, 10**_LONGEST - 1)
    places = []
    if offset:
        places.append(("prev", max(0, offset - limit)))
    if offset + limit < len(items):
        places.append(("next", offset + limit))
    links = [
        to_page_link(request.url.path, page_query(raw.decode(), limit=limit, offset=place), rel, JSON)
        for rel, place in places
    ]
    return items[offset : offset + limit], links


def told(content: Any, context: Context, links: Sequence[str] = ()) -> Response:
    """An answer whose names are those of an @context, which it names."""
    return json_response(content, headers={"link": ", ".join([to_context_link(link_target(context)), *links])})


def _number(parameters: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST and least <= int(text) <= most):
        raise BadRequestData(f"Parameter {name!r} must be a whole number from {least} to {most}")
    return int(text)
