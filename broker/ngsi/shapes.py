# SPDX-License-Identifier: EUPL-1.2
"""Exact decisions of geo-queries, many geometries at once: relations by GEOS in degrees, distances on the ellipsoid.

Loading what this needs takes a fifth of a second and 30 MB: only those who decide a geo-query import it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from broker.ngsi.boxes import Box
from broker.ngsi.cells import SHAPES
from broker.ngsi.distances import distances, never
from broker.ngsi.geoqueries import GeoQuery, Place

Shapes: TypeAlias = NDArray[np.object_]
Answers: TypeAlias = NDArray[np.bool_]

# The reference comes first, because that is the one that can be prepared: within it is what it contains.
_RELATIONS: Final[dict[str, Callable[[Any, Shapes], Answers]]] = {
    "within": shapely.contains,
    "contains": shapely.within,
    "intersects": shapely.intersects,
    "equals": shapely.equals,
    "disjoint": shapely.disjoint,
    "overlaps": shapely.overlaps,
}


class Judge:
    """Says which geometries match a query, or raises TimeoutError; any thread may ask it, one at a time."""

    def __init__(self, query: GeoQuery, is_late: Callable[[], bool] = never) -> None:
        self._query = query
        self._is_late = is_late
        self._reference = to_shapes([query.geometry])[0]
        shapely.prepare(self._reference)

    def matches(self, shapes: Shapes) -> Answers:
        """Which of the geometries match."""
        relation, metres = self._query.relation, self._query.metres
        decide = _RELATIONS.get(relation)
        if decide is not None:
            return decide(self._reference, shapes)
        is_near: Answers = distances(shapes, self._reference, about=metres, is_late=self._is_late) <= metres
        return is_near if relation == "maxDistance" else ~is_near


def matching(judge: Judge, places: Sequence[Place]) -> list[int]:
    """The entities of which a place matches, by their numbers, each once and in the order of the places."""
    points = [place for place in places if place.instances is None]
    owners = [place.seq for place in points]
    shapes = to_points([place[1:3] for place in points])
    geometries = []
    for place in places:
        for instance in orjson.loads(place.instances or "[]"):
            if instance["type"] == "GeoProperty":
                geometries.append(instance["value"])
                owners.append(place.seq)
    found = set()
    if owners:
        answers = judge.matches(np.concatenate([shapes, to_shapes(geometries)]))
        found = {seq for seq, is_match in zip(owners, answers.tolist(), strict=True) if is_match}
    return [seq for seq in dict.fromkeys(place.seq for place in places) if seq in found]


def meeting(query: GeoQuery, boxes: Mapping[int, Box]) -> list[int]:
    """Of boxes by number those in which a place may match: they meet the reference, or are near enough to it."""
    reference = to_shapes([query.geometry])[0]
    shapes = shapely.box(*np.array(list(boxes.values())).T)
    if query.relation == "maxDistance":
        near = distances(shapes, reference, about=query.metres) <= query.metres
    else:
        near = shapely.intersects(reference, shapes)
    # What has no width is no polygon that could be asked.
    near |= shapely.area(shapes) == 0
    return [number for number, is_near in zip(boxes, near.tolist(), strict=True) if is_near or number == SHAPES]


def to_points(positions: Sequence[Sequence[float]]) -> Shapes:
    """Points of positions in degrees."""
    return np.asarray(shapely.points(np.asarray(positions, dtype=float).reshape(-1, 2)), dtype=object)


def to_shapes(geometries: Sequence[dict[str, Any]]) -> Shapes:
    """Shapes of checked GeoJSON geometries; those that cross themselves become valid ones of the same places."""
    texts = np.array([orjson.dumps(geometry).decode() for geometry in geometries], dtype=object)
    shapes = shapely.force_2d(shapely.from_geojson(texts))
    wrong = ~shapely.is_valid(shapes)
    if wrong.any():
        shapes[wrong] = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=True)
    return np.asarray(shapes, dtype=object)
