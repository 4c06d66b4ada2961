# SPDX-License-Identifier: EUPL-1.2
"""Geometries for drawing: rounded to what a map can show, without positions that this makes equal."""

from typing import Any, Final

DECIMALS: Final = 5
"""Of a degree: a metre."""

_LEAST: Final = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}


def to_drawing(geometry: dict[str, Any]) -> dict[str, Any]:
    """A checked geometry in two dimensions, rounded; of equal neighbours one is left where the shape allows it."""
    kind = geometry["type"]
    return {"type": kind, "coordinates": _rounded(geometry["coordinates"], _LEAST.get(kind, 0))}


def count_positions(geometry: dict[str, Any]) -> int:
    """How many positions a geometry has."""
    return _count(geometry["coordinates"])


def _rounded(coordinates: list[Any], least: int) -> list[Any]:
    if not isinstance(coordinates[0], list):
        return [round(number, DECIMALS) for number in coordinates[:2]]
    parts = [_rounded(part, least) for part in coordinates]
    if not least or isinstance(parts[0][0], list):
        return parts
    kept = [part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1]]
    return kept if len(kept) >= least else parts


def _count(coordinates: list[Any]) -> int:
    return sum(map(_count, coordinates)) if isinstance(coordinates[0], list) else 1
