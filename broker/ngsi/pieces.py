# SPDX-License-Identifier: EUPL-1.2
"""Lines of geometries in short pieces, where these are in space, and in balls that hold several neighbours.

Lines are straight in degrees (RFC 7946, 3.1.1); a short piece is nearly the chord between its ends.
"""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Shapes: TypeAlias = NDArray[np.object_]

BALL: Final = 32
"""The most things that a ball holds."""

_STEP: Final = 0.02
"""The longest piece, in degrees, where lines are not so long that they would fall into more than `_MOST`."""
_MOST: Final = 10_000

_AXIS: Final = 6_378_137.0
_ECCENTRICITY: Final = 0.0066943799901413165
"""The square of the ellipsoid's first eccentricity."""
_FLATTEST: Final = 6_399_594.0
_ROUNDEST: Final = 6_335_439.0
"""The greatest and the smallest radius of curvature of the ellipsoid, in metres."""


class Balls(NamedTuple):
    """Balls in space, in metres: each holds up to `BALL` things of one geometry, from the `first` on."""

    centres: Numbers
    radii: Numbers
    owners: Indices
    firsts: Indices
    counts: Indices


class Pieces(NamedTuple):
    """Pieces from and to positions in degrees, by their geometry; of a point a piece without length.

    `bends` is how far each is from its chord, in metres.
    """

    starts: Numbers
    ends: Numbers
    bends: Numbers
    balls: Balls


class Vertices(NamedTuple):
    """The ends of all pieces, in degrees, by their geometry."""

    positions: Numbers
    balls: Balls


def cut(shapes: Shapes) -> tuple[Vertices, Pieces]:
    """All points, lines and rings of geometries."""
    parts, owners = shapely.get_parts(shapes, return_index=True)
    kinds = shapely.get_type_id(parts)
    is_point, is_line, is_area = (kinds == kind for kind in (0, 1, 3))
    rings, areas = shapely.get_rings(parts[is_area], return_index=True)
    lines = np.concatenate([parts[is_line], rings])
    line_owners = np.concatenate([owners[is_line], owners[is_area][areas]])
    step = max(_STEP, float(shapely.length(lines).sum()) / _MOST)
    positions, numbers = shapely.get_coordinates(shapely.segmentize(lines, step), return_index=True)
    follows = numbers[1:] == numbers[:-1]
    points = shapely.get_coordinates(parts[is_point])
    vertices = _vertices(np.concatenate([positions, points]), np.concatenate([line_owners[numbers], owners[is_point]]))
    pieces = _pieces(
        np.concatenate([positions[:-1][follows], points]),
        np.concatenate([positions[1:][follows], points]),
        np.concatenate([line_owners[numbers[1:][follows]], owners[is_point]]),
    )
    return vertices, pieces


def in_space(positions: Numbers) -> Numbers:
    """Positions on the ellipsoid in metres from the middle of the earth."""
    longitude, latitude = np.radians(positions).T
    radius = _AXIS / np.sqrt(1 - _ECCENTRICITY * np.sin(latitude) ** 2)
    from_axis = radius * np.cos(latitude)
    height = radius * (1 - _ECCENTRICITY) * np.sin(latitude)
    return np.column_stack([from_axis * np.cos(longitude), from_axis * np.sin(longitude), height])


def least_way(chords: Numbers) -> Numbers:
    """The shortest that a way over the ellipsoid can be whose ends are so far apart straight through the earth."""
    return _arcs(np.maximum(chords, 0.0), _FLATTEST)


def longest_way(chords: Numbers) -> Numbers:
    """The longest that the shortest way over the ellipsoid can be between ends that are so far apart."""
    return np.where(chords < 2 * _ROUNDEST, _arcs(chords, _ROUNDEST), np.pi * _FLATTEST)


def _arcs(chords: Numbers, radius: float) -> Numbers:
    arcs: Numbers = 2 * radius * np.arcsin(np.minimum(chords / (2 * radius), 1.0))
    return arcs


def _vertices(positions: Numbers, owners: Indices) -> Vertices:
    order = np.argsort(owners, kind="stable")
    places = in_space(positions[order])
    return Vertices(positions[order], _balls(places, np.zeros(len(places)), owners[order]))


def _pieces(starts: Numbers, ends: Numbers, owners: Indices) -> Pieces:
    order = np.argsort(owners, kind="stable")
    starts, ends = starts[order], ends[order]
    first, last = in_space(starts), in_space(ends)
    # No way over the ellipsoid turns faster than one along both degrees at the equator.
    bends = _FLATTEST * np.radians(np.abs(ends - starts).sum(axis=1)) ** 2 / 8 + 0.001
    radii = np.linalg.norm(last - first, axis=1) / 2 + bends
    return Pieces(starts, ends, bends, _balls((first + last) / 2, radii, owners[order]))


def _balls(places: Numbers, radii: Numbers, owners: Indices) -> Balls:
    """Balls around neighbours; the things are in the order of their owners."""
    numbers = np.arange(len(owners))
    firsts = np.flatnonzero((numbers - np.searchsorted(owners, owners)) % BALL == 0)
    counts = np.diff(np.append(firsts, len(owners)))
    centres = np.add.reduceat(places, firsts) / counts[:, None]
    reach = np.linalg.norm(places - np.repeat(centres, counts, axis=0), axis=1) + radii
    return Balls(centres, np.maximum.reduceat(reach, firsts), owners[firsts], firsts, counts)
