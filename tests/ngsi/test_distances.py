# SPDX-License-Identifier: EUPL-1.2
"""Distances on the ellipsoid between the closest points of geometries; dense points along their lines are the oracle."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from broker.ngsi.distances import distances
from broker.ngsi.shapes import to_shapes
from tests.ngsi.strategies import geometries

EARTH = Geod(ellps="WGS84")
KILOMETRE = 1 / 111.3


def distance(one, other, **about):
    first, second = shapely.from_wkt([one, other])
    return distances(np.array([first]), second, **about)[0]


def between(one, other):
    return EARTH.inv(*one, *other)[2]


def points_of(shape, count):
    """Points of all lines, and of all rings, at equal shares of each part."""
    found = []
    for part in shapely.get_parts(shapely.get_parts([shape])):
        lines = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
        for line in lines:
            corners = shapely.get_coordinates(line)
            found.append(corners)
            shares = np.linspace(0, 1, count)[:, None]
            found += [start + shares * (end - start) for start, end in pairwise(corners)]
    return np.concatenate(found)


def sampled(one, other, count=60):
    """At most this is the distance; it is less by what lies between the points."""
    here, there = points_of(one, count), points_of(other, count)
    rows, columns = (index.ravel() for index in np.indices((len(here), len(there))))
    return EARTH.inv(*here[rows].T, *there[columns].T)[2].min()


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ("POINT (7.6 51.9)", "POINT (7.6 51.9)", 0),
        ("POINT (0 0)", "POINT (0 1)", between((0, 0), (0, 1))),
        ("POINT (179.9 0)", "POINT (-179.9 0)", between((179.9, 0), (180.1, 0))),
        ("POINT (0 89)", "POINT (180 89)", 2 * between((0, 89), (0, 90))),
        ("POINT (5 5)", "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))", 0),
        ("POINT (0 5)", "POLYGON ((0 0, 10 0, 10 10, 0 10, 0 0))", 0),
        ("POINT (5 5)", "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (4 4, 6 4, 6 6, 4 6, 4 4))", between((5, 5), (5, 4))),
        ("POINT (10 60.009)", "LINESTRING (0 60, 10 60)", between((10, 60.009), (10, 60))),
        ("POINT (0 85)", "LINESTRING (1 85, 0 85.6)", None),
        ("POINT (-179.9 50.5)", "POLYGON ((179 50, 180 50, 180 51, 179 51, 179 50))", None),
        ("POINT (5 61)", "LINESTRING (0 60, 10 60)", between((5, 61), (5, 60))),
        ("LINESTRING (0 60, 10 60)", "LINESTRING (0 61, 10 62)", between((0, 60), (0, 61))),
        ("MULTIPOINT (0 0, 1 1)", "POINT (1 2)", between((1, 1), (1, 2))),
        ("MULTILINESTRING ((0 0, 1 0), (0 5, 1 5))", "POINT (0.5 4)", between((0.5, 4), (0.5, 5))),
        ("LINESTRING (0 0, 1 1)", "LINESTRING (0 1, 1 0)", 0),
        ("LINESTRING (0 89, 90 89)", "POINT (200 89.9)", None),
    ],
)
def test_the_distance_is_that_of_the_closest_points(one, other, metres):
    expected = sampled(*shapely.from_wkt([one, other]), 20_000) if metres is None else metres

    assert distance(one, other) == pytest.approx(expected, rel=1e-4, abs=0.01)
    assert distance(other, one) == pytest.approx(distance(one, other), abs=0.01)


def test_the_end_that_is_close_in_metres_is_closer_than_the_one_in_degrees():
    assert distance("POINT (0 85)", "LINESTRING (1 85, 0 85.6)") < 9_800


def test_a_line_is_straight_in_degrees():
    along_the_parallel = distance("POINT (50 60.1)", "LINESTRING (0 60, 100 60)")

    assert along_the_parallel == pytest.approx(between((50, 60.1), (50, 60)), abs=0.01)


@given(geometries, geometries)
@settings(max_examples=60)
def test_no_two_points_are_closer_than_the_distance(one, other):
    first, second = to_shapes([one, other])
    found = distances(np.array([first]), second)[0]

    if shapely.intersects(first, second):
        assert found == 0
    else:
        closest = sampled(first, second, 12)
        assert found <= closest + 0.01
        assert found >= 0


@given(geometries, geometries, st.floats(1, 2e7))
@settings(max_examples=60)
def test_a_bound_changes_no_decision(one, other, about):
    first, second = to_shapes([one, other])
    exactly = distances(np.array([first]), second)[0]

    if abs(exactly - about) > 0.01:
        assert (distances(np.array([first]), second, about=about)[0] <= about) == (exactly <= about)


@given(st.lists(geometries, min_size=1, max_size=5), geometries)
@settings(max_examples=40)
def test_many_geometries_are_as_far_as_each_alone(many, reference):
    shapes, (other,) = to_shapes(many), to_shapes([reference])

    together = distances(shapes, other)

    alone = [distances(shapes[at : at + 1], other)[0] for at in range(len(shapes))]
    assert together == pytest.approx(alone, rel=1e-6, abs=0.01)


def test_who_is_late_is_told():
    rings = shapely.segmentize(shapely.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (0 1, 9 1)"]), 0.01)

    with pytest.raises(TimeoutError):
        distances(rings[:1], rings[1], is_late=lambda: True)
