# SPDX-License-Identifier: EUPL-1.2
"""Bounding boxes of GeoJSON geometries, for the index of places."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east and north in degrees; one whose west lies east of its east crosses 180°."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceQuery:
    """Places of entities of a type, by its IRI, within a box."""

    type: str | None = None
    box: Box | None = None


def unrolled(box: Box) -> list[Box]:
    """The box as its places see it: one that crosses 180° lies partly beyond it, for each of its two sides.

    >>> unrolled((179, 51, -178, 52))
    [(179, 51, 182, 52), (-181, 51, -178, 52)]
    """
    west, south, east, north = box
    return [box] if west <= east else [(west, south, east + 360, north), (west - 360, south, east, north)]


def bounding_box(geometry: dict[str, Any]) -> Box:
    """West, south, east and north of a checked geometry, in degrees (RFC 7946, 5)."""
    points = list(_positions(geometry["coordinates"]))
    longitudes = [point[0] for point in points]
    latitudes = [point[1] for point in points]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def _positions(coordinates: list[Any]) -> Iterator[list[float]]:
    if coordinates and not isinstance(coordinates[0], list):
        yield coordinates
    else:
        for part in coordinates:
            yield from _positions(part)
