# SPDX-License-Identifier: EUPL-1.2
"""Which geometries match a geo-query; the target's relation to the reference, as OGC defines it."""

import json

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.geoqueries import RELATIONS, GeoQuery, Place
from broker.ngsi.instances import PLACE
from broker.ngsi.shapes import Judge, matching, to_shapes
from tests.ngsi.strategies import geometries

SQUARE = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"
HOLED = "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 3 1, 3 3, 1 3, 1 1))"
BOW_TIE = {"type": "Polygon", "coordinates": [[[0, 0], [4, 4], [4, 0], [0, 4], [0, 0]]]}


def geojson(text):
    return json.loads(shapely.to_geojson(shapely.from_wkt(text)))


def is_match(relation, target, reference, metres=0.0):
    query = GeoQuery(relation=relation, geometry=geojson(reference), attribute=PLACE, metres=metres)
    return bool(Judge(query).matches(to_shapes([geojson(target)]))[0])


@pytest.mark.parametrize(
    ("target", "reference", "relations"),
    [
        ("POINT (1 2)", SQUARE, {"within", "intersects"}),
        ("POINT (2 2)", HOLED, {"disjoint"}),
        ("POINT (0 2)", SQUARE, {"intersects"}),
        ("POINT (9 9)", SQUARE, {"disjoint"}),
        ("POINT (1 2)", "POINT (1 2)", {"within", "contains", "intersects", "equals"}),
        (SQUARE, "POINT (1 2)", {"contains", "intersects"}),
        (SQUARE, SQUARE, {"within", "contains", "intersects", "equals"}),
        (SQUARE, "POLYGON ((4 4, 0 4, 0 0, 4 0, 4 4))", {"within", "contains", "intersects", "equals"}),
        (SQUARE, "POLYGON ((2 2, 6 2, 6 6, 2 6, 2 2))", {"intersects", "overlaps"}),
        (SQUARE, "LINESTRING (1 1, 9 9)", {"intersects"}),
        ("LINESTRING (1 1, 2 2)", SQUARE, {"within", "intersects"}),
        ("LINESTRING (0 0, 2 2)", "LINESTRING (1 1, 3 3)", {"intersects", "overlaps"}),
        ("MULTIPOINT (1 1, 9 9)", SQUARE, {"intersects"}),
        ("MULTIPOINT (1 1, 2 2)", "MULTIPOINT (2 2, 3 3)", {"intersects", "overlaps"}),
        ("MULTIPOLYGON (((1 1, 2 1, 2 2, 1 1)), ((5 5, 6 5, 6 6, 5 5)))", SQUARE, {"intersects", "overlaps"}),
        ("MULTILINESTRING ((1 1, 2 2), (1 3, 2 3))", SQUARE, {"within", "intersects"}),
    ],
)
def test_each_relation_is_that_of_the_target_to_the_reference(target, reference, relations):
    assert {relation for relation in RELATIONS if is_match(relation, target, reference)} == relations


@pytest.mark.parametrize(
    ("target", "metres", "is_near"),
    [
        ("POINT (2 2)", 1, True),
        ("POINT (4.001 2)", 112, True),
        ("POINT (4.001 2)", 110, False),
        ("LINESTRING (4.001 2, 9 2)", 112, True),
        ("LINESTRING (4.001 2, 9 2)", 110, False),
    ],
)
def test_near_means_the_closest_points_and_far_what_is_not_near(target, metres, is_near):
    assert is_match("maxDistance", target, SQUARE, metres) == is_near
    assert is_match("minDistance", target, SQUARE, metres) != is_near


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_polygon_that_crosses_itself_is_the_places_that_it_holds(relation):
    query = GeoQuery(relation=relation, geometry=BOW_TIE, attribute=PLACE)

    (crossing, inside) = Judge(query).matches(to_shapes([BOW_TIE, geojson("POINT (3.5 2)")]))

    assert crossing == (relation in {"within", "contains", "intersects", "equals"})
    assert inside == (relation in {"within", "intersects"})


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[1, 1], [1, 1], [1, 1], [1, 1]]]},
        {"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1], [1, 1]]]},
        {"type": "LineString", "coordinates": [[1, 1], [1, 1]]},
        {"type": "Point", "coordinates": [1, 1, 300]},
    ],
)
def test_a_geometry_without_extent_is_where_its_points_are(geometry):
    query = GeoQuery(relation="within", geometry=geojson(SQUARE), attribute=PLACE)

    assert Judge(query).matches(to_shapes([geometry])).tolist() == [True]


@given(geometries, geometries, st.sampled_from([*RELATIONS, "maxDistance", "minDistance"]), st.floats(1, 1e7))
def test_any_geometries_can_be_compared(target, reference, relation, metres):
    query = GeoQuery(relation=relation, geometry=reference, attribute=PLACE, metres=metres)

    assert Judge(query).matches(to_shapes([target])).tolist() in ([True], [False])


def test_an_entity_matches_by_any_of_its_places_and_once():
    inside, outside = ({"type": "GeoProperty", "value": geojson(text)} for text in ("POINT (1 1)", "POINT (9 9)"))
    other = {"type": "Property", "value": geojson("POINT (1 1)")}
    query = GeoQuery(relation="within", geometry=geojson(SQUARE), attribute=PLACE)
    places = [
        Place(7, 0, 0, json.dumps([outside, inside])),
        Place(5, 0, 0, json.dumps([outside, other])),
        Place(3, 1, 1, None),
        Place(7, 1, 1, None),
        Place(2, 9, 9, None),
    ]

    assert matching(Judge(query), places) == [7, 3]
    assert matching(Judge(query), []) == []
