# SPDX-License-Identifier: EUPL-1.2
"""Queries for entities by where they are, over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

AROUND = "georel=near;maxDistance==2000&geometry=Point&coordinates=[7.6,51.9]"
TOWN = "geometry=Polygon&coordinates=[[[7,51],[8,51],[8,52],[7,52],[7,51]]]"


def lamp(number, geometry, **members):
    return {"id": f"urn:l:{number}", "type": "Lamp", "location": geometry, **members}


def point(longitude, latitude):
    return {"type": "Point", "coordinates": [longitude, latitude]}


@pytest.fixture
async def lamps(client):
    response = await client.post(
        "entityOperations/create",
        json=[
            lamp(1, point(7.6, 51.9)),
            lamp(2, point(7.62, 51.9)),
            lamp(3, point(9.9, 51.9), area=point(7.6, 51.9)),
            lamp(4, {"type": "LineString", "coordinates": [[6, 51.5], [9, 51.5]]}),
            {"id": "urn:b:1", "type": "Bench", "location": point(7.6, 51.9)},
            {"id": "urn:l:5", "type": "Lamp"},
        ],
    )
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        (f"type=Lamp&{AROUND}", ["urn:l:1", "urn:l:2"]),
        (AROUND, ["urn:b:1", "urn:l:1", "urn:l:2"]),
        (f"local=true&{AROUND}", ["urn:b:1", "urn:l:1", "urn:l:2"]),
        (f"type=Lamp&id=urn:l:2,urn:l:3&{AROUND}", ["urn:l:2"]),
        (f"type=Lamp&idPattern=1$&{AROUND}", ["urn:l:1"]),
        (f"attrs=area&{AROUND}", []),
        (f"type=Lamp&{AROUND}&geoproperty=area", ["urn:l:3"]),
        (f"type=Lamp&{AROUND}&geoproperty=nowhere", []),
        (f"type=Lamp&georel=within&{TOWN}", ["urn:l:1", "urn:l:2"]),
        (f"type=Lamp&georel=intersects&{TOWN}", ["urn:l:1", "urn:l:2", "urn:l:4"]),
        (f"type=Lamp&georel=disjoint&{TOWN}", ["urn:l:3"]),
        ("type=Lamp&georel=equals&geometry=Point&coordinates=[7.62,51.9]", ["urn:l:2"]),
        ("type=Lamp&georel=contains&geometry=Point&coordinates=[7,51.5]", ["urn:l:4"]),
        ("type=Lamp&georel=overlaps&geometry=LineString&coordinates=[[8,51.5],[10,51.5]]", ["urn:l:4"]),
        ("type=Lamp&georel=near;minDistance==100000&geometry=Point&coordinates=[7.6,51.9]", ["urn:l:3"]),
    ],
)
async def test_entities_are_selected_by_where_they_are(client, lamps, query, ids):
    response = await client.get(f"entities?{query}&count=true&options=keyValues")

    assert response.status_code == 200
    assert [entity["id"] for entity in response.json()] == ids
    assert response.headers["ngsild-results-count"] == str(len(ids))


async def test_a_page_by_place_has_its_neighbours(client, lamps):
    response = await client.get(f"entities?{AROUND}&limit=1&offset=1")

    assert [entity["id"] for entity in response.json()] == ["urn:l:1"]
    assert 'rel="prev"' in response.headers["link"]
    assert 'rel="next"' in response.headers["link"]
    assert "ngsild-results-count" not in response.headers


async def test_those_who_are_some_place_can_be_counted_alone(client, lamps):
    response = await client.get(f"entities?{AROUND}&limit=0&count=true")

    assert response.json() == []
    assert response.headers["ngsild-results-count"] == "3"


async def test_an_entity_without_the_geoproperty_is_nowhere(client):
    await client.post("entities", json={"id": "urn:l:1", "type": "Lamp", "area": 5})

    for relation in ("disjoint", "near;minDistance==1"):
        query = f"type=Lamp&georel={relation}&geometry=Point&coordinates=[0,0]"
        assert (await client.get(f"entities?{query}")).json() == []
        assert (await client.get(f"entities?{query}&geoproperty=area")).json() == []


async def test_one_instance_of_several_is_enough(client):
    there = {"type": "GeoProperty", "value": point(7.6, 51.9), "datasetId": "urn:d:1"}
    await client.post("entities", json=lamp(1, [{"type": "GeoProperty", "value": point(0, 0)}, there]))

    assert len((await client.get(f"entities?{AROUND}")).json()) == 1


@pytest.mark.parametrize(
    "query",
    [
        "georel=touches&geometry=Point&coordinates=[8,40]",
        "georel=near&geometry=Point&coordinates=[8,40]",
        "georel=near;maxDistance==0&geometry=Point&coordinates=[8,40]",
        "georel=near;maxDistance==-100&geometry=Point&coordinates=[8,40]",
        "georel=near;maxDistance==inf&geometry=Point&coordinates=[8,40]",
        "georel=near;maxDistance==1e400&geometry=Point&coordinates=[8,40]",
        "georel=near;maxDistance==5;minDistance==1&geometry=Point&coordinates=[8,40]",
        "georel=within&geometry=Circle&coordinates=[8,40]",
        "georel=within&geometry=Point&coordinates=[8,",
        "georel=within&geometry=Point&coordinates=[8,140]",
        "georel=within&geometry=Point",
        "georel=within&coordinates=[8,40]",
        "geometry=Point&coordinates=[8,40]",
        "geoproperty=location",
    ],
)
async def test_a_geo_query_that_makes_no_sense_is_bad_request_data(client, query):
    response = await client.get(f"entities?type=Lamp&{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
