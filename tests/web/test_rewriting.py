# SPDX-License-Identifier: EUPL-1.2
"""Entities and attributes replaced and merged over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "entities/urn:a:1"
NULL = "urn:ngsi-ld:null"
CAR = {
    "id": "urn:a:1",
    "type": "Car",
    "scope": "/city",
    "speed": {"type": "Property", "value": 50, "unitCode": "KMH"},
    "address": {"type": "Property", "value": {"street": "A", "city": "B"}},
}


@pytest.fixture
async def car(client):
    assert (await client.post("entities", json=CAR)).status_code == 201


async def shown(client, query=""):
    return (await client.get(f"{PATH}{query}")).json()


async def test_replacing_an_entity_keeps_nothing_but_the_time_of_its_creation(client, car):
    before = await shown(client, "?options=sysAttrs")

    response = await client.put(PATH, json={"id": "urn:a:1", "type": "Bus", "scope": ["/a", "/b"], "doors": 4})

    assert (response.status_code, response.content) == (204, b"")
    assert "content-length" not in response.headers
    after = await shown(client, "?options=sysAttrs")
    assert after["createdAt"] == before["createdAt"]
    assert after["modifiedAt"] > before["modifiedAt"]
    assert await shown(client, "?options=keyValues") == {
        "id": "urn:a:1",
        "type": "Bus",
        "scope": ["/a", "/b"],
        "doors": 4,
    }
    assert (await client.get("entities?type=Car")).json() == []


async def test_replacing_without_an_id_in_the_body_takes_that_of_the_path(client, car):
    assert (await client.put(PATH, json={"type": "Bus"})).status_code == 204
    assert await shown(client) == {"id": "urn:a:1", "type": "Bus"}


async def test_merging_an_entity_keeps_what_it_does_not_tell(client, car):
    response = await client.patch(
        PATH,
        json={"id": "urn:a:1", "type": "Car", "speed": {"value": 60}, "address": {"value": {"city": NULL, "zip": "1"}}},
    )

    assert (response.status_code, response.content) == (204, b"")
    assert await shown(client) == {
        **CAR,
        "speed": {"type": "Property", "value": 60, "unitCode": "KMH"},
        "address": {"type": "Property", "value": {"street": "A", "zip": "1"}},
    }


async def test_merging_null_deletes_an_attribute_and_history_tells_so(client):
    path = "entities/urn:a:history"
    await client.post("entities", json={**CAR, "id": "urn:a:history"})

    response = await client.patch(
        path,
        json={"speed": {"type": "Property", "value": NULL}},
        headers={"content-type": "application/merge-patch+json"},
    )

    assert response.status_code == 204
    assert "speed" not in (await client.get(path)).json()
    deleted = await client.get(f"temporal/{path}?timeproperty=deletedAt")
    assert [instance["value"] for instance in deleted.json()["speed"]] == [NULL]


@pytest.mark.parametrize("query", ["format=simplified", "format=keyValues", "options=keyValues", "options=simplified"])
async def test_merging_simplified_data_with_a_common_time_and_language(client, query):
    time = "2026-06-01T12:00:00Z"
    name = {"type": "LanguageProperty", "languageMap": {"de": "Rad", "en": "Bike"}}
    bike = {"id": "urn:a:1", "type": "Bike", "name": name, "speed": {"value": 5, "observedAt": time}, "doors": 0}
    await client.post("entities", json=bike)

    response = await client.patch(
        f"{PATH}?{query}&lang=de&observedAt=2026-06-02T12:00:00Z", json={"name": "Fahrrad", "speed": 6, "doors": 1}
    )

    assert response.status_code == 204
    assert await shown(client) == {
        "id": "urn:a:1",
        "type": "Bike",
        "name": {"type": "LanguageProperty", "languageMap": {"de": "Fahrrad", "en": "Bike"}},
        "speed": {"type": "Property", "value": 6, "observedAt": "2026-06-02T12:00:00Z"},
        "doors": {"type": "Property", "value": 1},
    }


async def test_replacing_an_attribute_keeps_the_time_of_its_creation(client, car):
    before = await shown(client, "?options=sysAttrs")

    response = await client.put(f"{PATH}/attrs/speed", json={"type": "Relationship", "object": "urn:a:2"})

    assert (response.status_code, response.content) == (204, b"")
    after = await shown(client, "?options=sysAttrs")
    assert after["speed"]["createdAt"] == before["createdAt"]
    assert after["speed"]["modifiedAt"] > before["modifiedAt"]
    assert await shown(client) == {**CAR, "speed": {"type": "Relationship", "object": "urn:a:2"}}


async def test_replacing_an_instance_leaves_those_of_other_datasets(client):
    speeds = [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:2"}]
    await client.post("entities", json={"id": "urn:a:1", "type": "Car", "speed": speeds})

    replaced = await client.put(f"{PATH}/attrs/speed", json={"value": 3, "datasetId": "urn:d:2"})
    unknown = await client.put(f"{PATH}/attrs/speed", json={"value": 3, "datasetId": "urn:d:3"})

    assert replaced.status_code == 204
    assert unknown.status_code == 404
    assert [instance["value"] for instance in (await shown(client))["speed"]] == [1, 3]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "entities/urn:a:9", {"type": "Car"}),
        ("PATCH", "entities/urn:a:9", {"speed": 1}),
        ("PUT", "entities/urn:a:9/attrs/speed", {"value": 1}),
        ("PUT", f"{PATH}/attrs/unknown", {"value": 1}),
        ("PUT", f"{PATH}?type=Bus", {"type": "Car"}),
        ("PATCH", f"{PATH}?type=Bus", {"speed": 1}),
        ("PUT", f"{PATH}/attrs/speed?type=Bus", {"value": 1}),
    ],
)
async def test_what_is_not_there_or_of_another_type_is_not_found_and_nothing_changes(client, car, method, path, body):
    response = await client.request(method, path, json=body)

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"
    assert await shown(client) == CAR


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("PUT", "entities/nonsense", {"type": "Car"}, "BadRequestData"),
        ("PUT", "entities/", {"type": "Car"}, "BadRequestData"),
        ("PUT", PATH, {"speed": 1}, "BadRequestData"),
        ("PUT", PATH, {"id": "urn:a:2", "type": "Car"}, "BadRequestData"),
        ("PUT", PATH, {"type": "Car", "speed": NULL}, "BadRequestData"),
        ("PUT", PATH, {}, "InvalidRequest"),
        ("PATCH", "entities/nonsense", {"speed": 1}, "BadRequestData"),
        ("PATCH", "entities/", {"speed": 1}, "BadRequestData"),
        ("PATCH", PATH, {"id": "urn:a:2", "speed": 1}, "BadRequestData"),
        ("PATCH", PATH, {"speed": {"datasetId": NULL}}, "BadRequestData"),
        ("PATCH", PATH, {}, "InvalidRequest"),
        ("PATCH", f"{PATH}?observedAt=yesterday", {"speed": 1}, "BadRequestData"),
        ("PATCH", f"{PATH}?lang=d!e", {"speed": 1}, "BadRequestData"),
        ("PATCH", f"{PATH}?format=concise", {"speed": 1}, "InvalidRequest"),
        ("PUT", f"{PATH}/attrs/speed", {}, "BadRequestData"),
        ("PUT", f"{PATH}/attrs/speed", {"unitCode": "KMH"}, "BadRequestData"),
        ("PUT", f"{PATH}/attrs/speed", {"value": NULL}, "BadRequestData"),
        ("PUT", f"{PATH}/attrs/scope", {"value": "/a"}, "BadRequestData"),
        ("PUT", f"{PATH}/attrs/%40invalid", {"value": 1}, "BadRequestData"),
        ("PUT", "entities/nonsense/attrs/speed", {"value": 1}, "BadRequestData"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_changes(client, car, method, path, body, expected):
    response = await client.request(method, path, json=body)

    assert response.status_code == 400
    assert problem_type(response) == expected
    assert await shown(client) == CAR


@pytest.mark.parametrize(("method", "path"), [("PUT", PATH), ("PATCH", PATH), ("PUT", f"{PATH}/attrs/speed")])
async def test_a_body_of_another_media_type_or_without_length_is_refused(client, method, path):
    async def chunks():
        yield b"{}"

    other = await client.request(method, path, content=b"{}", headers={"content-type": "text/plain"})
    chunked = await client.request(method, path, content=chunks(), headers={"content-type": "application/json"})

    assert other.status_code == 415
    assert (chunked.status_code, chunked.content) == (411, b"")
