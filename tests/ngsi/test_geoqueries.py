# SPDX-License-Identifier: EUPL-1.2
"""Geo-queries: what their parameters mean, what is refused, and the box in which all that match lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.geometry import MAX_POSITIONS
from broker.ngsi.geoqueries import RELATIONS, GeoQuery, parse_geo_query, query_box
from broker.ngsi.instances import PLACE
from broker.ngsi.queries import parse_query
from tests.ngsi.strategies import geometries, positions

POINT = {"geometry": "Point", "coordinates": "[7.6, 51.9]"}
SQUARE = "[[[0,0],[10,0],[10,10],[0,10],[0,0]]]"
EARTH = Geod(ellps="WGS84")


def parsed(**parameters):
    return parse_geo_query({**POINT, **parameters}, CORE)


def near(position, metres):
    geometry = {"type": "Point", "coordinates": position}
    return GeoQuery(relation="maxDistance", geometry=geometry, attribute=PLACE, metres=metres)


def lies_in(position, box):
    if box is None:
        return True
    west, south, east, north = box
    longitude, latitude = position
    between = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
    return between and south <= latitude <= north


def test_a_query_without_georel_asks_for_no_place():
    assert parse_geo_query({"type": "Room"}, CORE) is None


@pytest.mark.parametrize("relation", RELATIONS)
def test_each_relation_is_understood(relation):
    query = parsed(georel=relation)

    assert query == GeoQuery(
        relation=relation, geometry={"type": "Point", "coordinates": [7.6, 51.9]}, attribute=PLACE, metres=0
    )


@pytest.mark.parametrize("modifier", ["maxDistance", "minDistance"])
@pytest.mark.parametrize(("text", "metres"), [("2000", 2000), ("0.5", 0.5), ("1e3", 1000), ("2.5E-1", 0.25)])
def test_near_has_a_distance_in_metres(modifier, text, metres):
    query = parsed(georel=f"near;{modifier}=={text}")

    assert (query.relation, query.metres) == (modifier, metres)


@pytest.mark.parametrize(
    ("kind", "coordinates"),
    [
        ("Point", "[1,2]"),
        ("MultiPoint", "[[1,2],[3,4]]"),
        ("LineString", "[[1,2],[3,4]]"),
        ("MultiLineString", "[[[1,2],[3,4]]]"),
        ("Polygon", SQUARE),
        ("Polygon", "[[[0,0],[10,0],[10,10],[0,0]],[[4,1],[5,1],[5,2],[4,1]]]"),
        ("MultiPolygon", f"[{SQUARE}]"),
    ],
)
def test_each_geometry_may_be_the_reference(kind, coordinates):
    query = parsed(georel="intersects", geometry=kind, coordinates=coordinates)

    assert query.geometry["type"] == kind


def test_coordinates_that_are_read_already_are_taken():
    assert parsed(georel="within", coordinates=[7.6, 51.9]) == parsed(georel="within")


def test_another_geoproperty_is_named_as_attributes_are():
    assert parsed(georel="within", geoproperty="area").attribute == CORE.expand("area")
    assert parsed(georel="within", geoproperty="").attribute == PLACE


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"georel": "touches"}, "must be within, contains,"),
        ({"georel": ""}, "must be within"),
        ({"georel": 5}, "must be within"),
        ({"georel": "within;maxDistance==5"}, "must be within"),
        ({"georel": "near"}, "one of maxDistance and minDistance"),
        ({"georel": "near;maxDistance==0"}, "greater than 0, not ';maxDistance==0'"),
        ({"georel": "near;maxDistance==0.0e5"}, "greater than 0"),
        ({"georel": "near;maxDistance==-100"}, "greater than 0"),
        ({"georel": "near;maxDistance==+5"}, "greater than 0"),
        ({"georel": "near;maxDistance==05"}, "greater than 0"),
        ({"georel": "near;maxDistance==inf"}, "greater than 0"),
        ({"georel": "near;minDistance==nan"}, "greater than 0"),
        ({"georel": "near;maxDistance==1e400"}, "greater than 0"),
        ({"georel": "near;maxDistance==1e-400"}, "greater than 0"),
        ({"georel": "near;maxDistance=5"}, "near;maxDistance==2000"),
        ({"georel": "near;maxDistance==5;minDistance==1"}, "one of"),
        ({"georel": "near;maxDistance==5;maxDistance==5"}, "one of"),
        ({"georel": "within", "geometry": "Circle"}, "must be one of Point, .*, not 'Circle'"),
        ({"georel": "within", "geometry": "GeometryCollection"}, "must be one of"),
        ({"georel": "within", "coordinates": "7.6,51.9"}, "must be JSON"),
        ({"georel": "within", "coordinates": '"7.6"'}, "a position must be"),
        ({"georel": "within", "coordinates": "{}"}, "a position must be"),
        ({"georel": "within", "coordinates": "[]"}, "a position must be"),
        ({"georel": "within", "coordinates": "[51.9, 107.6]"}, "longitude comes first"),
        ({"georel": "within", "coordinates": "[7.6, null]"}, "must be numbers"),
        ({"georel": "within", "geometry": "Polygon"}, "a ring must be a list of"),
        ({"georel": "within", "geometry": "Polygon", "coordinates": "[[[0,0],[1,0],[1,1],[0,1]]]"}, "must equal"),
    ],
)
def test_what_is_no_geo_query_is_refused_with_what_would_be_right(parameters, words):
    with pytest.raises(BadRequestData, match=words):
        parsed(**parameters)


@pytest.mark.parametrize("name", ["geometry", "coordinates"])
def test_a_relation_needs_its_reference(name):
    parameters = {"georel": "within", **POINT}
    del parameters[name]

    with pytest.raises(BadRequestData, match=f"'{name}' is required"):
        parse_geo_query(parameters, CORE)


@pytest.mark.parametrize("name", ["geometry", "coordinates", "geoproperty"])
def test_what_belongs_to_a_relation_needs_it(name):
    with pytest.raises(BadRequestData, match=f"'{name}' needs 'georel'"):
        parse_geo_query({name: "location"}, CORE)


def test_a_reference_has_bounds():
    with pytest.raises(BadRequestData, match="at most"):
        parsed(georel="within", geometry="MultiPoint", coordinates=[[1, 2]] * (MAX_POSITIONS + 1))


def test_a_geo_query_is_narrow_enough_to_stand_alone():
    assert parse_query({"georel": "within", **POINT}, CORE).geo == parsed(georel="within")


@pytest.mark.parametrize("relation", ["within", "contains", "intersects", "equals", "overlaps"])
def test_what_matches_lies_in_the_box_of_the_reference(relation):
    assert query_box(parsed(georel=relation, geometry="Polygon", coordinates=SQUARE)) == (0, 0, 10, 10)


@pytest.mark.parametrize("relation", ["disjoint", "near;minDistance==5"])
def test_what_is_far_lies_in_no_box(relation):
    assert query_box(parsed(georel=relation)) is None


@pytest.mark.parametrize(
    ("position", "metres", "box"),
    [
        ([0, 0], 111_319, (-1, -1.0067, 1, 1.0067)),
        ([179.5, 0], 111_319, (178.5, -1.0067, -179.5, 1.0067)),
        ([-179.5, 0], 111_319, (179.5, -1.0067, -178.5, 1.0067)),
        ([20, 89.9], 20_000, (-180, 89.719, 180, 90)),
        ([20, -89.9], 20_000, (-180, -90, 180, -89.719)),
        ([20, 0], 1e12, None),
    ],
)
def test_what_is_near_lies_in_a_wider_box(position, metres, box):
    found = query_box(near(position, metres))

    assert found == box if box is None else found == pytest.approx(box, abs=1e-3)


@given(positions, st.floats(1, 1e7), st.floats(0, 1), st.floats(0, 360))
def test_nothing_that_is_near_lies_outside_the_box(position, metres, share, azimuth):
    longitude, latitude, _ = EARTH.fwd(*position, azimuth, metres * share)

    assert lies_in((longitude, latitude), query_box(near(position, metres * 1.000001)))


@given(geometries, st.floats(1, 1e6))
def test_the_box_of_what_is_near_is_one_of_the_earth(geometry, metres):
    query = GeoQuery(relation="maxDistance", geometry=geometry, attribute=PLACE, metres=metres)

    west, south, east, north = query_box(query) or (-180, -90, 180, 90)

    assert -180 <= west <= 180
    assert -180 <= east <= 180
    assert -90 <= south <= north <= 90
