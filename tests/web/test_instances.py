# SPDX-License-Identifier: EUPL-1.2
"""What writes of attributes over HTTP do to instances of datasets, to types and to scopes."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "entities/urn:a:1"
NULL = "urn:ngsi-ld:null"
ONE, TWO = "urn:d:1", "urn:d:2"
CAR = {
    "id": "urn:a:1",
    "type": "Car",
    "scope": "/city",
    "speed": [
        {"type": "Property", "value": 50, "unitCode": "KMH"},
        {"type": "Property", "value": 51, "unitCode": "KMH", "datasetId": ONE},
    ],
    "brand": {"type": "Property", "value": "Opel"},
}


@pytest.fixture
async def car(client):
    assert (await client.post("entities", json=CAR)).status_code == 201


async def shown(client, form="normalized"):
    return (await client.get(f"{PATH}?options={form}")).json()


def told(speeds):
    """The value and the unit of each instance by its dataset."""
    instances = speeds if isinstance(speeds, list) else [speeds]
    return {one.get("datasetId"): (one["value"], one.get("unitCode")) for one in instances}


async def test_appending_overwrites_the_instance_of_its_dataset_and_adds_one_of_a_new_dataset(client, car):
    body = {"speed": [{"value": 61, "datasetId": ONE}, {"value": 62, "datasetId": TWO}]}

    response = await client.post(f"{PATH}/attrs", json=body)

    assert response.status_code == 204
    assert told((await shown(client))["speed"]) == {None: (50, "KMH"), ONE: (61, None), TWO: (62, None)}


async def test_appending_without_overwriting_adds_instances_of_new_datasets_only(client, car):
    body = {"speed": [{"value": 60}, {"value": 62, "datasetId": TWO}]}

    response = await client.post(f"{PATH}/attrs?options=noOverwrite", json=body)

    assert response.status_code == 207
    assert [left["attributeName"].rpartition("/")[2] for left in response.json()["notUpdated"]] == ["speed"]
    assert told((await shown(client))["speed"]) == {None: (50, "KMH"), ONE: (51, "KMH"), TWO: (62, None)}


@pytest.mark.parametrize(("query", "scopes"), [("", "/fleet"), ("?options=noOverwrite", ["/city", "/fleet"])])
async def test_appending_a_scope_replaces_those_that_are_there_or_joins_them(client, car, query, scopes):
    response = await client.post(f"{PATH}/attrs{query}", json={"scope": "/fleet"})

    assert response.status_code == 204
    assert (await shown(client))["scope"] == scopes


async def test_updating_adds_instances_types_and_unknown_attributes_and_may_change_the_type_of_one(client, car):
    body = {
        "type": "Taxi",
        "speed": [{"value": 60}, {"value": 62, "datasetId": TWO}],
        "brand": {"type": "Relationship", "object": "urn:b:1"},
        "doors": {"type": "Property", "value": 4},
    }

    response = await client.patch(f"{PATH}/attrs", json=body)

    assert response.status_code == 204
    after = await shown(client)
    assert after["type"] == ["Car", "Taxi"]
    assert told(after["speed"]) == {None: (60, None), ONE: (51, "KMH"), TWO: (62, None)}
    assert (after["brand"], after["doors"]) == (body["brand"], body["doors"])


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"value": NULL}, {ONE}),
        (NULL, {ONE}),
        ({"value": NULL, "datasetId": ONE}, {None}),
        ([{"value": NULL}, {"value": NULL, "datasetId": ONE}], None),
    ],
)
@pytest.mark.parametrize("path", [f"{PATH}/attrs", PATH])
async def test_null_takes_the_default_instance_that_of_a_dataset_or_all_of_them(client, car, path, body, left):
    response = await client.patch(path, json={"speed": body})

    assert response.status_code == 204
    after = await shown(client)
    assert after["brand"] == CAR["brand"]
    assert (set(told(after["speed"])) if "speed" in after else None) == left


async def test_a_partial_update_changes_the_instance_of_its_dataset_and_null_deletes_it(client, car):
    changed = await client.patch(f"{PATH}/attrs/speed", json={"value": 61, "datasetId": ONE})
    after_change = told((await shown(client))["speed"])
    deleted = await client.patch(f"{PATH}/attrs/speed", json={"value": NULL, "datasetId": ONE})
    after_deletion = told((await shown(client))["speed"])
    last = await client.patch(f"{PATH}/attrs/speed", json={"value": NULL})

    assert (changed.status_code, deleted.status_code, last.status_code) == (204, 204, 204)
    assert after_change == {None: (50, "KMH"), ONE: (61, "KMH")}
    assert after_deletion == {None: (50, "KMH")}
    assert "speed" not in await shown(client)


async def test_deleting_an_attribute_without_a_dataset_takes_its_default_instance_only(client, car):
    first = await client.delete(f"{PATH}/attrs/speed")
    after_first = await shown(client)
    second = await client.delete(f"{PATH}/attrs/speed")

    assert (first.status_code, second.status_code) == (204, 404)
    assert told(after_first["speed"]) == {ONE: (51, "KMH")}
    assert await shown(client) == after_first


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", f"{PATH}/attrs", {}, "InvalidRequest"),
        ("POST", f"{PATH}/attrs", {"speed": {"type": "Property"}}, "BadRequestData"),
        ("POST", f"{PATH}/attrs", {"speed": {"value": {"a": NULL}}}, "BadRequestData"),
        ("POST", f"{PATH}/attrs", {"in(valid": 1}, "BadRequestData"),
        ("POST", f"{PATH}/attrs", {"speed": [{"value": 1}, {"value": 2}]}, "BadRequestData"),
        ("POST", f"{PATH}/attrs", {"scope": "/1"}, "BadRequestData"),
        ("POST", "entities/nonsense/attrs", {"doors": 4}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs", {}, "InvalidRequest"),
        ("PATCH", f"{PATH}/attrs", {"speed": {"value": {"a": NULL}}}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs", {"speed": {"value": 1, "datasetId": "no uri"}}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs", {"scope": "no scope"}, "BadRequestData"),
        ("PATCH", "entities/nonsense/attrs", {"doors": 4}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed", {"datasetId": NULL, "value": 1}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed", {"value": {"a": {"b": NULL}}}, "BadRequestData"),
        ("PATCH", f"{PATH}/attrs/speed", {"value": None}, "BadRequestData"),
        ("PATCH", PATH, {"name": {"languageMap": {}}}, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/in(valid", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/speed?datasetId=no-uri", None, "BadRequestData"),
        ("DELETE", f"{PATH}/attrs/speed?deleteAll=perhaps", None, "BadRequestData"),
    ],
)
async def test_a_write_of_attributes_that_makes_no_sense_changes_nothing(client, car, method, path, body, expected):
    before = await shown(client, "sysAttrs")

    response = await client.request(method, path, json=body)

    assert response.status_code == 400
    assert problem_type(response) == expected
    assert await shown(client, "sysAttrs") == before


async def test_attributes_with_names_that_values_have_are_changed_and_deleted_like_others(client):
    odd = {
        "value": {"type": "Property", "value": 3},
        "json": {"type": "JsonProperty", "json": {"a": 1}},
        "vocab": {"type": "VocabProperty", "vocab": "x"},
    }
    assert (await client.post("entities", json={"id": "urn:a:1", "type": "Car", **odd})).status_code == 201
    iri = "https:%2F%2Furi.etsi.org%2Fngsi-ld%2FhasJSON"

    writes = [
        await client.patch(f"{PATH}/attrs/value", json={"value": 4}),
        await client.put(f"{PATH}/attrs/vocab", json={"type": "VocabProperty", "vocab": "y"}),
        await client.delete(f"{PATH}/attrs/{iri}"),
    ]
    left = await shown(client)
    found = (await client.get("attributes/value")).json()
    again = await client.delete(f"{PATH}/attrs/json")
    told = await client.delete(f"temporal/{PATH}/attrs/value")

    assert [write.status_code for write in writes] == [204, 204, 204]
    assert left == {
        "id": "urn:a:1",
        "type": "Car",
        "value": {"type": "Property", "value": 4},
        "vocab": {"type": "VocabProperty", "vocab": "y"},
    }
    assert (found["attributeName"], found["attributeCount"]) == ("value", 1)
    assert (again.status_code, told.status_code) == (404, 204)


LOCAL = [
    ("POST", "entities", CAR, 201),
    ("POST", f"{PATH}/attrs", {"doors": 4}, 204),
    ("PATCH", f"{PATH}/attrs", {"doors": 5}, 204),
    ("PATCH", f"{PATH}/attrs/doors", {"value": 3}, 204),
    ("PUT", f"{PATH}/attrs/doors", {"value": 2}, 204),
    ("DELETE", f"{PATH}/attrs/doors", None, 204),
    ("PATCH", PATH, {"doors": 4}, 204),
    ("PUT", PATH, CAR, 204),
    ("DELETE", PATH, None, 204),
    ("POST", "entityOperations/create", [CAR], 201),
    ("POST", "entityOperations/upsert", [CAR], 204),
    ("POST", "entityOperations/update", [CAR], 204),
    ("POST", "entityOperations/merge", [CAR], 204),
    ("POST", "entityOperations/delete", ["urn:a:1"], 204),
    ("POST", "temporal/entities", {"id": "urn:a:1", "type": "Car"}, 201),
    ("POST", f"temporal/{PATH}/attrs", {"doors": 4}, 204),
    ("DELETE", f"temporal/{PATH}/attrs/doors", None, 204),
    ("DELETE", f"temporal/{PATH}", None, 204),
    ("DELETE", "entities", None, 204),
]


async def test_every_write_of_entities_may_say_that_it_is_local(client):
    codes = [
        (await client.request(method, f"{path}?local=true", json=body)).status_code for method, path, body, _ in LOCAL
    ]

    assert codes == [status for *_, status in LOCAL]
