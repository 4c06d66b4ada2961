# SPDX-License-Identifier: EUPL-1.2
"""Append, update and delete attributes over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "entities/urn:a:1"
CAR = {
    "id": "urn:a:1",
    "type": "Car",
    "speed": {"type": "Property", "value": 50, "unitCode": "KMH"},
    "brand": {"type": "Property", "value": "Opel"},
}
DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


@pytest.fixture
async def car(client):
    assert (await client.post("entities", json=CAR)).status_code == 201


async def shown(client, query=""):
    return (await client.get(f"{PATH}{query}")).json()


async def test_appending_overwrites_and_adds(client, car):
    response = await client.post(
        f"{PATH}/attrs", json={"speed": {"type": "Property", "value": 60}, "doors": {"type": "Property", "value": 4}}
    )

    assert response.status_code == 204
    assert "content-length" not in response.headers
    assert await shown(client) == {
        **CAR,
        "speed": {"type": "Property", "value": 60},
        "doors": {"type": "Property", "value": 4},
    }


async def test_appending_without_overwriting_tells_what_was_left(client, car):
    response = await client.post(f"{PATH}/attrs?options=noOverwrite", json={"speed": 60, "doors": 4})

    assert response.status_code == 207
    assert response.json()["updated"] == [f"{DEFAULT_VOCABULARY}doors"]
    (left,) = response.json()["notUpdated"]
    assert left["attributeName"] == f"{DEFAULT_VOCABULARY}speed"
    assert left["reason"]
    assert (await shown(client))["speed"] == CAR["speed"]


async def test_a_write_that_changes_nothing_leaves_the_times_of_modification(client, car):
    before = (await client.get(f"{PATH}?options=sysAttrs")).json()

    response = await client.post(f"{PATH}/attrs?options=noOverwrite", json={"speed": 60})

    assert response.status_code == 207
    assert (await client.get(f"{PATH}?options=sysAttrs")).json() == before


async def test_appending_new_attributes_without_overwriting_is_no_content(client, car):
    assert (await client.post(f"{PATH}/attrs?options=noOverwrite", json={"doors": 4})).status_code == 204


async def test_updating_replaces_whole_attributes_and_deletes_by_null(client, car):
    response = await client.patch(
        f"{PATH}/attrs",
        json={
            "speed": {"type": "Property", "value": 60},
            "brand": {"type": "Property", "value": "urn:ngsi-ld:null"},
        },
    )

    assert response.status_code == 204
    assert await shown(client) == {"id": "urn:a:1", "type": "Car", "speed": {"type": "Property", "value": 60}}


async def test_a_partial_update_keeps_what_it_does_not_name(client, car):
    response = await client.patch(f"{PATH}/attrs/speed", json={"value": 70})

    assert response.status_code == 204
    assert (await shown(client))["speed"] == {"type": "Property", "value": 70, "unitCode": "KMH"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PATH}/attrs/speed", {}),
        (f"{PATH}/attrs/speed", {"type": "Relationship", "object": "urn:a:2"}),
        (f"{PATH}/attrs/scope", {"value": "/a"}),
        (f"{PATH}/attrs/in%28valid", {"value": 1}),
        ("entities/nonsense/attrs/speed", {"value": 1}),
    ],
)
async def test_a_partial_update_that_makes_no_sense_is_refused(client, car, path, body):
    response = await client.patch(path, json=body)

    assert response.status_code == 400
    problem_type(response)
    assert await shown(client) == CAR


async def test_deleting_an_attribute_leaves_the_others(client, car):
    response = await client.delete(f"{PATH}/attrs/speed")

    assert response.status_code == 204
    assert await shown(client) == {"id": "urn:a:1", "type": "Car", "brand": CAR["brand"]}


async def test_instances_are_deleted_one_by_one_or_all_at_once(client):
    datasets = [
        {"type": "Property", "value": 1},
        {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
        {"type": "Property", "value": 3, "datasetId": "urn:d:3"},
    ]
    await client.post("entities", json={"id": "urn:a:1", "type": "Car", "speed": datasets})

    one = await client.delete(f"{PATH}/attrs/speed?datasetId=urn:d:2")
    after_one = (await shown(client))["speed"]
    everything = await client.delete(f"{PATH}/attrs/speed?deleteAll=true")

    assert one.status_code == 204
    assert [instance["value"] for instance in after_one] == [1, 3]
    assert everything.status_code == 204
    assert "speed" not in await shown(client)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "entities/urn:a:9/attrs", {"a": 1}),
        ("PATCH", "entities/urn:a:9/attrs", {"a": 1}),
        ("PATCH", "entities/urn:a:9/attrs/speed", {"value": 1}),
        ("PATCH", f"{PATH}/attrs/unknown", {"value": 1}),
        ("PATCH", f"{PATH}/attrs/speed", {"value": 1, "datasetId": "urn:d:9"}),
        ("DELETE", "entities/urn:a:9/attrs/speed", None),
        ("DELETE", f"{PATH}/attrs/unknown", None),
        ("DELETE", f"{PATH}/attrs/speed?datasetId=urn:d:9", None),
        ("DELETE", f"{PATH}/attrs/scope", None),
        ("POST", f"{PATH}/attrs?type=Bus", {"a": 1}),
        ("PATCH", f"{PATH}/attrs?type=Bus", {"a": 1}),
        ("PATCH", f"{PATH}/attrs/speed?type=Bus", {"value": 1}),
        ("DELETE", f"{PATH}/attrs/speed?type=Bus", None),
    ],
)
async def test_what_is_not_there_is_not_found_and_nothing_changes(client, car, method, path, body):
    response = await client.request(method, path, json=body)

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"
    assert await shown(client) == CAR


async def test_a_null_in_an_append_is_refused(client, car):
    response = await client.post(f"{PATH}/attrs", json={"speed": {"type": "Property", "value": None}})

    assert response.status_code == 400
    assert await shown(client) == CAR


async def test_a_fragment_of_another_entity_is_refused(client, car):
    response = await client.patch(f"{PATH}/attrs", json={"id": "urn:a:2", "type": "Car", "speed": 1})

    assert response.status_code == 400
    assert await shown(client) == CAR


async def test_the_scope_is_updated_among_the_attributes_and_deleted_like_one(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car", "scope": "/city"})

    updated = await client.patch(f"{PATH}/attrs", json={"scope": ["/city/north", "/fleet"]})
    after_update = (await shown(client))["scope"]
    other = await client.delete(f"{PATH}/attrs/scope?datasetId=urn:d:1")
    deleted = await client.delete(f"{PATH}/attrs/scope")
    again = await client.delete(f"{PATH}/attrs/scope")

    assert updated.status_code == 204
    assert after_update == ["/city/north", "/fleet"]
    assert (other.status_code, deleted.status_code, again.status_code) == (404, 204, 404)
    assert "scope" not in await shown(client)


async def test_updating_the_scope_of_an_entity_without_one_is_told_as_not_done(client, car):
    response = await client.patch(f"{PATH}/attrs", json={"scope": "/city", "speed": 1})

    assert response.status_code == 207
    assert [left["attributeName"] for left in response.json()["notUpdated"]] == ["scope"]
    assert "scope" not in await shown(client)
