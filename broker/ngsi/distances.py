# SPDX-License-Identifier: EUPL-1.2
"""Distances in metres on the WGS 84 ellipsoid, between the closest points of geometries.

Distances straight through the earth say which pieces of lines may be the closest, and there the distance is sought on the
ellipsoid.
"""

from collections.abc import Callable
from math import inf
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Geod

from broker.ngsi.pieces import (
    BALL,
    Balls,
    Indices,
    Numbers,
    Pieces,
    Shapes,
    Vertices,
    cut,
    in_space,
    least_way,
    longest_way,
)

_GEOD: Final = Geod(ellps="WGS84")
_PAIRS: Final = 50_000
"""Pairs that are looked at together."""
_WINDOWS: Final = (0.5, 0.02, 0.001)
"""Half the part of a piece in which its closest point is sought, from the whole piece on."""


def never() -> bool:
    """No time is too late."""
    return False


def distances(
    shapes: Shapes, reference: Any, *, about: float | None = None, is_late: Callable[[], bool] = never
) -> Numbers:
    """The distance of each geometry from the reference: 0 where they meet.

    Who only asks whether it exceeds `about` metres gets a number on the right side of it, and sooner. TimeoutError where
    it gets late: of two lines of 10,000 positions, all as far from each other, each pair has to be looked at.
    """
    if _are_points(shapes) and _are_points(np.array([reference])):
        return _between(shapely.get_coordinates(shapes), shapely.get_coordinates(reference))
    found = np.full(len(shapes), inf)
    found[shapely.intersects(reference, shapes)] = 0.0
    apart = np.flatnonzero(found)
    if len(apart):
        vertices, pieces = cut(shapes[apart])
        other_vertices, other_pieces = cut(np.array([reference]))
        search = _Search(len(apart), about, is_late)
        search.approach(vertices, other_pieces, vertices.balls.owners[:, None])
        search.approach(other_vertices, pieces, pieces.balls.owners[None, :])
        found[apart] = search.found if about is None else np.minimum(search.found, search.most)
    return found


class _Search:
    """The distances of geometries from another as they become known: `most` is what they cannot exceed."""

    def __init__(self, count: int, about: float | None, is_late: Callable[[], bool]) -> None:
        self.found = np.full(count, inf)
        self.most = np.full(count, inf)
        self._about = about
        self._is_late = is_late

    def approach(self, vertices: Vertices, pieces: Pieces, owners: Indices) -> None:
        """Find the distances of vertices from pieces; `owners`, spread over pairs of balls, has whom each is of."""
        owners = np.broadcast_to(owners, (len(vertices.balls.radii), len(pieces.balls.radii)))
        rows, columns, least = self._sift(vertices.balls, pieces.balls, owners)
        # The most promising come first, so that they rule out the others.
        order = np.argsort(least, kind="stable")
        rows, columns, least = rows[order], columns[order], least[order]
        step = max(1, _PAIRS // BALL**2)
        for at in range(0, len(rows), step):
            if self._is_late():
                raise TimeoutError
            chosen = slice(at, at + step)
            whose = owners[rows[chosen], columns[chosen]]
            keep = self._may_be(least[chosen], whose)
            self._look(vertices, pieces, rows[chosen][keep], columns[chosen][keep], whose[keep])

    def _sift(self, here: Balls, there: Balls, owners: Indices) -> tuple[Indices, Indices, Numbers]:
        """The pairs of balls that may hold the closest points, and what the distance there is at least."""
        found = []
        step = max(1, _PAIRS // len(there.radii))
        for at in range(0, len(here.radii), step):
            block = slice(at, at + step)
            gaps = np.linalg.norm(here.centres[block, None] - there.centres[None], axis=2)
            radii = here.radii[block, None] + there.radii[None]
            np.minimum.at(self.most, owners[block], longest_way(gaps + radii))
            least = least_way(gaps - radii)
            rows, columns = np.nonzero(self._may_be(least, owners[block]))
            found.append((rows + at, columns, least[rows, columns]))
        rows, columns, least = (np.concatenate(column) for column in zip(*found, strict=True))
        return rows, columns, least

    def _may_be(self, least: Numbers, owners: Indices) -> Any:
        """Whether what is at least so far may be the closest, and it matters."""
        most = self.most[owners]
        if self._about is None:
            return least <= most
        return (least <= self._about) & (most > self._about)

    def _look(self, vertices: Vertices, pieces: Pieces, rows: Indices, columns: Indices, owners: Indices) -> None:
        """Look at all pairs of what is in pairs of balls."""
        heres, theres, pairs = _pairs(vertices.balls, pieces.balls, rows, columns)
        if not len(pairs):
            return
        owners = owners[pairs]
        chords = _chords(vertices.positions[heres], pieces.starts[theres], pieces.ends[theres])
        bends = pieces.bends[theres]
        np.minimum.at(self.most, owners, longest_way(chords + bends))
        keep = self._may_be(least_way(chords - bends), owners)
        heres, theres, owners = heres[keep], theres[keep], owners[keep]
        if len(owners):
            metres = _closest(vertices.positions[heres], pieces.starts[theres], pieces.ends[theres])
            np.minimum.at(self.found, owners, metres)
            np.minimum.at(self.most, owners, metres)


def _are_points(shapes: Shapes) -> bool:
    return bool((shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all())


def _between(here: Numbers, there: Numbers) -> Numbers:
    """Geodesic distances between positions; one position is spread over many."""
    here, there = np.broadcast_arrays(here, there)
    metres: Numbers = np.asarray(_GEOD.inv(here[:, 0], here[:, 1], there[:, 0], there[:, 1])[2])
    return metres


def _pairs(here: Balls, there: Balls, rows: Indices, columns: Indices) -> tuple[Indices, Indices, Indices]:
    """The pairs of things in pairs of balls, and for each the number of its pair of balls."""
    offsets = np.arange(BALL)
    in_here = offsets < here.counts[rows][:, None]
    in_there = offsets < there.counts[columns][:, None]
    pairs, left, right = np.nonzero(in_here[:, :, None] & in_there[:, None, :])
    return here.firsts[rows[pairs]] + left, there.firsts[columns[pairs]] + right, pairs


def _chords(positions: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
    """The distance of each position from the chord that belongs to it, straight through the earth."""
    first = in_space(starts)
    along = in_space(ends) - first
    offsets = in_space(positions) - first
    squares = np.einsum("nc,nc->n", along, along)
    shares = np.einsum("nc,nc->n", offsets, along) / np.where(squares > 0, squares, 1.0)
    chords: Numbers = np.linalg.norm(offsets - np.clip(shares, 0.0, 1.0)[:, None] * along, axis=1)
    return chords


def _closest(positions: Numbers, starts: Numbers, ends: Numbers) -> Numbers:
    """The distance of each position from the piece that belongs to it: its square is nearly a parabola along the piece."""
    along = ends - starts

    def metres(shares: Numbers) -> Numbers:
        return _between(positions, starts + shares[:, None] * along)

    shares = np.full(len(positions), 0.5)
    least = np.full(len(positions), inf)
    for window in _WINDOWS:
        shares = np.clip(shares, window, 1 - window)
        before, here, after = (metres(shares + offset) for offset in (-window, 0.0, window))
        least = np.minimum.reduce([least, before, here, after])
        bend = before**2 - 2 * here**2 + after**2
        step = np.where(bend > 0, (before**2 - after**2) / np.where(bend > 0, 2 * bend, 1.0), np.sign(before - after))
        shares = np.clip(shares + window * step, 0.0, 1.0)
    np.minimum(least, metres(shares), out=least)
    return least
