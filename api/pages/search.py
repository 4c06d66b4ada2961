# SPDX-License-Identifier: EUPL-1.2
"""The search page: entities by words of their names, while somebody types and without scripts alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from api.marks import Mark, mark_of
from api.pages.frame import language_of, render
from api.pages.links import entity_link, find_type, type_link
from api.pages.routing import page_router
from api.places import Spot, to_coordinates
from api.platform import READS, ThePlatform, admit_reader, tenant_of
from api.vocabulary import to_words
from auth.policy import Visible
from broker.engine.directory import MOST_FOUND, search_entities
from broker.engine.discovery import list_types
from broker.ngsi.labels import label_in
from broker.ngsi.words import has_enough
from broker.store.directory import Found

MOST_LETTERS: Final = 200

routes: Final = page_router()


@dataclass(frozen=True, slots=True)
class Result:
    """One entity that was found; `at` is longitude and latitude in degrees, `place` the same for people, both empty without a place."""

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


@routes.api_route("/search", methods=READS, dependencies=[Depends(admit_reader)])
async def show_results(
    request: Request,
    platform: ThePlatform,
    q: Annotated[str, Query()] = "",
    type: Annotated[str, Query()] = "",  # noqa: A002 - the name of the parameter
) -> Response:
    """Show what is called so; an unknown type is any type."""
    words, language, tenant = q.strip()[:MOST_LETTERS], language_of(request), tenant_of(request)
    types = await list_types(platform.resources, tenant, visible=Visible.everything())
    chosen = find_type(type, types) if type else None
    found: list[Found] = []
    if has_enough(words):
        found = await search_entities(
            platform.resources,
            tenant,
            words,
            types=[chosen] if chosen else [],
            limit=MOST_FOUND,
            visible=Visible.everything(),
        )
    return render(
        request,
        platform,
        "search",
        words=words,
        chosen=chosen,
        choices=_choices(types, language),
        is_short=bool(words) and not has_enough(words),
        results=[to_result(one, language) for one in found],
        most=MOST_FOUND,
    )


def to_result(found: Found, language: str) -> Result:
    """What is shown of an entity."""
    kind = found.types[0]
    return Result(
        id=found.id,
        link=entity_link(found.id),
        label=label_in(found.label, language, found.id),
        type=kind,
        kind=to_words(kind, language),
        kind_link=type_link(kind),
        mark=mark_of(kind),
        at="" if found.place is None else f"{found.place[0]:.5f},{found.place[1]:.5f}",
        place="" if found.place is None else to_coordinates(Spot(*found.place), language),
    )


def _choices(types: Sequence[str], language: str) -> list[Choice]:
    return sorted((Choice(iri, to_words(iri, language)) for iri in types), key=lambda one: one.words.casefold())
