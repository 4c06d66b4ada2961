# SPDX-License-Identifier: EUPL-1.2
"""The ground on which the town stands: metres east and north of the market square, and what maps make of them."""

import math
from itertools import pairwise
from typing import Final

LONGITUDE: Final = 9.6310
LATITUDE: Final = 51.1380
"""The market square of the town, which does not exist."""

Spot = tuple[int, int]
"""Metres east and north of the market square."""

_METRES_PER_DEGREE: Final = 111_200


def to_coordinates(spot: Spot) -> list[float]:
    """Longitude and latitude (WGS 84), to the decimetre."""
    east, north = spot
    east_degree = _METRES_PER_DEGREE * math.cos(math.radians(LATITUDE))
    return [round(LONGITUDE + east / east_degree, 6), round(LATITUDE + north / _METRES_PER_DEGREE, 6)]


def to_point(spot: Spot) -> dict[str, object]:
    """A GeoJSON point."""
    return {"type": "Point", "coordinates": to_coordinates(spot)}


def to_line(spots: tuple[Spot, ...]) -> dict[str, object]:
    """A GeoJSON line."""
    return {"type": "LineString", "coordinates": [to_coordinates(spot) for spot in spots]}


def to_area(spots: tuple[Spot, ...]) -> dict[str, object]:
    """A GeoJSON polygon; the last corner need not repeat the first, and the ring runs as RFC 7946 wants it."""
    twice_the_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise((*spots, spots[0])))
    ring = spots if twice_the_area > 0 else spots[::-1]
    return {"type": "Polygon", "coordinates": [[to_coordinates(spot) for spot in (*ring, ring[0])]]}


def widen(spots: tuple[Spot, ...], metres: float) -> tuple[Spot, ...]:
    """The outline of a band along a line, half of its width on each side."""
    left, right = [], []
    for index, (east, north) in enumerate(spots):
        before, after = spots[max(0, index - 1)], spots[min(len(spots) - 1, index + 1)]
        along = math.hypot(after[0] - before[0], after[1] - before[1])
        aside_east = (before[1] - after[1]) / along * metres / 2
        aside_north = (after[0] - before[0]) / along * metres / 2
        left.append((round(east + aside_east), round(north + aside_north)))
        right.append((round(east - aside_east), round(north - aside_north)))
    return (*left, *reversed(right))
