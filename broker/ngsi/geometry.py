# SPDX-License-Identifier: EUPL-1.2
"""GeoJSON geometries as values of GeoProperties (RFC 7946; ETSI GS CIM 009, 4.7)."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from allmende.errors import BadRequestData, InvalidRequest
from allmende.payloads import parse_json
from broker.ngsi.datatypes import shown

MAX_POSITIONS: Final = 10_000
"""Of a geometry that a query compares with."""

_NUMBERS: Final = frozenset({int, float})


def looks_like_geometry(value: Any) -> bool:
    """Whether a value that stands alone means a place."""
    if type(value) is not dict or "coordinates" not in value:
        return False
    kind = value.get("type")
    return type(kind) is str and kind in GEOMETRIES


def parse_geometry(value: Any, what: str) -> dict[str, Any]:
    """A checked geometry; a JSON text that holds one is read."""
    if type(value) is str:
        try:
            value = parse_json(value.encode())
        except InvalidRequest as error:
            raise BadRequestData(f"{what} must be a GeoJSON geometry, not {shown(value)}: {error}") from None
    if type(value) is not dict:
        raise BadRequestData(f"{what} must be a GeoJSON geometry with 'type' and 'coordinates', not {shown(value)}")
    kind = value.get("type")
    check = GEOMETRIES.get(kind) if type(kind) is str else None
    if check is None:
        allowed = ", ".join(GEOMETRIES)
        raise BadRequestData(f"{what} must be a GeoJSON geometry of type {allowed}, not {shown(kind)}")
    check(value.get("coordinates"), what)
    geometry: dict[str, Any] = value
    return geometry


def parse_reference(kind: str, coordinates: Any, what: str) -> dict[str, Any]:
    """A checked geometry that a query compares with, whose positions are counted before each of them is looked at."""
    if sum(1 for _ in islice(_positions(coordinates), MAX_POSITIONS + 1)) > MAX_POSITIONS:
        raise BadRequestData(f"{what} must have at most {MAX_POSITIONS:,} positions")
    return parse_geometry({"type": kind, "coordinates": coordinates}, what)


def _positions(part: Any) -> Iterator[Any]:
    if type(part) is list and part and type(part[0]) is list:
        for each in part:
            yield from _positions(each)
    else:
        yield part


def _check_position(position: Any, what: str) -> None:
    if type(position) is not list or not 2 <= len(position) <= 3:
        raise BadRequestData(f"{what}: a position must be [longitude, latitude], not {shown(position)}")
    if not _NUMBERS.issuperset(map(type, position)):
        raise BadRequestData(f"{what}: longitude and latitude must be numbers")
    if not -180 <= position[0] <= 180 or not -90 <= position[1] <= 90:
        raise BadRequestData(
            f"{what}: [{position[0]}, {position[1]}] is no position in degrees; longitude comes first,"
            " and other coordinate systems must be converted to WGS 84"
        )


def _list_of(check: Callable[[Any, str], None], least: int, words: str) -> Callable[[Any, str], None]:
    def check_list(parts: Any, what: str) -> None:
        if type(parts) is not list or len(parts) < least:
            raise BadRequestData(f"{what}: {words}")
        for part in parts:
            check(part, what)

    return check_list


_check_line: Final = _list_of(_check_position, 2, "a line must be a list of at least two positions")
_check_positions: Final = _list_of(_check_position, 4, "a ring must be a list of at least four positions")


def _check_ring(ring: Any, what: str) -> None:
    _check_positions(ring, what)
    if ring[0] != ring[-1]:
        raise BadRequestData(f"{what}: the last position of a ring must equal its first")


_check_polygon: Final = _list_of(_check_ring, 1, "the coordinates of a polygon must be a list of rings")

GEOMETRIES: Final[dict[str, Callable[[Any, str], None]]] = {
    "Point": _check_position,
    "MultiPoint": _list_of(_check_position, 1, "the coordinates of a MultiPoint must be a list of positions"),
    "LineString": _check_line,
    "MultiLineString": _list_of(_check_line, 1, "the coordinates of a MultiLineString must be a list of lines"),
    "Polygon": _check_polygon,
    "MultiPolygon": _list_of(_check_polygon, 1, "the coordinates of a MultiPolygon must be a list of polygons"),
}
"""The check of the coordinates by geometry type; a GeometryCollection is no value of a GeoProperty."""
