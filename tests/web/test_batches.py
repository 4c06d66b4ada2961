# SPDX-License-Identifier: EUPL-1.2
"""Batches over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


NULL = "urn:ngsi-ld:null"


def car(number, **attributes):
    return {"id": f"urn:a:{number}", "type": "Car", **(attributes or {"speed": number})}


async def ids(client):
    return [entity["id"] for entity in (await client.get("entities?type=Car")).json()]


async def test_a_batch_of_new_entities_is_created(client):
    response = await client.post("entityOperations/create", json=[car(1), car(2)])

    assert response.status_code == 201
    assert response.json() == ["urn:a:1", "urn:a:2"]
    assert await ids(client) == ["urn:a:1", "urn:a:2"]


async def test_of_many_entities_the_wrong_one_is_told_and_the_others_are_stored(client):
    items = [car(number) for number in range(50)]
    items[7] = {"id": "urn:a:7", "type": "Car", "speed": {"type": "Property"}}

    response = await client.post("entityOperations/create", json=items)

    assert response.status_code == 207
    assert len(response.json()["success"]) == 49
    (error,) = response.json()["errors"]
    assert error["entityId"] == "urn:a:7"
    assert "speed" in error["error"]["detail"]
    assert error["error"]["type"] == "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"
    assert (await client.get("entities/urn:a:7")).status_code == 404


async def test_an_id_that_comes_twice_in_a_create_is_an_error_the_second_time(client):
    response = await client.post("entityOperations/create", json=[car(1, speed=1), car(1, speed=2)])

    assert response.status_code == 207
    assert response.json()["success"] == ["urn:a:1"]
    assert response.json()["errors"][0]["error"]["type"].endswith("AlreadyExists")
    assert (await client.get("entities/urn:a:1?options=keyValues")).json()["speed"] == 1


async def test_upserting_creates_and_replaces(client):
    created = await client.post("entityOperations/upsert", json=[car(1, speed=1, doors=4)])
    mixed = await client.post("entityOperations/upsert", json=[car(1, speed=2), car(2)])
    replaced = await client.post("entityOperations/upsert", json=[car(1, speed=3), car(2)])

    assert (created.status_code, created.json()) == (201, ["urn:a:1"])
    assert (mixed.status_code, mixed.json()) == (201, ["urn:a:2"])
    assert replaced.status_code == 204
    assert replaced.content == b""
    assert (await client.get("entities/urn:a:1?options=keyValues")).json() == {
        "id": "urn:a:1",
        "type": "Car",
        "speed": 3,
    }


async def test_upserting_with_update_keeps_other_attributes(client):
    await client.post("entityOperations/upsert", json=[car(1, speed=1, doors=4)])

    response = await client.post("entityOperations/upsert?options=update", json=[car(1, speed=2)])

    assert response.status_code == 204
    assert (await client.get("entities/urn:a:1?options=keyValues")).json() == {
        "id": "urn:a:1",
        "type": "Car",
        "speed": 2,
        "doors": 4,
    }


async def test_upserting_an_id_twice_applies_both_in_order_and_lists_it_once(client):
    response = await client.post("entityOperations/upsert", json=[car(1, speed=1), car(1, speed=2)])

    assert (response.status_code, response.json()) == (201, ["urn:a:1"])
    assert (await client.get("entities/urn:a:1?options=keyValues")).json()["speed"] == 2


async def test_updating_a_batch_replaces_attributes_and_tells_what_was_not_there(client):
    await client.post("entityOperations/create", json=[car(1, speed={"value": 1, "unitCode": "KMH"}, doors=4), car(2)])

    some = await client.post("entityOperations/update", json=[car(1, speed=5), car(2, speed=NULL), car(9)])
    all_of_them = await client.post("entityOperations/update", json=[{**car(1), "type": ["Car", "Bus"]}])

    assert some.status_code == 207
    assert some.json()["success"] == ["urn:a:1", "urn:a:2"]
    assert [(error["entityId"], error["error"]["status"]) for error in some.json()["errors"]] == [("urn:a:9", 404)]
    assert (all_of_them.status_code, all_of_them.content) == (204, b"")
    assert (await client.get("entities/urn:a:1")).json() == {
        "id": "urn:a:1",
        "type": ["Car", "Bus"],
        "speed": {"type": "Property", "value": 1},
        "doors": {"type": "Property", "value": 4},
    }
    assert (await client.get("entities/urn:a:2")).json() == {"id": "urn:a:2", "type": "Car"}


async def test_updating_a_batch_without_overwriting_tells_what_was_left(client):
    await client.post("entityOperations/create", json=[car(1, speed=1), car(2, speed=2)])

    mixed = await client.post(
        "entityOperations/update?options=noOverwrite", json=[car(1, speed=5, doors=4), car(2, doors=2)]
    )
    new = await client.post("entityOperations/update?options=noOverwrite", json=[car(1, seats=4)])

    assert mixed.status_code == 207
    assert mixed.json()["success"] == ["urn:a:2"]
    (error,) = mixed.json()["errors"]
    assert error["entityId"] == "urn:a:1"
    assert "speed: The attribute exists already" in error["error"]["detail"]
    assert new.status_code == 204
    assert (await client.get("entities/urn:a:1?options=keyValues")).json() == {
        **car(1, speed=1, doors=4, seats=4),
    }


async def test_merging_a_batch_keeps_what_is_not_told(client):
    await client.post("entityOperations/create", json=[car(1, speed={"value": 1, "unitCode": "KMH"}), car(2)])

    some = await client.post("entityOperations/merge", json=[car(1, speed={"value": 5}), car(9)])
    twice = await client.post(
        "entityOperations/merge", json=[{"id": "urn:a:2", "doors": 4}, {"id": "urn:a:2", "speed": NULL}]
    )

    assert some.status_code == 207
    assert some.json()["success"] == ["urn:a:1"]
    assert [(error["entityId"], error["error"]["status"]) for error in some.json()["errors"]] == [("urn:a:9", 404)]
    assert (twice.status_code, twice.content) == (204, b"")
    assert (await client.get("entities/urn:a:1")).json()["speed"] == {"type": "Property", "value": 5, "unitCode": "KMH"}
    assert (await client.get("entities/urn:a:2?options=keyValues")).json() == car(2, doors=4)


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
async def test_items_that_cannot_be_read_are_errors_of_their_own(client, operation):
    await client.post("entityOperations/create", json=[car(1)])
    items = [{"type": "Car"}, {"id": "urn:a:2", "type": "Car", "a": {"type": "Property"}}, {**car(3), "@context": {}}]

    response = await client.post(f"entityOperations/{operation}", json=items)

    assert response.status_code == 207
    assert response.json()["success"] == []
    assert sorted(error["entityId"] for error in response.json()["errors"]) == ["", "urn:a:2", "urn:a:3"]
    assert {error["error"]["type"].rpartition("/")[2] for error in response.json()["errors"]} <= {
        "BadRequestData",
        "ResourceNotFound",
    }


async def test_deleting_a_batch_tells_what_was_not_there(client):
    await client.post("entityOperations/create", json=[car(1), car(2), car(3)])

    some = await client.post("entityOperations/delete", json=["urn:a:1", "urn:a:9", "urn:a:1", "nonsense"])
    others = await client.post("entityOperations/delete", json=["urn:a:2"])

    assert some.status_code == 207
    assert some.json()["success"] == ["urn:a:1"]
    assert sorted(error["entityId"] for error in some.json()["errors"]) == ["nonsense", "urn:a:1", "urn:a:9"]
    assert others.status_code == 204
    assert await ids(client) == ["urn:a:3"]


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge", "delete"])
@pytest.mark.parametrize("body", [[], {}, "text", [None]])
async def test_a_batch_that_is_none_is_refused(client, operation, body):
    response = await client.post(f"entityOperations/{operation}", json=body)

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
async def test_a_null_item_makes_the_whole_batch_wrong_and_nothing_is_stored(client, operation):
    response = await client.post(f"entityOperations/{operation}", json=[car(1), None])

    assert response.status_code == 400
    assert await ids(client) == []
