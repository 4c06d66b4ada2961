# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type as a file: sent while it is read, never held as a whole."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Final, TypeVar

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from allmende.errors import InvalidRequest
from api.exports.dialects import DIALECTS
from api.exports.features import BEGIN, BETWEEN, END, to_features
from api.exports.tables import Table, to_table
from api.pages.asked import Asked, find_attribute
from api.pages.frame import language_of
from api.platform import Platform, tenant_of
from api.vocabulary import to_name
from auth.policy import Visible
from broker.engine.exports import read_type, survey_type
from broker.ngsi.entities import State
from broker.ngsi.listings import AttributeUse, ListQuery

FORMATS: Final = {"csv": "text/csv; charset=utf-8; header=present", "geojson": "application/geo+json"}
"""Media types by the name that the address gives."""
_AT_ONCE: Final = 100
"""Entities that are written without a look at other requests: about 2 ms."""
T = TypeVar("T")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]+")


async def send_file(
    request: Request, platform: Platform, query: ListQuery, asked: Asked, uses: Sequence[AttributeUse]
) -> Response:
    """Answer with the file that the address asks for."""
    form, dialect = request.query_params["f"], request.query_params.get("dialect", "")
    if dialect not in DIALECTS or (dialect and form != "csv"):
        known = ", ".join(filter(None, DIALECTS))
        raise InvalidRequest(f"Parameter 'dialect' must be {known} and is one of f=csv, not {dialect!r}")
    headers = {
        "content-disposition": f'attachment; filename="{_file_name(query.type)}.{form}"',
        "cache-control": "no-store",
        "vary": "Accept-Language, Cookie",
    }
    if request.method == "HEAD":
        return Response(headers=headers, media_type=FORMATS[form])
    chosen = frozenset(find_attribute(name, uses) for name in asked.columns)
    pages = read_type(platform.resources, tenant_of(request), query, visible=Visible.everything())
    language = language_of(request)
    if form == "csv":
        table = await _table(platform, tenant_of(request), query, chosen, dialect, language)
        return StreamingResponse(_csv(pages, table), headers=headers, media_type=FORMATS[form])
    # The first page is read before anything is sent, so that what is wrong can still be said.
    first = await anext(pages)
    return StreamingResponse(_geojson(first, pages, chosen, language), headers=headers, media_type=FORMATS[form])


async def _table(
    platform: Platform, tenant: str, query: ListQuery, chosen: frozenset[str], dialect: str, language: str
) -> Table:
    contents = await survey_type(platform.resources, tenant, query, visible=Visible.everything())
    kept = [content for content in contents if not chosen or content.iri in chosen]
    return to_table(kept, DIALECTS[dialect], language)


async def _csv(pages: AsyncIterator[list[State]], table: Table) -> AsyncIterator[bytes]:
    yield table.head().encode()
    async for states in pages:
        yield "".join([rows async for rows in _written(states, table.rows)]).encode()


async def _geojson(
    first: list[State], pages: AsyncIterator[list[State]], chosen: frozenset[str], language: str
) -> AsyncIterator[bytes]:
    write = partial(to_features, chosen=chosen, language=language)
    begin = BEGIN
    states: list[State] | None = first
    while states is not None:
        if states:
            yield begin + BETWEEN.join([features async for features in _written(states, write)])
            begin = BETWEEN
        states = await anext(pages, None)
    yield END if begin == BETWEEN else BEGIN + END


async def _written(states: list[State], write: Callable[[list[State]], T]) -> AsyncIterator[T]:
    """A page, written in parts: between them other requests have their turn. It is sent in one piece."""
    for start in range(0, len(states), _AT_ONCE):
        yield write(states[start : start + _AT_ONCE])
        await asyncio.sleep(0)


def _file_name(type_iri: str) -> str:
    return _STRANGE.sub("-", to_name(type_iri)).strip("-.") or "entities"
