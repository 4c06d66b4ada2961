# SPDX-License-Identifier: EUPL-1.2
"""Geometries and the attributes that hold them, as requests write them."""

import pytest

from allmende.errors import BadRequestData
from tests.ngsi.model import (
    POINT,
    PROPERTY,
    RELATIONSHIP,
    parsed,
)


@pytest.mark.parametrize(
    "geometry",
    [
        POINT,
        {"type": "Point", "coordinates": [7, 51, 60.5]},
        {"type": "MultiPoint", "coordinates": [[7, 51], [-180, -90]]},
        {"type": "LineString", "coordinates": [[7, 51], [8, 52]]},
        {"type": "MultiLineString", "coordinates": [[[7, 51], [8, 52]]]},
        {"type": "Polygon", "coordinates": [[[7, 51], [8, 52], [8, 51], [7, 51]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [[[[7, 51], [8, 52], [8, 51], [7, 51]]]]},
        {"type": "Point", "coordinates": [7, 51], "bbox": [7, 51, 7, 51]},
    ],
)
def test_geometries_are_read_as_objects_and_as_texts(geometry):
    import orjson

    expected = [{"type": "GeoProperty", "value": geometry}]
    for name in ("location", "beta"):
        assert parsed({"type": "GeoProperty", "value": geometry}, name) == expected
        assert parsed({"type": "GeoProperty", "value": orjson.dumps(geometry).decode()}, name) == expected
        assert parsed({"value": geometry}, name) == expected
        assert parsed(geometry, name) == expected


@pytest.mark.parametrize(
    "geometry",
    [
        *["x", "{}", "[1", 5, [7, 51], {}, {"type": "Point"}, {"type": ["Point"], "coordinates": [7, 51]}],
        {"type": "GeometryCollection", "geometries": [POINT]},
        {"type": "Feature", "geometry": POINT, "properties": {}},
        {"type": "Circle", "coordinates": [7, 51]},
        *[{"type": "Point", "coordinates": at} for at in ([], [7], [7, 51, 1, 1], "7,51", [[7, 51]], ["7", "51"])],
        *[
            {"type": "Point", "coordinates": at}
            for at in ([7, 91], [181, 51], [True, 51], [7, None], [3466000, 5645000])
        ],
        *[{"type": "Point", "coordinates": at} for at in ([float("nan"), 51], [7, float("inf")])],
        {"type": "MultiPoint", "coordinates": []},
        {"type": "LineString", "coordinates": [[7, 51]]},
        {"type": "MultiLineString", "coordinates": [[7, 51], [8, 52]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[7, 51], [8, 52], [7, 51]]]},
        {"type": "Polygon", "coordinates": [[[7, 51], [8, 52], [8, 51], [7, 52]]]},
        {"type": "MultiPolygon", "coordinates": [[[7, 51], [8, 52], [8, 51], [7, 51]]]},
    ],
)
def test_what_is_no_geometry_is_refused(geometry):
    with pytest.raises(BadRequestData, match="Attribute 'location'"):
        parsed({"type": "GeoProperty", "value": geometry}, "location")


@pytest.mark.parametrize("name", ["location", "observationSpace", "operationSpace"])
@pytest.mark.parametrize("value", [PROPERTY, RELATIONSHIP, 5, {"value": 5}, {"type": "Property", "value": POINT}])
def test_places_are_geo_properties(name, value):
    with pytest.raises(BadRequestData, match=f"Attribute '{name}'"):
        parsed(value, name)
