# SPDX-License-Identifier: EUPL-1.2
"""Where things are, in words: coordinates, and what a shape is made of. Pure."""

from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final, NamedTuple

from allmende.errors import BadRequestData
from api.languages import to_number
from broker.ngsi.boxes import Box, bounding_box

_EARTH_M: Final = 6_371_000
_DECIMALS: Final = 5
"""A metre."""
_AROUND: Final = 0.05
_BOX: Final = "Parameter 'box' must be west,south,east,north in degrees, such as 7.5,51.9,7.7,52.0"


class Spot(NamedTuple):
    """A position in degrees."""

    longitude: float
    latitude: float

    @property
    def at(self) -> str:
        """As scripts read it: `7.61235,51.9`."""
        return f"{round(self.longitude, _DECIMALS)},{round(self.latitude, _DECIMALS)}"


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


def spot_of(geometry: dict[str, Any]) -> Spot:
    """A point itself, of anything else the middle of the box around it."""
    west, south, east, north = bounding_box(geometry)
    return Spot((west + east) / 2, (south + north) / 2)


def to_place(geometry: dict[str, Any]) -> Place:
    """What is to be told of a geometry."""
    kind, lines = geometry["type"], _lines(geometry)
    corners = sum(len(line) - kind.endswith("Polygon") for line in lines)
    length_m = sum(map(_length, lines)) if kind.endswith("LineString") else 0.0
    return Place(kind, spot_of(geometry), corners, length_m)


def to_coordinates(spot: Spot, language: str) -> str:
    """`50,11212° N, 8,68341° O`."""
    north, east = ("N" if spot.latitude >= 0 else "S"), ("E" if spot.longitude >= 0 else "W")
    if east == "E" and language == "de":
        east = "O"
    latitude, longitude = (_degrees(part, language) for part in (spot.latitude, spot.longitude))
    return f"{latitude}°\N{NO-BREAK SPACE}{north}, {longitude}°\N{NO-BREAK SPACE}{east}"


def parse_box(text: str) -> Box:
    """West, south, east and north."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadRequestData(_BOX) from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise BadRequestData(_BOX)
    return west, south, east, north


def to_sides(box: Box) -> str:
    """A box as scripts read it, and as addresses have it: west, south, east and north."""
    return ",".join(str(round(side, _DECIMALS)) for side in box)


def to_surroundings(spot: Spot) -> str:
    """The box around a position, some kilometres wide: `west,south,east,north`."""
    west, east = max(-180, spot.longitude - _AROUND), min(180, spot.longitude + _AROUND)
    south, north = max(-90, spot.latitude - _AROUND), min(90, spot.latitude + _AROUND)
    return to_sides((west, south, east, north))


def to_length(metres: float, language: str) -> str:
    """`340 m`, `1,2 km`."""
    if metres < 1000:
        return f"{to_number(round(metres), language)} m"
    return f"{to_number(round(metres / 1000, 1), language)} km"


def _degrees(value: float, language: str) -> str:
    text = f"{abs(value):.{_DECIMALS}f}"
    return text.replace(".", ",") if language == "de" else text


def _lines(geometry: dict[str, Any]) -> list[list[Spot]]:
    """The points, lines and outer rings of a geometry, each as its positions."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    parts = coordinates if kind.startswith("Multi") else [coordinates]
    if kind.endswith("Point"):
        return [[Spot(*part[:2])] for part in parts]
    return [[Spot(*position[:2]) for position in (part[0] if kind.endswith("Polygon") else part)] for part in parts]


def _length(line: list[Spot]) -> float:
    """Metres along a line on a sphere, which is right to half a per cent."""
    return sum(_distance(one, other) for one, other in pairwise(line))


def _distance(one: Spot, other: Spot) -> float:
    latitudes = radians(one.latitude), radians(other.latitude)
    across = sin((latitudes[1] - latitudes[0]) / 2) ** 2
    along = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(across + cos(latitudes[0]) * cos(latitudes[1]) * along)))
