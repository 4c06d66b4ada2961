# SPDX-License-Identifier: EUPL-1.2
"""Where things are, in words: coordinates, and what a shape is made of. Pure."""

from collections.abc import Iterator
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final, NamedTuple

from api.languages import to_number

_EARTH_M: Final = 6_371_000
_DECIMALS: Final = 5
"""A metre."""
_AROUND: Final = 0.05


class Spot(NamedTuple):
    """A position in degrees."""

    longitude: float
    latitude: float


class Place(NamedTuple):
    """A geometry as a page tells it."""

    kind: str
    """Its GeoJSON type."""
    spot: Spot
    """The point itself, else the middle of the box around the shape."""
    corners: int
    """Positions of a line or of the outer rings of areas; a ring's last one is its first."""
    length_m: float
    """Of lines."""


def to_place(geometry: Any) -> Place | None:
    """What is to be told of a GeoJSON geometry; None where it holds no position."""
    kind, parts = str(geometry.get("type", "")), list(_parts(geometry))
    spots = [spot for part in parts for spot in part]
    if not spots:
        return None
    is_area = kind.endswith("Polygon")
    corners = sum(len(part) - is_area for part in parts)
    length_m = sum(map(_length, parts)) if kind.endswith("LineString") else 0.0
    return Place(kind, _middle(spots), corners, length_m)


def to_coordinates(spot: Spot, language: str) -> str:
    """`50,11212° N, 8,68341° O`."""
    north, east = ("N" if spot.latitude >= 0 else "S"), ("E" if spot.longitude >= 0 else "W")
    if east == "E" and language == "de":
        east = "O"
    latitude, longitude = (_degrees(part, language) for part in (spot.latitude, spot.longitude))
    return f"{latitude}°\N{NO-BREAK SPACE}{north}, {longitude}°\N{NO-BREAK SPACE}{east}"


def to_surroundings(spot: Spot) -> str:
    """The box around a position, some kilometres wide: `west,south,east,north`."""
    longitude, latitude = spot
    sides = (longitude - _AROUND, latitude - _AROUND, longitude + _AROUND, latitude + _AROUND)
    most = (180, 90, 180, 90)
    return ",".join(str(round(max(-end, min(end, side)), _DECIMALS)) for side, end in zip(sides, most, strict=True))


def to_length(metres: float, language: str) -> str:
    """`340 m`, `1,2 km`."""
    if metres < 1000:
        return f"{to_number(round(metres), language)} m"
    return f"{to_number(round(metres / 1000, 1), language)} km"


def _degrees(value: float, language: str) -> str:
    text = f"{abs(value):.{_DECIMALS}f}"
    return text.replace(".", ",") if language == "de" else text


def _parts(geometry: Any) -> Iterator[list[Spot]]:
    """The points, lines and outer rings of a geometry."""
    yield from _lists(geometry.get("coordinates"), is_area=geometry.get("type", "").endswith("Polygon"))


def _lists(coordinates: Any, *, is_area: bool) -> Iterator[list[Spot]]:
    if not isinstance(coordinates, list) or not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        yield [Spot(coordinates[0], coordinates[1])]
    elif _is_line(coordinates):
        yield [Spot(one[0], one[1]) for one in coordinates]
    else:
        rings = is_area and _is_line(coordinates[0])
        for one in coordinates[:1] if rings else coordinates:
            yield from _lists(one, is_area=is_area)


def _is_line(coordinates: Any) -> bool:
    return isinstance(coordinates[0], list) and bool(coordinates[0]) and isinstance(coordinates[0][0], int | float)


def _middle(spots: list[Spot]) -> Spot:
    longitudes, latitudes = [spot.longitude for spot in spots], [spot.latitude for spot in spots]
    return Spot((min(longitudes) + max(longitudes)) / 2, (min(latitudes) + max(latitudes)) / 2)


def _length(line: list[Spot]) -> float:
    """Metres along a line on a sphere, which is right to half a per cent."""
    return sum(_distance(one, other) for one, other in pairwise(line))


def _distance(one: Spot, other: Spot) -> float:
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(across + cos(latitudes[0]) * cos(latitudes[1]) * along)))
