# SPDX-License-Identifier: EUPL-1.2
"""`/markers` and `/shapes`: what a map draws, as little of it as it needs."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from operator import sub
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from allmende.errors import NotFound
from api.labels import label_of
from api.links import entity_link
from api.marks import mark_of
from api.openapi.describing import describe
from api.packing import packed_response
from api.places import parse_box
from api.platform import BY_CALLER, BY_LANGUAGE, READS, ThePlatform, TheReader, json_response
from api.readings import to_glance
from api.vocabulary import to_words
from broker.engine.markers import MOST_MARKERS, Markers, Shapes, list_markers, list_shapes, require_marked
from broker.ngsi.boxes import PlaceQuery
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.labels import label_texts
from broker.ngsi.simplifying import to_drawing
from broker.web.negotiation import JSON, choose_media_type
from broker.web.openapi.parts import Parameter, Reply

_HTML: Final = "text/html"

routes: Final = APIRouter()


def place_query(type: str | None = None, box: str | None = None) -> PlaceQuery:  # noqa: A002 - the name of the parameter
    """The query that the parameters state; a type is an IRI or a name of the core @context."""
    name = None if type is None else CORE.type_names[type]
    return PlaceQuery(type=name, box=None if box is None else parse_box(box))


ThePlaces = Annotated[PlaceQuery, Depends(place_query)]


@routes.api_route(
    "/markers",
    methods=READS,
    openapi_extra=describe("Maps", {200: Reply("Columns of whole numbers", "Markers")}, asks=("type", "box")),
)
async def show_markers(request: Request, platform: ThePlatform, reader: TheReader, query: ThePlaces) -> Response:
    """Show a marker for each entity with a place."""
    markers = await list_markers(platform.resources, reader.tenant, query, visible=reader.visible)
    return await packed_response(request, lambda: to_columns(markers))


@routes.api_route(
    "/markers/{seq}",
    methods=READS,
    openapi_extra=describe(
        "Maps",
        {200: Reply("What a map says of it", "Marker"), 303: Reply("The page of the entity", None, ("Location",))},
        asks=("lang",),
        ids={"seq": Parameter(means="The number of the marker", example="1")},
        fails=(NotFound,),
    ),
)
async def show_marked(seq: str, request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Show what a marker stands for: a page for people, a few words for a map."""
    if not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise NotFound(f"Marker {seq} does not exist")
    state = await require_marked(platform.resources, reader.tenant, int(seq), visible=reader.visible)
    if choose_media_type(request.headers.get("accept", ""), (JSON, _HTML)) == _HTML:
        return Response(status_code=303, headers={"location": entity_link(state.id), "vary": f"Accept, {BY_CALLER}"})
    return json_response(to_popup(state, reader.language), headers={"vary": f"Accept, {BY_LANGUAGE}, {BY_CALLER}"})


@routes.api_route(
    "/shapes",
    methods=READS,
    openapi_extra=describe(
        "Maps", {200: Reply("GeoJSON", "Shapes")}, asks=("type", "box"), offers=("application/geo+json",)
    ),
)
async def show_shapes(request: Request, platform: ThePlatform, reader: TheReader, query: ThePlaces) -> Response:
    """Show the places that are more than a point, as GeoJSON."""
    shapes = await list_shapes(platform.resources, reader.tenant, query, visible=reader.visible)
    return await packed_response(request, lambda: to_collection(shapes), "application/geo+json")


def to_columns(markers: Markers) -> dict[str, Any]:
    """Markers as columns of whole numbers: each but the first of `seq`, `lon` and `lat` is the difference to the one before.

    `type` is an index into `types` and into `marks`, which say how a type is marked; `lon` and `lat` are hundred thousandths
    of a degree.
    """
    groups = markers.groups
    kinds = list(chain.from_iterable([index] * len(group.seqs) for index, group in enumerate(groups)))
    columns = {
        "seq": [group.seqs for group in groups],
        "lon": [group.longitudes for group in groups],
        "lat": [group.latitudes for group in groups],
    }
    deltas = {name: to_differences(list(chain.from_iterable(parts))) for name, parts in columns.items()}
    known = {"types": [group.type for group in groups], "marks": [asdict(mark_of(group.type)) for group in groups]}
    return {"count": markers.count, "limit": MOST_MARKERS, **known, "type": kinds, **deltas}


def to_differences(numbers: Sequence[int]) -> list[int]:
    """The first number, and of each other the difference to the one before."""
    return [*numbers[:1], *map(sub, numbers[1:], numbers)]


def to_popup(state: State, language: str) -> dict[str, Any]:
    """What a map says of an entity, in words of a language."""
    glance = to_glance(state, language)
    readings = [] if glance is None else [asdict(reading) for reading in glance.readings]
    return {
        "id": state.id,
        "type": to_words(state.types[0], language),
        "label": label_of(state, language),
        "observedAt": None if glance is None else glance.observed_at,
        "readings": readings,
    }


def to_collection(shapes: Shapes) -> dict[str, Any]:
    """A FeatureCollection (RFC 7946); `more` where others are left out."""
    features = [
        {
            "type": "Feature",
            "id": state.id,
            "geometry": to_drawing(geometry),
            "properties": {"seq": seq, "type": state.types[0], "label": label_texts(state.attributes)},
        }
        for seq, state, geometry in shapes.found
    ]
    return {"type": "FeatureCollection", "features": features, "more": shapes.more}
