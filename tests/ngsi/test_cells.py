# SPDX-License-Identifier: EUPL-1.2
"""Cells of an index of values hold all that they are asked for."""

from bisect import bisect_right

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from broker.ngsi.cells import SHAPES, Bounds, cells_between, cells_within, divide
from broker.ngsi.distances import distances
from broker.ngsi.geoqueries import GeoQuery, query_box, query_ellipse
from broker.ngsi.shapes import meeting, to_points

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


@given(
    st.floats(-170, 170),
    st.floats(-80, 80),
    st.floats(1, 300_000),
    st.floats(-4, 4),
    st.floats(-4, 4),
)
def test_what_is_near_enough_lies_in_the_ellipse(x, y, metres, across, along):
    query = GeoQuery(
        relation="maxDistance", geometry={"type": "Point", "coordinates": [x, y]}, attribute="urn:a", metres=metres
    )
    ellipse = query_ellipse(query)
    assume(ellipse is not None)
    other = (x + across, min(90.0, max(-90.0, y + along)))

    if distances(to_points([other]), to_points([(x, y)])[0])[0] <= metres:
        assert ellipse.meets((*other, *other))


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


def test_no_ellipse_stands_for_what_is_no_circle():
    line = {"type": "LineString", "coordinates": [[1, 1], [2, 2]]}
    edge = {"type": "Point", "coordinates": [179.9999, 1]}
    for geometry, relation in ((line, "maxDistance"), (edge, "maxDistance"), (edge, "within")):
        query = GeoQuery(relation=relation, geometry=geometry, attribute="urn:a", metres=1000.0)

        assert query_ellipse(query) is None
