# SPDX-License-Identifier: EUPL-1.2
"""Entities as GeoJSON over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

GEO = {"accept": "application/geo+json"}
HERE = {"type": "Point", "coordinates": [7.1, 50.7]}
THERE = {"type": "Point", "coordinates": [8.5, 41.2]}
LAMP = {
    "id": "urn:a:1",
    "type": "Lamp",
    "location": {"type": "GeoProperty", "value": HERE},
    "operationSpace": {"type": "GeoProperty", "value": THERE},
    "power": {"type": "Property", "value": 5},
}


@pytest.fixture
async def lamp(client):
    assert (await client.post("entities", json=LAMP)).status_code == 201


async def test_an_entity_is_a_feature_with_its_context(client, lamp):
    response = await client.get("entities/urn:a:1", headers=GEO)

    feature = response.json()
    assert response.headers["content-type"] == "application/geo+json"
    assert "link" not in response.headers
    assert feature.pop("@context").startswith("https://uri.etsi.org/ngsi-ld/v1/")
    properties = {name: member for name, member in LAMP.items() if name != "id"}
    assert feature == {"id": "urn:a:1", "type": "Feature", "geometry": HERE, "properties": properties}


async def test_a_query_is_a_collection_whose_features_have_no_context(client, lamp):
    await client.post("entities", json={"id": "urn:a:2", "type": "Lamp"})

    collection = (await client.get("entities?type=Lamp", headers=GEO)).json()

    assert collection["type"] == "FeatureCollection"
    assert collection["@context"]
    assert [feature["geometry"] for feature in collection["features"]] == [HERE, None]
    assert all("@context" not in feature for feature in collection["features"])


async def test_pages_of_geojson_link_to_pages_of_geojson(client, lamp):
    await client.post("entities", json={"id": "urn:a:2", "type": "Lamp"})

    response = await client.get("entities?type=Lamp&limit=1&count=true", headers=GEO)

    assert response.links["next"]["type"] == "application/geo+json"
    assert response.headers["ngsild-results-count"] == "2"


async def test_the_context_of_geojson_is_a_link_where_json_is_preferred(client, lamp):
    for path in ("entities/urn:a:1", "entities?type=Lamp"):
        for prefer in ("body=json", 'return=minimal, Body="json";x=1'):
            response = await client.get(path, headers={**GEO, "prefer": prefer})

            assert "@context" not in response.json()
            assert "http://www.w3.org/ns/json-ld#context" in response.links

        response = await client.get(path, headers={**GEO, "prefer": "body=ld+json"})

        assert "@context" in response.json()


@pytest.mark.parametrize(
    ("name", "geometry"), [("location", HERE), ("operationSpace", THERE), ("power", None), ("unknown", None)]
)
async def test_the_geometry_is_that_of_the_named_property_or_null(client, lamp, name, geometry):
    response = await client.get(f"entities/urn:a:1?geometryProperty={name}", headers=GEO)

    assert response.json()["geometry"] == geometry


async def test_the_geometry_is_that_of_the_default_instance_or_of_the_chosen_dataset(client):
    places = [
        {"type": "GeoProperty", "value": THERE, "datasetId": "urn:d:1"},
        {"type": "GeoProperty", "value": HERE},
    ]
    await client.post("entities", json={"id": "urn:a:1", "type": "Lamp", "location": places})

    both = await client.get("entities/urn:a:1", headers=GEO)
    chosen = await client.get("entities/urn:a:1?datasetId=urn:d:1", headers=GEO)

    assert both.json()["geometry"] == HERE
    assert chosen.json()["geometry"] == THERE


async def test_a_simplified_feature_has_values_as_properties(client, lamp):
    response = await client.get("entities/urn:a:1?options=keyValues", headers=GEO)

    properties = {"type": "Lamp", "location": HERE, "operationSpace": THERE, "power": 5}
    assert response.json()["properties"] == properties
    assert response.json()["geometry"] == HERE


async def test_a_feature_keeps_its_geometry_where_location_is_no_property_of_it(client, lamp):
    response = await client.get("entities/urn:a:1?pick=id,power", headers=GEO)

    assert response.json()["geometry"] == HERE
    assert response.json()["properties"] == {"power": LAMP["power"]}


@pytest.mark.parametrize("path", ["entities/urn:a:1?", "entities?type=Lamp&"])
async def test_a_geometry_property_is_for_geojson_only(client, lamp, path):
    for accept in ("application/json", "application/ld+json", "*/*"):
        response = await client.get(f"{path}geometryProperty=location", headers={"accept": accept})

        assert response.status_code == 400
        assert problem_type(response) == "BadRequestData"


async def test_an_unknown_entity_is_not_found_as_json(client):
    response = await client.get("entities/urn:a:9", headers=GEO)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
