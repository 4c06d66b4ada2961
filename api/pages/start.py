# SPDX-License-Identifier: EUPL-1.2
"""The start page: a map, what is near, what is measured, and what has fallen silent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api.links import type_link
from api.markers import parse_box
from api.pages.frame import render
from api.pages.routing import PageRoute
from api.pages.rows import in_calm_order, silent_ones, to_row
from api.platform import READS, ThePlatform, TheReader
from api.vocabulary import to_words
from broker.engine.discovery import first_of_types
from broker.engine.nearby import list_nearby
from broker.engine.overview import Overview
from broker.ngsi.entities import State

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


@routes.api_route("/", methods=READS)
async def show_start(
    request: Request, platform: ThePlatform, reader: TheReader, box: Annotated[str | None, Query()] = None
) -> Response:
    """Show the town, or what lies in a part of it; also when the database is empty."""
    area = parse_box(box) if box else None
    resources, tenant, visible, language = platform.resources, reader.tenant, reader.visible, reader.language
    now = resources.clock()
    overview = await resources.overview(tenant, visible=visible)
    of_each = max(2, min(_OF_EACH_TYPE, _SAMPLE // max(1, len(overview.types))))
    found = await first_of_types(resources, tenant, most=of_each, visible=visible)
    sample = [to_row(state, language) for state in _once(found.values())]
    near = sample
    if area is not None:
        states = await list_nearby(resources, tenant, area, most=_IN_A_BOX, visible=visible)
        near = [to_row(state, language) for state in states]
    kinds = _kinds(overview, language)
    return render(
        request,
        platform,
        "start",
        kinds=kinds,
        measured=[kind for kind in kinds if kind.observed_at] or kinds,
        near=in_calm_order(near, now)[:MOST_ROWS],
        silent=silent_ones(sample, now)[:_MOST_SILENT],
        box=box or "",
        extent="" if overview.box is None else ",".join(f"{side:.5f}" for side in overview.box),
        events="/events",
    )


def _kinds(overview: Overview, language: str) -> Sequence[Kind]:
    """All types by their names."""
    kinds = [
        Kind(one.iri, to_words(one.iri, language), type_link(one.iri), one.entities, one.observed_at)
        for one in overview.types
    ]
    return sorted(kinds, key=lambda kind: kind.name.casefold())


def _once(groups: Iterable[list[State]]) -> list[State]:
    """Each entity once, also one of several types."""
    return list({state.id: state for group in groups for state in group}.values())
