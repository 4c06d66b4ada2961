# SPDX-License-Identifier: EUPL-1.2
"""What becomes of the items of a batch over HTTP: types, scopes, and those that cannot be read or applied."""

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

JSON_LD = {"content-type": "application/ld+json"}
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
WRONG = [
    {"id": "urn:a:1"},
    {"id": "urn:a:2", "type": "in(valid"},
    {"id": "urn:a:3", "type": "Car", "@context": 5},
    {"id": "urn:a:4", "type": "Car", "@context": {"Car": {"@id": 5}}},
    {"id": "urn:a:5", "type": "Car", "speed": {"type": "Relationship", "value": 5}},
    {"id": "no uri", "type": "Car"},
]


def car(number, **members):
    return {"id": f"urn:a:{number}", "type": "Car", **members}


async def shown(client, number=1):
    return (await client.get(f"entities/urn:a:{number}?options=keyValues")).json()


@pytest.mark.parametrize("operation", ["create", "upsert", "update"])
async def test_an_item_that_breaks_the_model_is_bad_request_data_of_its_own(client, operation):
    await client.post("entityOperations/create", json=[car(9, speed=1)])
    items = [{"@context": CORE, **item} for item in [*WRONG, car(9 if operation == "update" else 8, speed=2)]]

    response = await client.post(f"entityOperations/{operation}", json=items, headers=JSON_LD)

    assert response.status_code == 207
    assert response.json()["success"] == [items[-1]["id"]]
    errors = {each["entityId"]: each["error"] for each in response.json()["errors"]}
    assert errors.keys() == {item["id"] for item in WRONG}
    for error in errors.values():
        assert (error["type"].rpartition("/")[2], error["status"]) == ("BadRequestData", 400)
        assert error["title"]
        assert error["detail"]


async def test_an_upsert_replaces_types_and_scopes_and_with_update_adds_to_types(client):
    await client.post("entityOperations/create", json=[car(1, scope="/a", speed=1), car(2, scope="/a", speed=1)])
    bus = {"type": "Bus", "scope": "/b", "doors": 4}

    replaced = await client.post("entityOperations/upsert", json=[{"id": "urn:a:1", **bus}])
    updated = await client.post("entityOperations/upsert?options=update", json=[{"id": "urn:a:2", **bus}])

    assert (replaced.status_code, updated.status_code) == (204, 204)
    assert await shown(client, 1) == {"id": "urn:a:1", **bus}
    assert await shown(client, 2) == {"id": "urn:a:2", **bus, "type": ["Car", "Bus"], "speed": 1}


async def test_an_upsert_of_which_some_fail_tells_all_that_succeeded_and_each_error(client):
    await client.post("entityOperations/create", json=[car(1)])

    response = await client.post("entityOperations/upsert", json=[car(1, speed=2), car(2), {"id": "urn:a:3"}])

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:1", "urn:a:2"]
    assert [error["entityId"] for error in response.json()["errors"]] == ["urn:a:3"]


async def test_creating_some_that_exist_creates_the_others(client):
    await client.post("entityOperations/create", json=[car(1, speed=1)])

    response = await client.post("entityOperations/create", json=[car(1, speed=2), car(2)])

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:2"]
    (error,) = response.json()["errors"]
    assert (error["entityId"], error["error"]["status"]) == ("urn:a:1", 409)
    assert error["error"]["type"] == "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"
    assert (await shown(client))["speed"] == 1


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
async def test_what_is_no_json_at_all_is_an_invalid_request(client, operation):
    for content in (b"", b"[", b'[{"id": "urn:a:1", "type": "Car"'):
        response = await client.post(
            f"entityOperations/{operation}", content=content, headers={"content-type": "application/json"}
        )

        assert response.status_code == 400
        assert response.json()["type"].endswith("/InvalidRequest")
