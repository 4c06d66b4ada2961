# SPDX-License-Identifier: EUPL-1.2
"""Geometries for drawing."""

import pytest

from broker.ngsi.simplifying import count_positions, to_drawing

TINY = [[7.1, 51.0], [7.100001, 51.0], [7.100001, 51.000001], [7.1, 51.0]]
SQUARE = [[0, 0], [1, 0], [1.0000001, 0], [1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("kind", "given", "drawn"),
    [
        ("Point", [7.123456789, 51.0, 70], [7.12346, 51.0]),
        ("MultiPoint", [[1.0000001, 2], [1.0000002, 2]], [[1.0, 2], [1.0, 2]]),
        ("LineString", [[0, 0], [0.000001, 0], [1, 1]], [[0, 0], [1, 1]]),
        ("LineString", [[0, 0], [0.000001, 0]], [[0, 0], [0.0, 0]]),
        ("Polygon", [SQUARE, TINY], [[[0, 0], [1, 0], [1, 1], [0, 0]], [[7.1, 51.0]] * 4]),
        ("MultiPolygon", [[SQUARE]], [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]),
    ],
)
def test_positions_are_rounded_and_shapes_stay_shapes(kind, given, drawn):
    assert to_drawing({"type": kind, "coordinates": given}) == {"type": kind, "coordinates": drawn}


def test_positions_are_counted():
    assert count_positions({"type": "Point", "coordinates": [1, 2]}) == 1
    assert count_positions({"type": "MultiPolygon", "coordinates": [[SQUARE, TINY], [SQUARE]]}) == 14
