# SPDX-License-Identifier: EUPL-1.2
"""What history tells over HTTP of writes to the current state: each change, and what was deleted."""

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

NULL = "urn:ngsi-ld:null"
PATH = "entities/urn:a:1"
KINDS = {
    "number": {"type": "Property", "value": 1},
    "link": {"type": "Relationship", "object": "urn:a:2"},
    "text": {"type": "LanguageProperty", "languageMap": {"de": "x"}},
    "word": {"type": "VocabProperty", "vocab": "x"},
    "form": {"type": "JsonProperty", "json": {"a": 1}},
    "list": {"type": "ListProperty", "valueList": [1]},
    "links": {"type": "ListRelationship", "objectList": [{"object": "urn:a:2"}]},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}},
}
MEMBERS = {name: next(member for member in part if member != "type") for name, part in KINDS.items()}
TOLD = {name: {"@none": NULL} if member == "languageMap" else NULL for name, member in MEMBERS.items()}
THING = {"id": "urn:a:1", "type": "Thing", "scope": "/A", **KINDS}


@pytest.fixture
async def thing(client):
    """An entity, of which no history is left afterwards."""
    assert (await client.post("entities", json=THING)).status_code == 201
    yield
    await client.delete(f"temporal/{PATH}")


async def deleted(client):
    response = await client.get(f"temporal/{PATH}?timeproperty=deletedAt")
    assert response.status_code == 200, response.text
    return response.json()


async def by_path(client):
    for name in KINDS:
        assert (await client.delete(f"{PATH}/attrs/{name}")).status_code == 204


async def by_update(client):
    assert (await client.patch(f"{PATH}/attrs", json=dict.fromkeys(KINDS, NULL))).status_code == 204


async def by_merge(client):
    nulls = {name: {"type": KINDS[name]["type"], MEMBERS[name]: TOLD[name]} for name in KINDS}
    assert (await client.patch(PATH, json=nulls)).status_code == 204


async def by_partial_update(client):
    for name, member in MEMBERS.items():
        assert (await client.patch(f"{PATH}/attrs/{name}", json={member: TOLD[name]})).status_code == 204


async def by_batch(client):
    nulls = {name: {"type": KINDS[name]["type"], MEMBERS[name]: TOLD[name]} for name in KINDS}
    body = [{"id": "urn:a:1", "type": "Thing", **nulls}]
    assert (await client.post("entityOperations/update", json=body)).status_code == 204


async def by_purge(client):
    assert (await client.delete(f"entities?type=Thing&drop={','.join(KINDS)}")).status_code == 204


@pytest.mark.parametrize("delete", [by_path, by_update, by_merge, by_partial_update, by_batch, by_purge])
async def test_a_deleted_attribute_of_each_type_leaves_an_instance_of_null_with_the_time(client, thing, delete):
    await delete(client)

    assert (await client.get(PATH)).json() == {"id": "urn:a:1", "type": "Thing", "scope": "/A"}
    gone = await deleted(client)
    for name, kind in KINDS.items():
        (instance,) = gone[name]
        assert (instance["type"], instance[MEMBERS[name]]) == (kind["type"], TOLD[name])
        assert instance["deletedAt"].endswith("Z")


async def test_a_deleted_entity_leaves_instances_of_null_of_all_it_had(client, thing):
    await client.delete(PATH)

    gone = await deleted(client)
    assert {name: gone[name][0][MEMBERS[name]] for name in KINDS} == TOLD
    assert (gone["scope"][0]["value"], "deletedAt" in gone["scope"][0]) == ([], True)


@pytest.mark.parametrize("body", [NULL, {"type": "Property", "value": NULL}])
async def test_a_null_deletes_an_attribute_whatever_type_it_names(client, thing, body):
    """The short form names no type, and a Property may stand for any."""
    response = await client.patch(f"{PATH}/attrs", json={"text": body})

    assert response.status_code == 204
    assert "text" not in (await client.get(PATH)).json()
    assert (await deleted(client))["text"][0]["languageMap"] == {"@none": NULL}


async def test_every_write_of_the_current_state_is_told_by_history_in_its_order(client, thing):
    writes = [
        ("POST", f"{PATH}/attrs", {"number": 2}),
        ("PATCH", f"{PATH}/attrs", {"number": 3}),
        ("PATCH", f"{PATH}/attrs/number", {"value": 4}),
        ("PUT", f"{PATH}/attrs/number", {"value": 5}),
        ("PATCH", PATH, {"number": 6}),
        ("PUT", PATH, {"type": "Thing", "number": 7}),
        ("POST", "entityOperations/upsert", [{"id": "urn:a:1", "type": "Thing", "number": 8}]),
        ("POST", "entityOperations/update", [{"id": "urn:a:1", "type": "Thing", "number": 9}]),
        ("POST", "entityOperations/merge", [{"id": "urn:a:1", "number": 10}]),
        ("DELETE", f"{PATH}/attrs/number", None),
    ]

    for method, path, body in writes:
        assert (await client.request(method, path, json=body)).status_code == 204, path

    window = "timeproperty=modifiedAt&timerel=after&timeAt=2020-01-01T00:00:00Z"
    told = (await client.get(f"temporal/{PATH}?{window}&attrs=number&options=sysAttrs")).json()["number"]
    assert [one["value"] for one in told] == list(range(1, 11))
    assert [one["modifiedAt"] for one in told] == sorted(one["modifiedAt"] for one in told)
    assert [one["value"] for one in (await deleted(client))["number"]] == [NULL]


async def test_setting_a_time_to_expire_alone_adds_no_history(client, thing):
    time = {"expiresAt": "2100-01-01T00:00:00Z"}
    before = (await client.get(f"temporal/{PATH}")).json()

    codes = [
        (await client.patch(f"{PATH}/attrs/number", json=time)).status_code,
        (await client.patch(PATH, json={**time, "link": time})).status_code,
        (await client.patch(f"{PATH}/attrs", json=time)).status_code,
        (await client.patch(PATH, json={"number": {"expiresAt": NULL}})).status_code,
    ]

    assert codes == [204, 204, 204, 204]
    current = (await client.get(f"{PATH}?options=sysAttrs")).json()
    assert (current["expiresAt"], current["link"]["expiresAt"]) == (time["expiresAt"], time["expiresAt"])
    assert (await client.get(f"temporal/{PATH}")).json() == before
