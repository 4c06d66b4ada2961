# SPDX-License-Identifier: EUPL-1.2
"""`/series`: the numbers of an attribute over time, in as many points as a chart can show."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from allmende.errors import BadRequestData, NotFound, OperationNotSupported
from api.openapi.describing import describe
from api.platform import BY_CALLER, READS, ThePlatform, TheReader, json_response
from broker.engine.series import retrieve_series
from broker.ngsi.datatypes import require_uri, shown
from broker.ngsi.periods import parse_end, parse_start
from broker.ngsi.series import DEFAULT_POINTS, FIRST, LAST, MAX_POINTS, Series, SeriesQuery
from broker.ngsi.widths import to_duration
from broker.web.openapi.parts import Reply
from broker.web.parameters import parse_parameters

PARAMETERS: Final = frozenset({"entity", "attribute", "dataset", "from", "to", "points"})
_EXACT: Final = 2**53
_POINTS: Final = re.compile(r"[0-9]{1,9}")
_PAST: Final = "private, max-age=60"

routes: Final = APIRouter()


@routes.api_route(
    "/series",
    methods=READS,
    openapi_extra=describe(
        "Series",
        {200: Reply("The numbers in few points", "Series")},
        asks=sorted(PARAMETERS),
        fails=(NotFound, OperationNotSupported),
    ),
)
async def show_series(request: Request, platform: ThePlatform, reader: TheReader) -> Response:
    """Tell the numbers of an attribute of an entity over time."""
    parameters = parse_parameters(request.scope["query_string"], PARAMETERS)
    entity_id = require_uri(_require(parameters, "entity"), "Parameter 'entity'")
    query = parse_query(parameters)
    series = await retrieve_series(platform.resources, reader.tenant, entity_id, query, visible=reader.visible)
    is_past = query.end < platform.resources.clock()
    headers = {"cache-control": _PAST if is_past else "no-cache", "vary": BY_CALLER}
    return json_response(to_document(series), headers=headers)


def parse_query(parameters: Mapping[str, str]) -> SeriesQuery:
    """What the parameters ask for."""
    attribute = _require(parameters, "attribute")
    dataset, points = parameters.get("dataset"), parameters.get("points", str(DEFAULT_POINTS))
    start, end = parameters.get("from"), parameters.get("to")
    if not _POINTS.fullmatch(points) or not 1 <= int(points) <= MAX_POINTS:
        raise BadRequestData(f"Parameter 'points' must be a number from 1 to {MAX_POINTS}, not {shown(points)}")
    query = SeriesQuery(
        attribute,
        None if dataset is None else require_uri(dataset, "Parameter 'dataset'"),
        FIRST if start is None else parse_start(start, "Parameter 'from'"),
        LAST if end is None else parse_end(end, "Parameter 'to'"),
        int(points),
    )
    if query.start > query.end:
        raise BadRequestData(f"Parameter 'from' ({start}) must not lie after 'to' ({end})")
    return query


def to_document(series: Series) -> dict[str, Any]:
    """A series as JSON: times in seconds since 1970, which charts draw from as they are."""
    newest = series.newest
    return {
        "unit": series.unit,
        "width": to_duration(series.width),
        "points": [
            (to_seconds(start), _short(least), _short(mean), _short(most), count)
            for start, least, mean, most, count in series.points
        ],
        "min": None if series.minimum is None else _short(series.minimum),
        "max": None if series.maximum is None else _short(series.maximum),
        "newest": None if newest is None else (to_seconds(newest.time), _short(newest.value)),
    }


def to_seconds(time: datetime) -> float:
    """Seconds since 1970 UTC, a whole number where they are whole."""
    return _short(time.timestamp())


def _short(number: float) -> float:
    """A number as JSON writes it shortest: 21, not 21.0."""
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _require(parameters: Mapping[str, str], name: str) -> str:
    text = parameters.get(name)
    if not text:
        raise BadRequestData(f"Parameter {name!r} is required")
    return text
