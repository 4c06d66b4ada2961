# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type as a file: sent while it is read, never held as a whole."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final, TypeVar

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from allmende.errors import InvalidRequest
from api.exports.dialects import DIALECTS
from api.exports.features import BEGIN, BETWEEN, END, to_features
from api.exports.tables import Table, to_table
from api.platform import BY_CALLER, BY_LANGUAGE, Platform, Reader
from api.vocabulary import to_name
from broker.engine.exports import read_type, survey_type
from broker.ngsi.entities import State
from broker.ngsi.listings import ListQuery

FORMATS: Final = {"csv": "text/csv; charset=utf-8; header=present", "geojson": "application/geo+json"}
"""Media types by the name that the address gives."""
_AT_ONCE: Final = 100
"""Entities that are written without a look at other requests: about 2 ms."""
T = TypeVar("T")
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]+")


async def send_file(
    request: Request, platform: Platform, reader: Reader, query: ListQuery, chosen: frozenset[str]
) -> Response:
    """Answer with the file that the address asks for, with the chosen attributes, or where none are chosen with all."""
    form, dialect = request.query_params["f"], request.query_params.get("dialect", "")
    if dialect not in DIALECTS or (dialect and form != "csv"):
        known = ", ".join(filter(None, DIALECTS))
        raise InvalidRequest(f"Parameter 'dialect' must be {known} and is one of f=csv, not {dialect!r}")
    headers = {
        "content-disposition": f'attachment; filename="{_file_name(query.type)}.{form}"',
        "cache-control": "no-store",
        "vary": f"{BY_LANGUAGE}, {BY_CALLER}",
    }
    if request.method == "HEAD":
        return Response(headers=headers, media_type=FORMATS[form])
    pages = read_type(platform.resources, reader.tenant, query, visible=reader.visible)
    if form == "csv":
        contents = await survey_type(platform.resources, reader.tenant, query, visible=reader.visible)
        kept = [content for content in contents if not chosen or content.iri in chosen]
        table = to_table(kept, DIALECTS[dialect], reader.language)
        return StreamingResponse(_csv(pages, table), headers=headers, media_type=FORMATS[form])
    # The first page is read before anything is sent, so that what is wrong can still be said.
    first = await anext(pages)
    write = partial(to_features, chosen=chosen, language=reader.language)
    return StreamingResponse(_geojson(first, pages, write), headers=headers, media_type=FORMATS[form])


async def _csv(pages: AsyncIterator[list[State]], table: Table) -> AsyncIterator[bytes]:
    yield table.head().encode()
    async for states in pages:
        yield "".join([rows async for rows in _written(states, table.rows)]).encode()


async def _geojson(
    first: list[State], pages: AsyncIterator[list[State]], write: Callable[[list[State]], bytes]
) -> AsyncIterator[bytes]:
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
