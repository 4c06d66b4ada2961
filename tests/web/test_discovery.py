# SPDX-License-Identifier: EUPL-1.2
"""Types and attributes that there are, over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

LINK = {"link": '<https://example.org/city.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'}


async def test_the_types_of_all_entities_are_listed_in_the_words_of_the_request(client):
    await client.post("entities", json={"id": "urn:a:1", "type": ["Car", "Taxi"]})
    await client.post("entities", json={"id": "urn:a:2", "type": "Car"})
    await client.post("entities", json={"id": "urn:a:3", "type": "Room"}, headers=LINK)

    without = (await client.get("types")).json()
    with_context = (await client.get("types", headers=LINK)).json()

    assert without["type"] == "EntityTypeList"
    assert without["id"].startswith("urn:ngsi-ld:EntityTypeList:")
    assert without["typeList"] == ["Car", "Taxi", "https://example.org/city#Room"]
    assert with_context["typeList"] == ["Car", "Room", "Taxi"]


async def test_a_type_without_entities_is_listed_no_more(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car"})
    await client.delete("entities/urn:a:1")

    assert (await client.get("types")).json()["typeList"] == []


@pytest.fixture
async def city(client):
    rooms = [
        {"id": "urn:a:1", "type": "Room", "heat": {"type": "Property", "value": 20}, "scope": "/House"},
        {
            "id": "urn:a:2",
            "type": ["Room", "Hall"],
            "heat": [{"object": "urn:a:1"}, {"value": 2, "datasetId": "urn:d:1"}],
        },
        {"id": "urn:a:3", "type": "Room", "floor": 3},
    ]
    for room in rooms:
        assert (await client.post("entities", json=room, headers=LINK)).status_code == 201
    await client.post("entities", json={"id": "urn:b:1", "type": "Empty"})


async def test_details_of_types_name_their_attributes(client, city):
    details = (await client.get("types?details=true", headers=LINK)).json()

    by_name = {each["typeName"]: each for each in details}
    assert by_name.keys() == {"Empty", "Hall", "Room"}
    assert by_name["Empty"]["attributeNames"] == []
    assert by_name["Room"] == {
        "id": "https://example.org/city#Room",
        "type": "EntityType",
        "typeName": "Room",
        "attributeNames": ["floor", "heat"],
    }


async def test_without_a_context_details_have_iris_as_names(client, city):
    room = {"id": "urn:a:4", "type": "Room", "temperature": 20}
    await client.post("entities", json=room, headers=LINK)
    room_iri, temperature_iri = "https://example.org/city#Room", "https://example.org/city#temperature"

    types = {each["id"]: each for each in (await client.get("types?details=true")).json()}
    attributes = {each["id"]: each for each in (await client.get("attributes?details=true")).json()}
    by_iri = (await client.get("attributes/https:%2F%2Fexample.org%2Fcity%23temperature")).json()

    assert types[room_iri]["typeName"] == room_iri
    assert types[room_iri]["attributeNames"] == ["floor", "heat", temperature_iri]
    assert attributes[temperature_iri]["attributeName"] == by_iri["attributeName"] == temperature_iri
    assert attributes[temperature_iri]["typeNames"] == by_iri["typeNames"] == [room_iri]
    assert temperature_iri in (await client.get("attributes")).json()["attributeList"]


async def test_a_type_tells_its_entities_and_attributes_by_name_or_iri(client, city):
    for name in ("Room", "https:%2F%2Fexample.org%2Fcity%23Room"):
        details = (await client.get(f"types/{name}", headers=LINK)).json()

        assert details["id"] == "https://example.org/city#Room"
        assert details["type"] == "EntityTypeInfo"
        assert details["typeName"] == "Room"
        assert details["entityCount"] == 3
        heat = next(each for each in details["attributeDetails"] if each["attributeName"] == "heat")
        assert heat["type"] == "Attribute"
        assert heat["attributeTypes"] == ["Property", "Relationship"]


@pytest.mark.parametrize(
    "path",
    [
        *["types/Room", "types/Nothing", "attributes/nothing"],
        *(f"attributes/{name}" for name in ("id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "@id")),
    ],
)
async def test_what_no_entity_has_is_not_found(client, city, path):
    response = await client.get(path)

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"


@pytest.mark.parametrize("path", ["types/a%20b", "attributes/a%20b"])
async def test_a_name_that_is_none_is_refused(client, path):
    response = await client.get(path)

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


async def test_attributes_are_listed_and_counted_without_members_of_entities(client, city):
    response = await client.get("attributes?count=true", headers=LINK)

    assert response.json() == {
        "id": "urn:ngsi-ld:AttributeList:default",
        "type": "AttributeList",
        "attributeList": ["floor", "heat"],
    }
    assert response.headers["ngsild-results-count"] == "2"
    assert "ngsild-results-count" not in (await client.get("attributes")).headers


async def test_details_of_attributes_name_the_types_that_have_them(client, city):
    details = (await client.get("attributes?details=true", headers=LINK)).json()

    heat = next(each for each in details if each["attributeName"] == "heat")
    assert heat["type"] == "Attribute"
    assert heat["id"].endswith("heat")
    assert heat["typeNames"] == ["Hall", "Room"]


async def test_an_attribute_tells_its_instances_and_types(client, city):
    details = (await client.get("attributes/heat", headers=LINK)).json()

    assert details["attributeCount"] == 3
    assert details["attributeTypes"] == ["Property", "Relationship"]
    assert details["typeNames"] == ["Hall", "Room"]


@pytest.mark.parametrize(
    "path", ["types?limit=1", "types/Room?details=true", "attributes?limit=5", "attributes/heat?details=true"]
)
async def test_each_operation_of_discovery_knows_its_own_parameters_only(client, path):
    response = await client.get(path)

    assert response.status_code == 400
    assert problem_type(response) == "InvalidRequest"


async def test_the_broker_tells_who_it_is_the_same_each_time_and_another_for_each_tenant(client):
    first = (await client.get("info/sourceIdentity")).json()
    again = (await client.get("info/sourceIdentity")).json()
    other = (await client.get("info/sourceIdentity", headers={"ngsild-tenant": "elsewhere"})).json()

    assert first["type"] == "ContextSourceIdentity"
    assert first["id"].startswith("urn:")
    assert first["contextSourceAlias"] == again["contextSourceAlias"] != other["contextSourceAlias"]
    assert first["contextSourceTimeAt"] < again["contextSourceTimeAt"]
    assert first["contextSourceTimeAt"].endswith("Z")
    assert first["contextSourceUptime"].startswith("P0DT0H")
