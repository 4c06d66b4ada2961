# SPDX-License-Identifier: EUPL-1.2
"""Cells of an index of values hold all that they are asked for."""

from bisect import bisect_right

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pyproj import Geod

from broker.ngsi.cells import SHAPES, Bounds, cells_between, cells_within, divide
from broker.ngsi.geoqueries import GeoQuery, query_box, query_disc
from broker.ngsi.shapes import meeting

EARTH = Geod(ellps="WGS84")
numbers = st.floats(-100, 100)


@given(st.lists(numbers, max_size=50), st.integers(2, 8), numbers, numbers, numbers)
def test_a_number_between_two_others_lies_in_a_cell_between_theirs(values, count, low, value, high):
    assume(low <= value <= high)
    bounds = divide(values, count)

    assert len(bounds) < count
    assert bisect_right(bounds, value) in cells_between(Bounds(numbers=bounds), low, high)


def test_texts_have_cells_of_their_own():
    bounds = Bounds(numbers=[1.0], texts=["b", "d"])

    assert cells_between(bounds, "a", "c") == [1000, 1001]
    assert cells_between(bounds, 0.0, 5.0) == [0, 1]


@given(st.lists(numbers, max_size=20), st.lists(st.floats(-50, 50), max_size=20), numbers, st.floats(-50, 50))
def test_a_place_within_a_box_lies_in_a_cell_whose_part_holds_it(easts, norths, x, y):
    bounds = Bounds(easts=divide(easts, 4), norths=divide(norths, 4))
    box = (x - 3, y - 2, x + 1, y + 4)

    cells = cells_within(bounds, box)

    west, south, east, north = cells[2000 + 100 * bisect_right(bounds.easts, x) + bisect_right(bounds.norths, y)]
    assert west <= x <= east
    assert south <= y <= north
    assert cells[SHAPES] == box


def around(x, y, metres):
    """The query for what is near a point."""
    point = {"type": "Point", "coordinates": [x, y]}
    return GeoQuery(relation="maxDistance", geometry=point, attribute="urn:a", metres=metres)


@given(
    st.floats(-170, 170),
    st.floats(-89.5, 89.5),
    st.one_of(st.floats(1, 300_000), st.floats(1, 8_000_000)),
    st.floats(0, 360),
    st.one_of(st.floats(0, 1), st.floats(0.99, 1)),
)
@example(7.3, 51.0, 33_000.0, 270.0, 1.0)
@example(7.3, -70.0, 4_000_000.0, 90.0, 1.0)
def test_what_is_near_enough_lies_in_the_disc(x, y, metres, azimuth, part):
    disc = query_disc(around(x, y, metres))
    assume(disc is not None)
    other = EARTH.fwd(x, y, azimuth, metres * part)[:2]

    assert disc.meets((*other, *other))


@given(st.floats(-60, 60), st.floats(1_000, 50_000), st.floats(0, 360))
def test_little_lies_in_the_disc_that_is_not_near_enough(y, metres, azimuth):
    disc = query_disc(around(7.3, y, metres))
    other = EARTH.fwd(7.3, y, azimuth, metres * 1.003)[:2]

    assert not disc.meets((*other, *other))


@pytest.mark.parametrize(
    ("relation", "geometry", "metres"),
    [
        ("within", {"type": "Polygon", "coordinates": [[[1, 1], [6, 1], [6, 5], [1, 1]]]}, 0.0),
        ("maxDistance", {"type": "LineString", "coordinates": [[1, 1], [6, 5]]}, 20_000.0),
    ],
)
def test_cells_where_nothing_can_match_are_left_out(relation, geometry, metres):
    query = GeoQuery(relation=relation, geometry=geometry, attribute="urn:a", metres=metres)
    bounds = Bounds(easts=[1, 2, 3, 4, 5, 6], norths=[1, 2, 3, 4, 5])
    cells = cells_within(bounds, query_box(query))

    left = meeting(query, cells)

    assert SHAPES in left
    assert 2000 + 100 * 3 + 2 in left
    assert 2000 + 100 * 1 + 4 not in left
    assert len(left) < len(cells)


def test_no_disc_stands_for_what_is_no_circle():
    line = {"type": "LineString", "coordinates": [[1, 1], [2, 2]]}
    edge = {"type": "Point", "coordinates": [179.9999, 1]}
    pole = {"type": "Point", "coordinates": [100, 89.999]}
    asked = (line, "maxDistance"), (edge, "maxDistance"), (edge, "within"), (pole, "maxDistance")
    for geometry, relation in asked:
        query = GeoQuery(relation=relation, geometry=geometry, attribute="urn:a", metres=1000.0)

        assert query_disc(query) is None
