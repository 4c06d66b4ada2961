# SPDX-License-Identifier: EUPL-1.2
"""Create, retrieve, query and delete entities over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

CAR_PARK = {
    "id": "urn:ngsi-ld:OffStreetParking:1",
    "type": "OffStreetParking",
    "name": {"type": "Property", "value": 'Rathaus <Nord> "P1" äöü'},
    "availableSpotNumber": {
        "type": "Property",
        "value": 56,
        "unitCode": "C62",
        "observedAt": "2026-06-01T12:00:00Z",
    },
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7.85, 47.99]}},
    "refBuilding": {"type": "Relationship", "object": "urn:ngsi-ld:Building:1"},
}
PATH = "entities/urn:ngsi-ld:OffStreetParking:1"


@pytest.fixture
async def car_park(client):
    response = await client.post("entities", json=CAR_PARK)
    assert response.status_code == 201
    return CAR_PARK["id"]


async def test_creating_an_entity_answers_its_location_and_nothing_else(client):
    response = await client.post("entities", json=CAR_PARK)

    assert response.status_code == 201
    assert response.headers["location"] == f"/ngsi-ld/v1/{PATH}"
    assert response.content == b""
    assert response.headers["content-length"] == "0"


async def test_what_was_created_is_retrieved_as_it_was_sent(client, car_park):
    response = await client.get(PATH)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == CAR_PARK
    assert 'Rathaus <Nord> \\"P1\\" äöü'.encode() in response.content


async def test_the_location_leads_to_an_entity_whose_id_is_a_url(client):
    entity = {**CAR_PARK, "id": "https://town.example/parking/1?level=2#a"}
    created = await client.post("entities", json=entity)

    response = await client.get(f"http://localhost{created.headers['location']}")

    assert response.json()["id"] == entity["id"]


async def test_creating_an_entity_twice_is_a_conflict_and_changes_nothing(client, car_park):
    response = await client.post("entities", json={**CAR_PARK, "name": {"type": "Property", "value": "other"}})

    assert response.status_code == 409
    assert problem_type(response) == "AlreadyExists"
    assert (await client.get(PATH)).json() == CAR_PARK


async def test_head_answers_like_get_without_the_body(client, car_park):
    got = await client.get(PATH)
    head = await client.head(PATH)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["link"] == got.headers["link"]


@pytest.mark.parametrize(
    "option",
    [
        "options=keyValues",
        "options=simplified",
        "format=simplified",
        "format=keyValues",
        "format=simplified&options=concise",
    ],
)
async def test_an_entity_is_simplified_on_demand(client, car_park, option):
    response = await client.get(f"{PATH}?{option}")

    assert response.json() == {
        "id": CAR_PARK["id"],
        "type": "OffStreetParking",
        "name": CAR_PARK["name"]["value"],
        "availableSpotNumber": 56,
        "location": CAR_PARK["location"]["value"],
        "refBuilding": "urn:ngsi-ld:Building:1",
    }


async def test_an_entity_is_concise_on_demand(client, car_park):
    response = await client.get(f"{PATH}?options=concise")

    assert response.json()["availableSpotNumber"] == {
        "value": 56,
        "unitCode": "C62",
        "observedAt": "2026-06-01T12:00:00Z",
    }
    assert response.json()["name"] == CAR_PARK["name"]["value"]


async def test_system_attributes_are_shown_on_demand_only(client, car_park):
    shown = (await client.get(f"{PATH}?options=sysAttrs")).json()

    assert shown["createdAt"].endswith("Z")
    assert shown["name"]["modifiedAt"].endswith("Z")
    assert "createdAt" not in (await client.get(PATH)).json()


@pytest.mark.parametrize("name", ["name", "https://uri.etsi.org/ngsi-ld/default-context/name"])
@pytest.mark.parametrize("path", [f"{PATH}?", "entities?type=OffStreetParking&"])
async def test_attrs_narrows_an_entity_by_names_or_iris(client, car_park, path, name):
    response = await client.get(f"{path}attrs={name},unknown")

    (shown,) = response.json() if isinstance(response.json(), list) else [response.json()]
    assert shown == {"id": CAR_PARK["id"], "type": CAR_PARK["type"], "name": CAR_PARK["name"]}


async def test_an_entity_with_none_of_the_attrs_is_not_found(client, car_park):
    response = await client.get(f"{PATH}?attrs=unknown")

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"


async def test_an_entity_of_another_type_than_asked_for_is_not_found(client, car_park):
    assert (await client.get(f"{PATH}?type=Building,OffStreetParking")).status_code == 200
    assert (await client.get(f"{PATH}?type=Building")).status_code == 404


async def test_a_deleted_entity_is_gone(client, car_park):
    response = await client.delete(PATH)

    assert response.status_code == 204
    assert response.content == b""
    assert "content-length" not in response.headers
    assert (await client.get(PATH)).status_code == 404
    assert (await client.delete(PATH)).status_code == 404


async def test_deleting_an_entity_of_another_type_is_not_found_and_it_stays(client, car_park):
    response = await client.delete(f"{PATH}?type=Building")

    assert response.status_code == 404
    assert (await client.get(PATH)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_entity_is_not_found(client, method):
    response = await client.request(method, "entities/urn:ngsi-ld:Nothing:1")

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("entity_id", ["nonsense", "a%20b", "urn:ngsi-ld:a%00", "%ff"])
async def test_an_id_that_is_no_uri_is_bad_request_data(client, method, entity_id):
    response = await client.request(method, f"entities/{entity_id}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "InvalidRequest"),
        (b"{", "InvalidRequest"),
        (b"{}", "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": NaN}', "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": 1e400}', "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": "\\u0000"}', "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": "\\ud800"}', "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": ' + b"9" * 30 + b"}", "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": 1, "a": 2}', "InvalidRequest"),
        (b'{"id": "urn:a:1", "type": "T", "a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "InvalidRequest"),
        (b"\xff\xfe", "InvalidRequest"),
        (b"[]", "InvalidRequest"),
        (b'"text"', "BadRequestData"),
        (b'{"id": "urn:a:1"}', "BadRequestData"),
        (b'{"type": "T"}', "BadRequestData"),
        (b'{"id": "nonsense", "type": "T"}', "BadRequestData"),
        (b'{"id": "urn:a:1", "type": "T", "a": {"type": "Property"}}', "BadRequestData"),
        (b'{"id": "urn:a:1", "type": "T", "a": null}', "BadRequestData"),
        (b'{"id": "urn:a:1", "type": "T", "a": "urn:ngsi-ld:null"}', "BadRequestData"),
    ],
)
async def test_a_wrong_body_is_told_and_leaves_nothing_behind(client, body, expected):
    response = await client.post("entities", content=body, headers={"content-type": "application/json"})

    assert response.status_code == 400
    assert problem_type(response) == expected
    assert (await client.get("entities/urn:a:1")).status_code == 404


async def test_entities_are_queried_by_type_in_the_order_of_their_ids(client):
    for number in (2, 1, 3):
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Car", "speed": number})
    await client.post("entities", json={"id": "urn:b:1", "type": "Bus", "speed": 9})

    response = await client.get("entities?type=Car&options=keyValues")

    assert [entity["id"] for entity in response.json()] == ["urn:a:1", "urn:a:2", "urn:a:3"]
    assert "ngsild-results-count" not in response.headers


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("type=Car,Bus", ["urn:a:1", "urn:a:2", "urn:b:1"]),
        ("type=Car;Bus", []),
        ("type=*", ["urn:a:1", "urn:a:2", "urn:b:1"]),
        ("type=Bus,(Car;Bus)", ["urn:b:1"]),
        ("type=Car&id=urn:a:2,urn:b:1", ["urn:a:2"]),
        ("type=Car&idPattern=.*2$", ["urn:a:2"]),
        ("attrs=wheels", ["urn:a:2"]),
        ("attrs=https://uri.etsi.org/ngsi-ld/default-context/wheels", ["urn:a:2"]),
        ("attrs=wheels,doors", ["urn:a:2"]),
        ("local=true", ["urn:a:1", "urn:a:2", "urn:b:1"]),
        ("type=Unknown", []),
    ],
)
async def test_entities_are_selected(client, query, ids):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car", "speed": 1})
    await client.post("entities", json={"id": "urn:a:2", "type": "Car", "wheels": 3})
    await client.post("entities", json={"id": "urn:b:1", "type": "Bus", "speed": 9})

    response = await client.get(f"entities?{query}")

    assert response.status_code == 200
    assert [entity["id"] for entity in response.json()] == ids


@pytest.mark.parametrize(
    "query",
    [
        "",
        "id=urn:a:1",
        "idPattern=.*",
        "type=Car&limit=-1",
        "type=Car&limit=x",
        "type=Car&limit=1001",
        "type=Car&offset=-1",
        "type=Car&limit=0",
        "type=*&local=false",
        "attrs=id",
        "attrs=type",
        "type=Car&idPattern=(",
        "type=Car&idPattern=(?=a)",
        "type=(Car",
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(client, query):
    response = await client.get(f"entities?{query}")

    assert response.status_code == 400
    assert problem_type(response) in {"BadRequestData", "InvalidRequest"}


async def test_a_page_of_a_composed_selection_reaches_past_those_that_only_half_match(client):
    halves = [{"id": f"urn:a:{number:02}", "type": "Car"} for number in range(30)]
    wholes = [{"id": "urn:b:1", "type": ["Car", "Bus"]}, {"id": "urn:b:2", "type": "Tram"}]
    await client.post("entityOperations/create", json=[*halves, *wholes])

    response = await client.get("entities?type=(Car;Bus),Tram&limit=5")

    assert [entity["id"] for entity in response.json()] == ["urn:b:1", "urn:b:2"]


async def test_pages_lead_through_all_entities_once(client):
    for number in range(7):
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Car", "speed": number})
    seen = []
    target = "/ngsi-ld/v1/entities?limit=3&type=Car&options=keyValues"

    pages = 0
    while target:
        response = await client.get(f"http://localhost{target}")
        seen += [entity["id"] for entity in response.json()]
        target = response.links.get("next", {}).get("url")
        pages += 1

    assert seen == [f"urn:a:{number}" for number in range(7)]
    assert pages == 3


async def test_a_page_links_to_the_one_before_and_the_one_after(client):
    for number in range(5):
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Car", "speed": number})

    first = await client.get("entities?limit=2&type=Car")
    second = await client.get("entities?limit=2&type=Car&offset=2")
    last = await client.get("entities?limit=2&type=Car&offset=4")

    assert "prev" not in first.links
    assert second.links["prev"]["url"] == "/ngsi-ld/v1/entities?limit=2&offset=0&type=Car"
    assert second.links["next"]["url"] == "/ngsi-ld/v1/entities?limit=2&offset=4&type=Car"
    assert second.links["next"]["type"] == "application/json"
    assert "next" not in last.links
    assert "http://www.w3.org/ns/json-ld#context" in first.links


async def test_the_count_is_given_when_it_is_asked_for(client):
    for number in range(3):
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Car", "speed": number})

    counted = await client.get("entities?type=Car&limit=1&count=true")
    only_counted = await client.get("entities?type=Car&limit=0&count=true")

    assert counted.headers["ngsild-results-count"] == "3"
    assert len(counted.json()) == 1
    assert only_counted.headers["ngsild-results-count"] == "3"
    assert only_counted.json() == []
    assert "next" not in only_counted.links
