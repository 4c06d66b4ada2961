# SPDX-License-Identifier: EUPL-1.2
"""The start page: a map, what is near, what is measured, and what has fallen silent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.links import type_link
from api.openapi.describing import describe_page
from api.pages.frame import render
from api.pages.routing import PageRoute
from api.pages.rows import Row, in_calm_order, silent_ones, to_row
from api.places import parse_box, to_sides
from api.platform import READS, Platform, Reader, ThePlatform, TheReader
from api.vocabulary import to_words
from broker.engine.discovery import first_of_types
from broker.engine.nearby import list_nearby
from broker.engine.overview import Overview
from broker.ngsi.boxes import Box

MOST_ROWS: Final = 40
_SAMPLE: Final = 240
_OF_EACH_TYPE: Final = 20
_IN_A_BOX: Final = 200
_MOST_SILENT: Final = 12

routes: Final = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type as the page shows it."""

    type: str
    name: str
    link: str
    entities: int
    observed_at: datetime | None


@routes.api_route(
    "/", methods=READS, openapi_extra=describe_page("A map, the newest readings, and all types", asks=("box",))
)
async def show_start(
    request: Request, platform: ThePlatform, reader: TheReader, box: Annotated[str | None, Query()] = None
) -> Response:
    """Show the town, or what lies in a part of it; also when the database is empty."""
    area = parse_box(box) if box else None
    overview = await platform.resources.overview(reader.tenant, visible=reader.visible)
    of_each = max(2, min(_OF_EACH_TYPE, _SAMPLE // max(1, len(overview.types))))
    sample = await _first_rows(platform, reader, of_each)
    near = sample if area is None else await _rows_within(platform, reader, area)
    kinds, now = _kinds(overview, reader.language), platform.resources.clock()
    return render(
        request,
        platform,
        "start",
        kinds=kinds,
        measured=[kind for kind in kinds if kind.observed_at] or kinds,
        near=in_calm_order(near, now)[:MOST_ROWS],
        of_each=of_each,
        silent=silent_ones(sample, now)[:_MOST_SILENT],
        box=box or "",
        extent="" if overview.box is None else to_sides(overview.box),
        events="/events",
    )


async def _first_rows(platform: Platform, reader: Reader, most: int) -> list[Row]:
    """The first entities of each type; one of several types once."""
    found = await first_of_types(platform.resources, reader.tenant, most=most, visible=reader.visible)
    states = {state.id: state for group in found.values() for state in group}
    return [to_row(state, reader.language) for state in states.values()]


async def _rows_within(platform: Platform, reader: Reader, box: Box) -> list[Row]:
    """Those in a part of the town."""
    states = await list_nearby(platform.resources, reader.tenant, box, most=_IN_A_BOX, visible=reader.visible)
    return [to_row(state, reader.language) for state in states]


def _kinds(overview: Overview, language: str) -> Sequence[Kind]:
    """All types by their names."""
    kinds = [
        Kind(one.iri, to_words(one.iri, language), type_link(one.iri), one.entities, one.observed_at)
        for one in overview.types
    ]
    return sorted(kinds, key=lambda kind: kind.name.casefold())
