# SPDX-License-Identifier: EUPL-1.2
"""The marks of types on maps and beside their names: told apart by shape first, and by tone as well. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from api.vocabulary import to_name

TONES: Final = 6
"""Colours of marks in the style sheet: `--tone-0` and so on."""

SHAPES: Final[Mapping[str, str]] = {
    "circle": "M-7,0a7,7 0 1,0 14,0a7,7 0 1,0 -14,0z",
    "square": "M-6.5,-6.5h13v13h-13z",
    "triangle": "M0,-8.5l8.3,14.5h-16.6z",
    "diamond": "M0,-9l8,9l-8,9l-8,-9z",
    "drop": "M0,-10c2.6,3.9 6.6,7.2 6.6,11.2a6.6,6.8 0 0,1 -13.2,0c0,-4 4,-7.3 6.6,-11.2z",
    "cross": "M-2.7,-8h5.4v5.3h5.3v5.4h-5.3v5.3h-5.4v-5.3h-5.3v-5.4h5.3z",
    "star": "M0,-10l2.6,6.4l6.9,0.5l-5.3,4.4l1.7,6.7l-5.9,-3.7l-5.9,3.7l1.7,-6.7l-5.3,-4.4l6.9,-0.5z",
    "pentagon": "M0,-8.6l8.4,6.1l-3.2,9.8h-10.4l-3.2,-9.8z",
    "hexagon": "M-4.2,-7.4h8.4l4.3,7.4l-4.3,7.4h-8.4l-4.3,-7.4z",
    "ring": "M-8,0a8,8 0 1,0 16,0a8,8 0 1,0 -16,0zM-3.4,0a3.4,3.4 0 1,0 6.8,0a3.4,3.4 0 1,0 -6.8,0z",
    "bolt": "M2.2,-9.8l-8.2,11h5l-2,8.6l8.6,-11.4h-5.2z",
    "house": "M0,-9l8.5,7.4h-2v8.6h-13v-8.6h-2z",
    "wedge": "M0,8.5l-8.3,-14.5h16.6z",
    "frame": "M-7,-7h14v14h-14zM-2.8,-2.8v5.6h5.6v-5.6z",
}
"""Paths of SVG around the middle, at most 11 in each direction."""

_KNOWN: Final[Mapping[str, str]] = {
    "AdministrativeArea": "ring",
    "AirQualityObserved": "circle",
    "EVChargingStation": "bolt",
    "Garden": "hexagon",
    "NoiseLevelObserved": "wedge",
    "OffStreetParking": "square",
    "OnStreetParking": "frame",
    "PointOfInterest": "house",
    "Streetlight": "star",
    "TrafficFlowObserved": "triangle",
    "WasteContainer": "pentagon",
    "WaterObserved": "drop",
    "WeatherObserved": "diamond",
}
"""Types that cities have, by the last part of their IRI; every other one gets its shape by its name."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a type is marked: the path of its shape, and the number of its tone."""

    path: str
    tone: int


def mark_of(type_iri: str) -> Mark:
    """The mark of a type, the same on each page and on each platform."""
    name = to_name(type_iri)
    shapes = list(SHAPES)
    known = _KNOWN.get(name)
    if known is not None:
        return Mark(SHAPES[known], shapes.index(known) % TONES)
    digest = crc32(name.encode())
    return Mark(SHAPES[shapes[digest % len(shapes)]], (digest >> 16) % TONES)
