# SPDX-License-Identifier: EUPL-1.2
"""Distances in metres on the WGS 84 ellipsoid, between the closest points of geometries.

Lines are straight in degrees (RFC 7946, 3.1.1), so they are no geodesics: they are cut into short pieces, chords through
the earth say which pieces may be the closest, and there the distance is sought on the ellipsoid.
"""

from math import inf
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

Numbers: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Shapes: TypeAlias = NDArray[np.object_]

_GEOD: Final = Geod(ellps="WGS84")
_AXIS: Final = 6_378_137.0
_ECCENTRICITY: Final = 0.0066943799901413165
"""The square of the ellipsoid's first eccentricity."""
_FLATTEST: Final = 6_399_594.0
_ROUNDEST: Final = 6_335_439.0
"""The greatest and the smallest radius of curvature: along a chord, a way is at least and at most an arc of these."""

_STEP: Final = 0.02
"""The longest piece, in degrees, where lines are not so long that they would fall into more than `_PIECES`."""
_PIECES: Final = 20_000
_PAIRS: Final = 50_000
"""Pairs of a vertex and a piece that are looked at together."""
_WINDOWS: Final = (0.5, 0.02, 0.001)
"""Half the part of a piece in which its closest point is sought, from the whole piece on."""


class Lines(NamedTuple):
    """Lines in short pieces, in degrees, a point as a piece without length, each with the number of its geometry."""

    vertices: Numbers
    vertex_owners: Indices
    starts: Numbers
    ends: Numbers
    owners: Indices


def distances(shapes: Shapes, reference: Any, *, about: float | None = None) -> Numbers:
    """The distance of each geometry from the reference: 0 where they meet.

    Who only asks whether it exceeds `about` metres gets a number on the right side of it, and sooner.
    """
    if _are_points(shapes) and _are_points(np.array([reference])):
        return _between(shapely.get_coordinates(shapes), shapely.get_coordinates(reference))
    found = np.full(len(shapes), inf)
    found[shapely.intersects(reference, shapes)] = 0.0
    apart = np.flatnonzero(found)
    if len(apart):
        here, there = _lines(shapes[apart]), _lines(np.array([reference]))
        search = _Search(len(apart), about)
        search.approach(here.vertices, there, here.vertex_owners[:, None])
        search.approach(there.vertices, here, here.owners[None, :])
        found[apart] = search.found
    return found


class _Search:
    """The distances of geometries, by their numbers, as they become known."""

    def __init__(self, count: int, about: float | None) -> None:
        self.found = np.full(count, inf)
        self._about = inf if about is None else about
        self._is_rough = about is not None
        self._most = np.full(count, inf)

    def approach(self, vertices: Numbers, lines: Lines, owners: Indices) -> None:
        """Lower what was found to the distances of vertices from lines; `owners` spreads over the pairs of both."""
        step = max(1, _PAIRS // len(lines.starts))
        for at in range(0, len(vertices), step):
            block = slice(at, at + step)
            part = owners[block] if owners.shape[1] == 1 else owners
            self._approach(vertices[block], lines, part)
        if self._is_rough:
            np.minimum(self.found, self._most, out=self.found)

    def _approach(self, vertices: Numbers, lines: Lines, owners: Indices) -> None:
        chords, slack = _chords(vertices, lines)
        owners = np.broadcast_to(owners, chords.shape)
        np.minimum.at(self._most, owners, _arcs(chords, _ROUNDEST) + slack)
        most = self._most[owners]
        may_be = _arcs(chords, _FLATTEST) - slack <= np.minimum(most, self._about)
        if self._is_rough:
            may_be &= most > self._about
        rows, columns = np.nonzero(may_be)
        if len(rows):
            closest = _closest(vertices[rows], lines.starts[columns], lines.ends[columns])
            np.minimum.at(self.found, owners[rows, columns], closest)


def _are_points(shapes: Shapes) -> bool:
    return bool((shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all())


def _between(here: Numbers, there: Numbers) -> Numbers:
    """Geodesic distances between positions; one position is spread over many."""
    here, there = np.broadcast_arrays(here, there)
    metres: Numbers = np.asarray(_GEOD.inv(here[:, 0], here[:, 1], there[:, 0], there[:, 1])[2])
    return metres


def _lines(shapes: Shapes) -> Lines:
    parts, owners = shapely.get_parts(shapes, return_index=True)
    kinds = shapely.get_type_id(parts)
    is_line, is_area = kinds == shapely.GeometryType.LINESTRING, kinds == shapely.GeometryType.POLYGON
    rings, areas = shapely.get_rings(parts[is_area], return_index=True)
    lines = np.concatenate([parts[is_line], rings])
    line_owners = np.concatenate([owners[is_line], owners[is_area][areas]])
    step = max(_STEP, float(shapely.length(lines).sum()) / _PIECES)
    positions, numbers = shapely.get_coordinates(shapely.segmentize(lines, step), return_index=True)
    follows = numbers[1:] == numbers[:-1]
    is_point = kinds == shapely.GeometryType.POINT
    points = shapely.get_coordinates(parts[is_point])
    return Lines(
        vertices=np.concatenate([positions, points]),
        vertex_owners=np.concatenate([line_owners[numbers], owners[is_point]]),
        starts=np.concatenate([positions[:-1][follows], points]),
        ends=np.concatenate([positions[1:][follows], points]),
        owners=np.concatenate([line_owners[numbers[1:][follows]], owners[is_point]]),
    )


def _in_space(positions: Numbers) -> Numbers:
    """Positions on the ellipsoid in metres from the middle of the earth."""
    longitude, latitude = np.radians(positions).T
    radius = _AXIS / np.sqrt(1 - _ECCENTRICITY * np.sin(latitude) ** 2)
    from_axis = radius * np.cos(latitude)
    return np.column_stack(
        [
            from_axis * np.cos(longitude),
            from_axis * np.sin(longitude),
            radius * (1 - _ECCENTRICITY) * np.sin(latitude),
        ]
    )


def _chords(vertices: Numbers, lines: Lines) -> tuple[Numbers, Numbers]:
    """Distances of each vertex from each piece, straight through the earth, and how far each piece is from straight."""
    starts = _in_space(lines.starts)
    along = _in_space(lines.ends) - starts
    squares = np.einsum("kc,kc->k", along, along)
    offsets = _in_space(vertices)[:, None, :] - starts[None, :, :]
    shares = np.einsum("rkc,kc->rk", offsets, along) / np.where(squares > 0, squares, 1.0)
    offsets -= np.clip(shares, 0.0, 1.0)[:, :, None] * along[None, :, :]
    slack = _FLATTEST * np.radians(np.abs(lines.ends - lines.starts).sum(axis=1)) ** 2 / 8
    return np.sqrt(np.einsum("rkc,rkc->rk", offsets, offsets)), slack + 0.001


def _arcs(chords: Numbers, radius: float) -> Numbers:
    """The ways along a sphere that chords cut off; the longest that there are where no sphere is so large."""
    arcs: Numbers = 2 * radius * np.arcsin(np.minimum(chords / (2 * radius), 1.0))
    return np.where(chords < 2 * radius, arcs, np.pi * _FLATTEST)


def _closest(points: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
    """The distance of each point from the piece that belongs to it: its square is nearly a parabola along the piece."""
    along = ends - starts

    def metres(shares: Numbers) -> Numbers:
        return _between(points, starts + shares[:, None] * along)

    shares = np.full(len(points), 0.5)
    least = np.full(len(points), inf)
    for window in _WINDOWS:
        shares = np.clip(shares, window, 1 - window)
        before, here, after = (metres(shares + offset) for offset in (-window, 0.0, window))
        least = np.minimum.reduce([least, before, here, after])
        bend = before**2 - 2 * here**2 + after**2
        step = np.where(bend > 0, (before**2 - after**2) / np.where(bend > 0, 2 * bend, 1.0), np.sign(before - after))
        shares = np.clip(shares + window * step, 0.0, 1.0)
    np.minimum(least, metres(shares), out=least)
    return least
