# SPDX-License-Identifier: EUPL-1.2
"""The search page: entities by words of their names, while somebody types and without scripts alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.links import entity_link, find_iri, type_link
from api.marks import Mark, mark_of
from api.openapi.describing import describe_page
from api.pages.frame import render
from api.pages.routing import PageRoute
from api.places import Spot, to_coordinates
from api.platform import READS, Platform, Reader, ThePlatform, TheReader
from api.vocabulary import to_words
from broker.engine.directory import MOST_FOUND, search_entities
from broker.engine.discovery import list_types
from broker.ngsi.labels import label_in
from broker.ngsi.words import has_enough
from broker.store.directory import Found

MOST_LETTERS: Final = 200

routes: Final = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Result:
    """One entity that was found; `at` is its place as scripts read it, `place` as people do, both empty without one."""

    id: str
    link: str
    label: str
    type: str
    kind: str
    kind_link: str
    mark: Mark
    at: str
    place: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A type to search in; `name` stands in the address."""

    name: str
    words: str


@routes.api_route("/search", methods=READS, openapi_extra=describe_page("What is called so", asks=("q", "type")))
async def show_results(
    request: Request,
    platform: ThePlatform,
    reader: TheReader,
    q: Annotated[str, Query()] = "",
    type: Annotated[str, Query()] = "",  # noqa: A002 - the name of the parameter
) -> Response:
    """Show what is called so; an unknown type is any type."""
    words = q.strip()[:MOST_LETTERS]
    types = await list_types(platform.resources, reader.tenant, visible=reader.visible)
    chosen = find_iri(type, types) if type else None
    found = await _find(platform, reader, words, chosen)
    return render(
        request,
        platform,
        "search",
        words=words,
        chosen=chosen,
        choices=_choices(types, reader.language),
        is_short=bool(words) and not has_enough(words),
        results=[to_result(one, reader.language) for one in found],
        most=MOST_FOUND,
    )


async def _find(platform: Platform, reader: Reader, words: str, chosen: str | None) -> list[Found]:
    """What is called so; nothing where the words are too short to search by."""
    if not has_enough(words):
        return []
    types = [chosen] if chosen else []
    return await search_entities(
        platform.resources, reader.tenant, words, types=types, limit=MOST_FOUND, visible=reader.visible
    )


def to_result(found: Found, language: str) -> Result:
    """What is shown of an entity."""
    kind, spot = found.types[0], found.place and Spot(*found.place)
    return Result(
        id=found.id,
        link=entity_link(found.id),
        label=label_in(found.label, language, found.id),
        type=kind,
        kind=to_words(kind, language),
        kind_link=type_link(kind),
        mark=mark_of(kind),
        at=spot.at if spot else "",
        place=to_coordinates(spot, language) if spot else "",
    )


def _choices(types: Sequence[str], language: str) -> list[Choice]:
    return sorted((Choice(iri, to_words(iri, language)) for iri in types), key=lambda one: one.words.casefold())
