# SPDX-License-Identifier: EUPL-1.2
"""Geometries in words."""

import pytest

from api.places import Spot, to_coordinates, to_length, to_place

RING = [[8, 50], [8.2, 50], [8.2, 50.2], [8, 50.2], [8, 50]]
HOLE = [[8.05, 50.05], [8.1, 50.05], [8.1, 50.1], [8.05, 50.05]]


@pytest.mark.parametrize(
    ("geometry", "spot", "corners"),
    [
        ({"type": "Point", "coordinates": [8.5, 50.1, 112]}, (8.5, 50.1), 1),
        ({"type": "MultiPoint", "coordinates": [[8, 50], [9, 51]]}, (8.5, 50.5), 2),
        ({"type": "LineString", "coordinates": [[8, 50], [9, 51], [8, 50]]}, (8.5, 50.5), 3),
        ({"type": "MultiLineString", "coordinates": [[[8, 50], [9, 51]], [[7, 50], [8, 50]]]}, (8, 50.5), 4),
        ({"type": "Polygon", "coordinates": [RING, HOLE]}, (8.1, 50.1), 4),
        ({"type": "MultiPolygon", "coordinates": [[RING, HOLE], [RING]]}, (8.1, 50.1), 8),
    ],
)
def test_a_shape_is_told_by_its_middle_and_its_corners(geometry, spot, corners):
    place = to_place(geometry)

    assert place.kind == geometry["type"]
    assert place.spot == pytest.approx(spot)
    assert place.corners == corners


def test_a_line_has_a_length_and_other_shapes_have_none():
    degree = to_place({"type": "LineString", "coordinates": [[0, 0], [0, 1], [0, 0]]})

    assert degree.length_m == pytest.approx(2 * 111_195, rel=0.001)
    assert to_place({"type": "Polygon", "coordinates": [RING]}).length_m == 0


def test_coordinates_and_lengths_are_told_in_both_languages():
    assert to_coordinates(Spot(8.683412, 50.1), "de") == "50,10000°\N{NO-BREAK SPACE}N, 8,68341°\N{NO-BREAK SPACE}O"
    assert to_coordinates(Spot(-70, -33.4), "en") == "33.40000°\N{NO-BREAK SPACE}S, 70.00000°\N{NO-BREAK SPACE}W"
    assert Spot(8.6834123, 50.1).at == "8.68341,50.1"
    assert to_length(340.4, "de") == "340 m"
    assert to_length(1240, "de") == "1,2 km"
