# SPDX-License-Identifier: EUPL-1.2
"""Queries by a body over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "entityOperations/query"
CAR = {"type": "Car"}


@pytest.fixture
async def cars(client):
    entities = [
        {"id": "urn:a:1", "type": "Car", "speed": 80, "name": {"languageMap": {"de": "Rot", "en": "Red"}}},
        {"id": "urn:a:2", "type": "Car", "wheels": 3, "at": {"object": "urn:b:1"}, "scope": "/Town/A"},
        {"id": "urn:b:1", "type": "Bus", "speed": 50, "location": {"type": "Point", "coordinates": [8, 40]}},
    ]
    assert (await client.post("entityOperations/create", json=entities)).status_code == 201


async def ask(client, body, query="", **headers):
    response = await client.post(f"{PATH}{query}", json={"type": "Query", **body}, headers=headers)
    assert response.status_code == 200, response.text
    return response


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"entities": [CAR]}, ["urn:a:1", "urn:a:2"]),
        ({"entities": [{"type": "Car,Bus"}]}, ["urn:a:1", "urn:a:2", "urn:b:1"]),
        ({"entities": [CAR, {"type": "Bus"}]}, ["urn:a:1", "urn:a:2", "urn:b:1"]),
        ({"entities": [{"type": "*"}]}, ["urn:a:1", "urn:a:2", "urn:b:1"]),
        ({"entities": [{"type": "Car", "id": "urn:a:2"}]}, ["urn:a:2"]),
        ({"entities": [{"type": "Car", "id": ["urn:a:1", "urn:b:1"]}]}, ["urn:a:1"]),
        ({"entities": [{"type": "Car", "idPattern": ".*:2$"}]}, ["urn:a:2"]),
        ({"entities": [{"type": "Car", "id": "urn:a:1", "idPattern": ".*:2$"}]}, ["urn:a:1"]),
        ({"entities": [{"type": "Car", "id": "urn:a:2"}, {"type": "Bus", "idPattern": "^urn:b"}]}, ["urn:a:2", "urn:b:1"]),
        ({"entities": [{"type": "Car", "id": "urn:b:1"}, {"type": "*", "id": "urn:a:1"}]}, ["urn:a:1"]),
        ({"attrs": ["speed"]}, ["urn:a:1", "urn:b:1"]),
        ({"q": "speed>60"}, ["urn:a:1"]),
        ({"entities": [CAR], "q": 'at{wheels}|name[de]=="Rot"', "join": "inline"}, ["urn:a:1"]),
        ({"entities": [CAR], "scopeQ": "/Town/#"}, ["urn:a:2"]),
        ({"entities": [CAR], "q": "at==urn:b:1", "csf": "speed>1"}, ["urn:a:2"]),
        ({"geoQ": {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": [8, 40]}}, ["urn:b:1"]),
        ({"geoQ": {"georel": "within", "geometry": "Polygon", "coordinates": "[[[7,39],[9,39],[9,41],[7,39]]]", "geoproperty": "place"}}, []),
        ({"entities": [CAR], "attrs": ["speed", "wheels"]}, ["urn:a:1", "urn:a:2"]),
        ({"entities": [{"type": "Car,Bus"}], "ordering": {"orderBy": ["speed;desc", "id"]}}, ["urn:a:1", "urn:b:1", "urn:a:2"]),
    ],
)  # fmt: skip
async def test_entities_are_selected_by_a_body(client, cars, body, ids):
    response = await ask(client, body, "?count=true")

    assert [entity["id"] for entity in response.json()] == ids
    assert response.headers["ngsild-results-count"] == str(len(ids))


CARS = {"entities": [CAR]}
NEAR = {"georel": "near;maxDistance==10", "geometry": "Point"}


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ({"type": "Car,Bus", "q": "speed>60|wheels"}, {"entities": [{"type": "Car,Bus"}], "q": "speed>60|wheels"}),
        ({"type": "Car", "scopeQ": "/Town/+", "omit": "at"}, {**CARS, "scopeQ": "/Town/+", "omit": ["at"]}),
        ({"type": "Car", "lang": "en", "pick": "id,name"}, {**CARS, "lang": "en", "pick": ["id", "name"]}),
        ({"type": "Car", "join": "inline", "q": "at{speed}==50"}, {**CARS, "join": "inline", "q": "at{speed}==50"}),
        ({"type": "Car", "join": "flat", "joinLevel": "2", "containedBy": "urn:b:1"}, {**CARS, "join": "flat", "joinLevel": 2, "containedBy": ["urn:b:1"]}),
        ({"attrs": "speed,wheels", "orderBy": "type,speed;desc"}, {"attrs": ["speed", "wheels"], "ordering": {"orderBy": ["type", "speed;desc"]}}),
        ({"type": "Car", "datasetId": "@none", "idPattern": "2$"}, {"entities": [{**CAR, "idPattern": "2$"}], "datasetId": ["@none"]}),
        ({**NEAR, "coordinates": "[8,40]"}, {"geoQ": {**NEAR, "coordinates": [8, 40]}}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["normalized", "keyValues", "concise", "sysAttrs"])
async def test_a_body_says_what_parameters_say(client, cars, parameters, body, form):
    asked = await client.get("entities", params={**parameters, "options": form, "count": "true"})
    told = await ask(client, body, f"?options={form}&count=true")

    assert asked.status_code == 200, asked.text
    assert told.json() == asked.json() != []
    assert told.headers["ngsild-results-count"] == asked.headers["ngsild-results-count"]


async def test_a_body_asks_for_the_order_of_distances(client):
    for number, longitude in ((1, 10), (2, 8)):
        place = {"type": "Point", "coordinates": [longitude, 40]}
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Car", "location": place})
    ordering = {"orderBy": ["location;dist-asc"], "coordinates": [8, 40], "geometry": "Point"}

    response = await ask(client, {"entities": [CAR], "ordering": ordering})

    assert [entity["id"] for entity in response.json()] == ["urn:a:2", "urn:a:1"]


async def test_a_body_asks_for_parts_of_entities(client, cars):
    picked = await ask(client, {"entities": [CAR], "pick": ["id", "speed"]}, "?options=keyValues")
    omitted = await ask(client, {"entities": [CAR], "omit": ["name", "wheels", "at", "scope"]}, "?options=keyValues")
    told = await ask(client, {"entities": [CAR], "pick": ["name"], "lang": "de"}, "?format=simplified")
    joined = await ask(client, {"entities": [CAR], "join": "flat", "joinLevel": 1, "pick": ["id", "at{id}"]})

    assert picked.json() == [{"id": "urn:a:1", "speed": 80}, {"id": "urn:a:2"}]
    assert omitted.json() == [{"id": "urn:a:1", "type": "Car", "speed": 80}, {"id": "urn:a:2", "type": "Car"}]
    assert told.json() == [{"name": "Rot"}]
    assert [entity["id"] for entity in joined.json()] == ["urn:a:1", "urn:a:2", "urn:b:1"]


async def test_a_body_may_ask_for_geojson_and_holds_its_context_in_ld_json(client, cars):
    geo = await ask(client, {"entities": [CAR], "geometryProperty": "location"}, accept="application/geo+json")
    body = {"type": "Query", "entities": [CAR], "@context": {"Car": "https://example.org/Car"}}
    other = await client.post(PATH, json=body, headers={"content-type": "application/ld+json"})

    assert geo.json()["type"] == "FeatureCollection"
    assert other.status_code == 200
    assert other.json() == []


async def test_pages_of_a_body_are_in_the_address(client, cars):
    response = await ask(client, {"entities": [CAR]}, "?limit=1")

    assert response.links["next"]["url"] == "/ngsi-ld/v1/entityOperations/query?limit=1&offset=1"
    assert [entity["id"] for entity in (await ask(client, {"entities": [CAR]}, "?limit=1&offset=1")).json()] == [
        "urn:a:2"
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "NotQuery", "entities": [CAR]},
        {"type": "Query"},
        {"type": "Query", "entities": []},
        {"type": "Query", "entities": CAR},
        {"type": "Query", "entities": [{"id": "urn:a:1"}]},
        {"type": "Query", "entities": [{"type": 5}]},
        {"type": "Query", "entities": [{"type": "Car", "id": "no uri"}]},
        {"type": "Query", "entities": [{"type": "Car", "id": ["urn:a:1", 5]}]},
        {"type": "Query", "entities": [{"type": "Car", "id": []}]},
        {"type": "Query", "entities": [{"type": "Car", "idPattern": 5}]},
        {"type": "Query", "entities": [{"type": "Car", "idPattern": "("}]},
        {"type": "Query", "entities": [{"type": "Car", "other": 1}]},
        {"type": "Query", "entities": [CAR], "attrs": []},
        {"type": "Query", "entities": [CAR], "attrs": ["id"]},
        {"type": "Query", "entities": [CAR], "pick": []},
        {"type": "Query", "entities": [CAR], "omit": "name"},
        {"type": "Query", "entities": [CAR], "q": 42},
        {"type": "Query", "entities": [CAR], "join": "inline", "joinLevel": 0},
        {"type": "Query", "entities": [CAR], "join": "inline", "joinLevel": "1"},
        {"type": "Query", "entities": [CAR], "pick": ["at{id}"]},
        {"type": "Query", "entities": [CAR], "temporalQ": {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}},
        {"type": "Query", "entities": [CAR], "geometryProperty": "location"},
        {"type": "Query", "entities": [CAR], "geoQ": []},
        {"type": "Query", "entities": [CAR], "geoQ": {"coordinates": 5}},
        {"type": "Query", "entities": [CAR], "ordering": {"orderBy": ["location;dist-asc"]}},
        {"type": "Query", "entities": [CAR], "ordering": {"orderBy": ["location;dist-asc"], "coordinates": "8,40"}},
        {"type": "Query", "entities": [CAR], "ordering": {"orderBy": ["id"], "geometry": 5}},
        {"type": "Query", "entities": [CAR], "ordering": {"orderBy": ["id"], "collation": "not a tag!!"}},
        {"type": "Query", "entities": [CAR], "ordering": {"other": 1}},
        [CAR],
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(client, body):
    response = await client.post(PATH, json=body)

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


async def test_what_is_not_json_or_unknown_in_the_address_is_an_invalid_request(client):
    for query, content in (
        ("", b"{"),
        ("", b"{}"),
        ("", b""),
        ("?type=Car", b'{"type": "Query"}'),
        ("?options=x", b'{"type": "Query"}'),
    ):
        response = await client.post(f"{PATH}{query}", content=content, headers={"content-type": "application/json"})

        assert response.status_code == 400
        assert problem_type(response) == "InvalidRequest"
