# SPDX-License-Identifier: EUPL-1.2
"""The temporal evolution of entities written over HTTP; current state and history are one entity."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

NULL = "urn:ngsi-ld:null"
ID = "urn:a:1"
PATH = f"temporal/entities/{ID}"


def at(minute, value, **members):
    return {"type": "Property", "value": value, "observedAt": f"2026-06-01T12:{minute:02}:00Z", **members}


CAR = {"id": ID, "type": "Car", "speed": [at(3, 30), at(1, 10), at(2, 20)], "doors": [at(1, 4)]}


@pytest.fixture(autouse=True)
async def cleared(client):
    yield
    await client.delete(PATH)


@pytest.fixture
async def car(client):
    assert (await client.post("temporal/entities", json=CAR)).status_code == 201


async def told(client, attribute="speed", query=""):
    response = await client.get(f"{PATH}{query}")
    assert response.status_code == 200, response.text
    return [(one["observedAt"][14:16], one["value"]) for one in response.json().get(attribute, [])]


async def instance_id(client, position, attribute="speed"):
    return (await client.get(PATH)).json()[attribute][position]["instanceId"]


async def current(client):
    return (await client.get(f"entities/{ID}?options=keyValues")).json()


async def test_an_evolution_is_created_and_its_newest_instances_are_current(client):
    response = await client.post("temporal/entities", json=CAR)

    assert (response.status_code, response.content) == (201, b"")
    assert response.headers["location"] == f"/ngsi-ld/v1/{PATH}"
    assert await told(client) == [("01", 10), ("02", 20), ("03", 30)]
    assert await current(client) == {"id": ID, "type": "Car", "speed": 30, "doors": 4}


async def test_instances_of_the_same_dataset_and_time_are_replaced_others_added_types_united(client, car):
    more = [at(2, 21), at(4, 40), at(2, 99, datasetId="urn:d:1")]

    response = await client.post("temporal/entities", json={"id": ID, "type": ["Bus", "Car"], "speed": more})

    assert (response.status_code, response.content) == (204, b"")
    assert sorted(await told(client)) == [("01", 10), ("02", 21), ("02", 99), ("03", 30), ("04", 40)]
    assert (await client.get(PATH)).json()["type"] == ["Car", "Bus"]


async def test_of_instances_of_the_same_time_the_last_one_counts_however_the_time_is_written(client):
    twice = [at(1, 10), {**at(1, 11), "observedAt": "2026-06-01T12:01:00.000Z"}]

    response = await client.post("temporal/entities", json={**CAR, "speed": twice})

    assert response.status_code == 201
    assert await told(client) == [("01", 11)]


async def test_a_deleted_instance_is_told_and_ends_what_is_current(client, car):
    deleted = {"id": ID, "type": "Car", "speed": [at(5, 50), at(6, NULL)], "doors": [at(0, NULL)]}

    response = await client.post("temporal/entities", json=deleted)

    assert response.status_code == 204
    assert await told(client) == [("01", 10), ("02", 20), ("03", 30), ("05", 50), ("06", NULL)]
    assert await current(client) == {"id": ID, "type": "Car", "doors": 4}


async def test_attributes_are_added(client, car):
    response = await client.post(f"{PATH}/attrs/", json={"speed": [at(4, 40)], "seats": at(1, 5)})

    assert (response.status_code, response.content) == (204, b"")
    assert await told(client) == [("01", 10), ("02", 20), ("03", 30), ("04", 40)]
    assert await current(client) == {"id": ID, "type": "Car", "speed": 40, "doors": 4, "seats": 5}


async def test_an_attribute_is_deleted_by_dataset_or_whole_and_history_keeps_nothing(client):
    speeds = [at(1, 1), at(2, 2, datasetId="urn:d:2"), at(3, 3, datasetId="urn:d:3"), at(4, 4, datasetId="urn:d:3")]
    await client.post("temporal/entities", json={**CAR, "speed": speeds})

    default = await client.delete(f"{PATH}/attrs/speed")
    after_default = await told(client)
    one = await client.delete(f"{PATH}/attrs/speed?datasetId=urn:d:3")
    after_one = await told(client)
    again = await client.delete(f"{PATH}/attrs/speed?datasetId=urn:d:3")
    everything = await client.delete(f"{PATH}/attrs/speed?deleteAll=true")

    assert (default.status_code, one.status_code, everything.status_code) == (204, 204, 204)
    assert after_default == [("02", 2), ("03", 3), ("04", 4)]
    assert after_one == [("02", 2)]
    assert again.status_code == 404
    assert await told(client) == []
    assert await current(client) == {"id": ID, "type": "Car", "doors": 4}
    assert (await client.get(f"{PATH}?timeproperty=deletedAt")).json() == {"id": ID, "type": "Car"}


async def test_an_instance_is_replaced_and_keeps_its_id(client, car):
    chosen = await instance_id(client, 1)

    response = await client.patch(f"{PATH}/attrs/speed/{chosen}", json=at(2, 22))

    assert (response.status_code, response.content) == (204, b"")
    assert await told(client) == [("01", 10), ("02", 22), ("03", 30)]
    assert await instance_id(client, 1) == chosen
    assert (await current(client))["speed"] == 30


async def test_an_instance_that_is_replaced_is_current_where_the_old_one_was(client, car):
    chosen = await instance_id(client, 2)

    response = await client.patch(f"{PATH}/attrs/speed/{chosen}", json={"speed": [{"value": 33, "unitCode": "KMH"}]})

    assert response.status_code == 204
    assert await told(client) == [("01", 10), ("02", 20), ("03", 33)]
    assert (await client.get(f"entities/{ID}")).json()["speed"] == at(3, 33, unitCode="KMH")


async def test_an_instance_without_a_time_of_its_own_is_replaced_and_keeps_the_time_of_its_writing(client):
    await client.post("entities", json={"id": ID, "type": "Car", "speed": 1})
    before = (await client.get(PATH)).json()["speed"]

    response = await client.patch(f"{PATH}/attrs/speed/{before[0]['instanceId']}", json={"value": 2})

    assert response.status_code == 204
    assert (await client.get(PATH)).json()["speed"] == [{**before[0], "value": 2}]


async def test_an_instance_cannot_be_moved(client, car):
    chosen = await instance_id(client, 1)

    time = await client.patch(f"{PATH}/attrs/speed/{chosen}", json=at(9, 22))
    dataset = await client.patch(f"{PATH}/attrs/speed/{chosen}", json=at(2, 22, datasetId="urn:d:9"))

    assert (time.status_code, problem_type(time)) == (422, "OperationNotSupported")
    assert (dataset.status_code, problem_type(dataset)) == (400, "BadRequestData")
    assert await told(client) == [("01", 10), ("02", 20), ("03", 30)]


async def test_an_instance_is_deleted_and_no_other(client, car):
    response = await client.delete(f"{PATH}/attrs/speed/{await instance_id(client, 1)}")

    assert (response.status_code, response.content) == (204, b"")
    assert await told(client) == [("01", 10), ("03", 30)]
    assert (await current(client))["speed"] == 30


async def test_an_evolution_is_deleted_with_its_entity(client, car):
    response = await client.delete(PATH)

    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get(PATH)).status_code == 404
    assert (await client.get(f"entities/{ID}")).status_code == 404
    assert (await client.delete(PATH)).status_code == 404
    assert (await client.post("temporal/entities", json={**CAR, "speed": at(7, 7)})).status_code == 201
    assert await told(client) == [("07", 7)]


async def test_the_history_of_an_entity_that_was_deleted_is_deleted(client, car):
    await client.delete(f"entities/{ID}")

    one = await client.delete(f"{PATH}/attrs/speed/{await instance_id(client, 0)}")
    attribute = await client.delete(f"{PATH}/attrs/speed")
    left = (await client.get(PATH)).json()
    everything = await client.delete(PATH)

    assert (one.status_code, attribute.status_code, everything.status_code) == (204, 204, 204)
    assert left.keys() == {"id", "type", "doors"}
    assert (await client.get(PATH)).status_code == 404


async def test_deleting_an_attribute_of_an_evolution_over_entities_leaves_a_tombstone(client, car):
    await client.delete(f"entities/{ID}/attrs/speed")

    deleted = (await client.get(f"{PATH}?timeproperty=deletedAt")).json()["speed"]

    assert [one["value"] for one in deleted] == [NULL]
    assert "deletedAt" in deleted[0]


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "temporal/entities", {"type": "Car", "speed": []}, "BadRequestData"),
        ("POST", "temporal/entities", {"id": "nonsense", "type": "Car"}, "BadRequestData"),
        ("POST", "temporal/entities", {"id": ID, "speed": at(1, 1)}, "BadRequestData"),
        ("POST", "temporal/entities", {"id": ID, "type": "Car", "speed": NULL}, "BadRequestData"),
        ("POST", "temporal/entities", {"id": ID, "type": "Car", "speed": []}, "BadRequestData"),
        ("POST", "temporal/entities", b"{", "InvalidRequest"),
        ("POST", "temporal/entities", {"id": ID, "type": "Car", "scope": NULL}, "BadRequestData"),
        ("POST", "temporal/entities", {"id": ID, "type": "Car", "expiresAt": NULL}, "BadRequestData"),
        ("POST", "temporal/entities", {**CAR, "speed": [at(1, 1), {"type": "Property", "value": 2}]}, "BadRequestData"),
        ("POST", "temporal/entities", {}, "InvalidRequest"),
        ("POST", "temporal/entities?unknown=1", CAR, "InvalidRequest"),
        ("POST", f"{PATH}/attrs", {"speed": NULL}, "BadRequestData"),
        ("POST", f"{PATH}/attrs", {"speed": []}, "BadRequestData"),
        ("POST", f"{PATH}/attrs", b"", "InvalidRequest"),
        ("POST", f"{PATH}/attrs", {"id": "urn:a:2", "speed": at(1, 1)}, "BadRequestData"),
        ("POST", "temporal/entities/nonsense/attrs", {"speed": at(1, 1)}, "BadRequestData"),
        ("POST", "temporal/entities//attrs", {"speed": at(1, 1)}, "BadRequestData"),
        ("DELETE", "temporal/entities/nonsense", None, "BadRequestData"),
        ("DELETE", "temporal/entities//attrs/speed", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/invalid(Name", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/%252e%252e", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/%2e%2e", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/%2e", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs//urn:i:1", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/speed/nonsense", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/invalid(Name/urn:i:1", None, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed/nonsense", at(1, 1), "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/invalid(Name/urn:i:1", at(1, 1), "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed/urn:i:1", [], "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed/urn:i:1", {"speed": [at(1, 1), at(2, 2)]}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed/urn:i:1", {"value": NULL}, "BadRequestData"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_changes(client, car, method, path, body, expected):
    content = (
        {"content": body, "headers": {"content-type": "application/json"}} if type(body) is bytes else {"json": body}
    )
    response = await client.request(method, path, **content)

    assert response.status_code == 400
    assert problem_type(response) == expected
    assert await told(client) == [("01", 10), ("02", 20), ("03", 30)]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "temporal/entities/urn:a:9/attrs", {"speed": at(1, 1)}),
        ("DELETE", "temporal/entities/urn:a:9", None),
        ("DELETE", "temporal/entities/urn:a:9/attrs/speed", None),
        ("DELETE", f"{PATH}/attrs/unknown", None),
        ("DELETE", f"{PATH}/attrs/speed?datasetId=urn:d:9", None),
        ("DELETE", f"{PATH}/attrs/speed/urn:i:1", None),
        ("DELETE", f"{PATH}/attrs/speed/urn:ngsi-ld:Instance:865c5cc7f491e228afe0:0", None),
        ("DELETE", f"{PATH}/attrs/speed/urn:ngsi-ld:Instance:865c5cc7f491e228afe0:999999999999999999", None),
        ("DELETE", f"{PATH}/attrs/unknown/urn:i:1", None),
        ("PATCH", "temporal/entities/urn:a:9/attrs/speed/urn:i:1", at(1, 1)),
        ("PATCH", f"{PATH}/attrs/unknown/urn:i:1", at(1, 1)),
        ("PATCH", f"{PATH}/attrs/speed/urn:i:1", at(1, 1)),
    ],
)
async def test_what_is_not_there_is_not_found_and_nothing_changes(client, car, method, path, body):
    response = await client.request(method, path, json=body)

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"
    assert await told(client) == [("01", 10), ("02", 20), ("03", 30)]


async def test_an_instance_of_another_attribute_is_not_found(client, car):
    other = await instance_id(client, 0, "doors")

    response = await client.delete(f"{PATH}/attrs/speed/{other}")

    assert response.status_code == 404
    assert await told(client, "doors") == [("01", 4)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "temporal/entities/"),
        ("PATCH", f"{PATH}/attrs/speed/"),
        ("PATCH", f"{PATH}/attrs//urn:i:1"),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_told_without_a_body(client, method, path):
    response = await client.request(method, path, json=at(1, 1))

    assert (response.status_code, response.content) == (405, b"")
    assert response.headers["allow"]


async def test_scopes_with_times_become_history_and_the_last_one_current(client):
    scopes = [
        {"type": "Property", "value": "/Old", "observedAt": "2026-06-01T10:00:00Z"},
        {"type": "Property", "value": ["/New", "/Wide"], "observedAt": "2026-06-01T11:00:00Z"},
    ]
    older = {"type": "Property", "value": "/Older", "observedAt": "2026-06-01T09:00:00Z"}
    assert (await client.post("temporal/entities", json={**CAR, "scope": scopes})).status_code == 201
    assert (await client.post(f"{PATH}/attrs", json={"scope": older})).status_code == 204

    assert (await current(client))["scope"] == ["/New", "/Wide"]
    assert await told(client, "scope") == [("00", "/Older"), ("00", "/Old"), ("00", ["/New", "/Wide"])]


async def test_scopes_of_the_core_api_are_told_with_the_time_of_their_change(client):
    await client.post("entities", json={"id": ID, "type": "Car", "scope": "/Old", "speed": 1})
    await client.patch(f"entities/{ID}", json={"scope": "/New"})
    await client.delete(f"entities/{ID}/attrs/scope")

    queries = ("", "&timeproperty=deletedAt")
    told_now, gone = [(await client.get(f"{PATH}?options=sysAttrs{query}")).json()["scope"] for query in queries]

    assert [one["value"] for one in told_now] == ["/Old", "/New"]
    assert all(one["observedAt"] == one["modifiedAt"] for one in told_now)
    assert [(one["value"], "deletedAt" in one) for one in gone] == [([], True)]


async def test_pick_and_omit_choose_what_of_an_evolution_is_told(client, car):
    response = await client.get(f"{PATH}?pick=id,doors")

    assert set(response.json()) == {"id", "doors"}
    assert set((await client.get(f"{PATH}?omit=doors,type")).json()) == {"id", "speed"}
    assert (await client.get(f"{PATH}?pick=unknown")).status_code == 404
    assert (await client.get(f"{PATH}?omit=id,type,speed,doors")).status_code == 404
    assert (await client.get(f"{PATH}?pick=speed&omit=speed")).status_code == 400
    assert problem_type(await client.get(f"{PATH}?pick=owner%7Bname%7D")) == "BadRequestData"


async def test_instances_of_some_datasets_are_told(client, car):
    more = {"speed": [at(2, 99, datasetId="urn:d:1"), at(3, 98, datasetId="urn:d:2")]}
    await client.post(f"{PATH}/attrs", json=more)

    assert await told(client, query="?datasetId=urn:d:1") == [("02", 99)]
    assert await told(client, query="?datasetId=urn:d:2,@none") == [("01", 10), ("02", 20), ("03", 30), ("03", 98)]
    assert set((await client.get(f"{PATH}?datasetId=urn:d:1")).json()) == {"id", "type", "speed"}
