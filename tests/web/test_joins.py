# SPDX-License-Identifier: EUPL-1.2
"""Linked entities over HTTP: inline and flat, as deep as joinLevel says."""

import pytest

from broker.engine import links
from broker.ngsi import joins
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

LAND = {"id": "urn:land:1", "type": "Land", "name": {"type": "Property", "value": "Land"}}
CITY = {
    "id": "urn:city:1",
    "type": "City",
    "name": {"type": "Property", "value": "Stadt"},
    "in": {"type": "Relationship", "object": "urn:land:1"},
}
HOUSES = [
    {"id": f"urn:house:{number}", "type": "House", "at": {"type": "Relationship", "object": "urn:city:1"}}
    for number in (1, 2)
]
SMALL = {"id": "urn:city:1", "type": "City", "name": "Stadt", "in": "urn:land:1"}


@pytest.fixture
async def world(client):
    assert (await client.post("entityOperations/create", json=[LAND, CITY, *HOUSES])).status_code == 201


async def get(client, path, **headers):
    response = await client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def test_linked_entities_stand_inside_of_their_relationships(client, world):
    one = await get(client, "entities/urn:house:1?join=inline")
    two = await get(client, "entities/urn:house:1?join=inline&joinLevel=2")
    listed = await get(client, "entities?type=House&join=inline&joinLevel=2")

    assert one["at"] == {**HOUSES[0]["at"], "entity": CITY}
    assert two["at"]["entity"]["in"] == {**CITY["in"], "entity": LAND}
    assert [house["at"] for house in listed] == [two["at"], two["at"]]


async def test_linked_entities_take_the_place_of_links_in_the_simplified_form(client, world):
    one = await get(client, "entities/urn:house:1?join=inline&options=keyValues")
    two = await get(client, "entities/urn:house:1?join=inline&joinLevel=2&format=simplified")

    assert one == {"id": "urn:house:1", "type": "House", "at": SMALL}
    assert two["at"]["in"] == {"id": "urn:land:1", "type": "Land", "name": "Land"}


async def test_linked_entities_are_concise_where_the_others_are(client, world):
    house = await get(client, "entities/urn:house:1?join=inline&options=concise")

    assert house["at"] == {"object": "urn:city:1", "entity": {**SMALL, "in": {"object": "urn:land:1"}}}


async def test_linked_entities_follow_in_a_flat_list_each_once(client, world):
    one = await get(client, "entities/urn:house:1?join=flat")
    listed = await get(client, "entities?type=House&join=flat&joinLevel=2&limit=2")
    simplified = await get(client, "entities/urn:house:1?join=flat&options=keyValues")

    assert one == [HOUSES[0], CITY]
    assert listed == [*HOUSES, CITY, LAND]
    assert simplified == [{"id": "urn:house:1", "type": "House", "at": "urn:city:1"}, SMALL]


async def test_entities_that_are_part_of_the_page_are_not_repeated_behind_it(client, world):
    listed = await get(client, "entities?type=House,City,Land&join=flat&joinLevel=3")

    assert [entity["id"] for entity in listed] == ["urn:city:1", "urn:house:1", "urn:house:2", "urn:land:1"]


@pytest.mark.parametrize("join", ["inline", "flat"])
async def test_a_link_to_nothing_stays_as_it_is(client, join):
    house = {"id": "urn:house:1", "type": "House", "at": {"type": "Relationship", "object": "urn:city:9"}}
    await client.post("entities", json=house)

    assert await get(client, f"entities/urn:house:1?join={join}") == house


async def test_without_a_join_nothing_is_linked(client, world):
    assert await get(client, "entities/urn:house:1?join=@none&joinLevel=3") == HOUSES[0]
    assert await get(client, "entities/urn:house:1?joinLevel=3") == HOUSES[0]


async def test_entities_that_link_to_each_other_end(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "T", "to": {"object": "urn:a:2"}})
    await client.post("entities", json={"id": "urn:a:2", "type": "T", "to": {"object": "urn:a:1"}})

    inline = await get(client, "entities/urn:a:1?join=inline&joinLevel=10&options=keyValues")
    flat = await get(client, "entities/urn:a:1?join=flat&joinLevel=10&options=keyValues")

    assert inline["to"] == {"id": "urn:a:2", "type": "T", "to": "urn:a:1"}
    assert [entity["id"] for entity in flat] == ["urn:a:1", "urn:a:2"]


async def test_what_the_reader_knows_already_is_left_out(client, world):
    inline = await get(client, "entities/urn:house:1?join=inline&joinLevel=2&containedBy=urn:land:1,urn:x:1")
    flat = await get(client, "entities/urn:house:1?join=flat&joinLevel=2&containedBy=urn:city:1")

    assert inline["at"]["entity"] == CITY
    assert flat == HOUSES[0]


async def test_lists_of_links_keep_their_order(client, world):
    house = {
        "id": "urn:house:3",
        "type": "Row",
        "at": {"type": "ListRelationship", "objectList": ["urn:land:1", "urn:x:1", "urn:city:1"]},
        "near": {"type": "Relationship", "object": ["urn:land:1", "urn:x:1"]},
    }
    await client.post("entities", json=house)

    inline = await get(client, "entities/urn:house:3?join=inline")
    simplified = await get(client, "entities/urn:house:3?join=inline&options=keyValues")

    assert inline["at"]["entityList"] == [LAND, CITY]
    assert inline["near"]["entity"] == [LAND]
    assert simplified["at"] == [{"id": "urn:land:1", "type": "Land", "name": "Land"}, "urn:x:1", SMALL]
    assert simplified["near"][1] == "urn:x:1"


async def test_system_attributes_are_shown_of_linked_entities_too(client, world):
    inline = await get(client, "entities/urn:house:1?join=inline&options=sysAttrs")
    flat = await get(client, "entities/urn:house:1?join=flat&options=sysAttrs")

    assert "createdAt" in inline["at"]["entity"]
    assert "createdAt" in inline["at"]["entity"]["name"]
    assert all("createdAt" in entity for entity in flat)


@pytest.mark.parametrize(
    ("query", "inline", "flat"),
    [
        ("pick=id,at{id,name}", {"id": "urn:city:1", "name": "Stadt"}, ["urn:house:1", "urn:city:1"]),
        ("pick=id,at{id|in{id}}", {"id": "urn:city:1", "in": {"id": "urn:land:1"}}, ["urn:house:1", "urn:city:1", "urn:land:1"]),
        ("pick=id,at", {**SMALL, "in": {"id": "urn:land:1", "type": "Land", "name": "Land"}}, ["urn:house:1", "urn:city:1", "urn:land:1"]),
        ("omit=type,at{name,in}", {"id": "urn:city:1", "type": "City"}, ["urn:house:1", "urn:city:1"]),
        ("omit=at{name,in{name}}", {"id": "urn:city:1", "type": "City", "in": {"id": "urn:land:1", "type": "Land"}}, ["urn:house:1", "urn:city:1", "urn:land:1"]),
    ],
)  # fmt: skip
async def test_parts_of_linked_entities_are_picked_and_omitted(client, world, query, inline, flat):
    form = f"joinLevel=2&options=keyValues&{query}"

    assert (await get(client, f"entities/urn:house:1?join=inline&{form}"))["at"] == inline
    assert [entity["id"] for entity in await get(client, f"entities/urn:house:1?join=flat&{form}")] == flat


async def test_what_is_not_shown_is_not_followed(client, world):
    for query in ("omit=at", "pick=id,type", "attrs=other,at&datasetId=urn:d:1"):
        assert isinstance(await get(client, f"entities/urn:house:1?join=flat&{query}"), dict)


async def test_a_flat_list_of_geojson_is_a_collection(client, world):
    flat = await get(client, "entities/urn:house:1?join=flat", accept="application/geo+json")
    inline = await get(client, "entities/urn:house:1?join=inline", accept="application/geo+json")

    assert flat["type"] == "FeatureCollection"
    assert [feature["id"] for feature in flat["features"]] == ["urn:house:1", "urn:city:1"]
    assert inline["properties"]["at"]["entity"]["id"] == "urn:city:1"


async def test_a_linked_feature_keeps_its_geometry_whatever_is_picked(client):
    here = {"type": "Point", "coordinates": [7.1, 50.7]}
    await client.post("entities", json={"id": "urn:a:1", "type": "T", "to": {"object": "urn:a:2"}})
    await client.post("entities", json={"id": "urn:a:2", "type": "T", "location": here})

    flat = await get(client, "entities/urn:a:1?join=flat&pick=id,to{id}", accept="application/geo+json")

    assert [feature["geometry"] for feature in flat["features"]] == [None, here]


async def test_counts_and_pages_are_those_of_the_linking_entities(client, world):
    response = await client.get("entities?type=House&join=flat&limit=1&count=true")

    assert response.headers["ngsild-results-count"] == "2"
    assert [entity["id"] for entity in response.json()] == ["urn:house:1", "urn:city:1"]
    assert "offset=1" in response.links["next"]["url"]


async def test_a_join_takes_one_statement_for_each_level(client, world, monkeypatch):
    asked = []
    get_states = links.get_states

    async def noted(connection, schema, ids):
        asked.append(sorted(ids))
        return await get_states(connection, schema, ids)

    monkeypatch.setattr(links, "get_states", noted)

    await get(client, "entities?type=House&join=inline&joinLevel=10")

    assert asked == [["urn:city:1"], ["urn:land:1"]]


async def test_a_join_that_leads_to_too_much_says_what_helps(client, world, monkeypatch):
    monkeypatch.setattr(links, "MAX_LINKED", 1)
    far = await client.get("entities?type=House&join=flat&joinLevel=2")
    monkeypatch.undo()
    monkeypatch.setattr(joins, "MAX_COPIES", 1)
    wide = await client.get("entities?type=House&join=inline")

    for response in (far, wide):
        assert response.status_code == 403
        assert problem_type(response) == "TooComplexQuery"
        assert "joinLevel" in response.json()["detail"]
