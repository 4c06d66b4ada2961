# SPDX-License-Identifier: EUPL-1.2
"""Entity maps over HTTP: the pages of a query are of the same entities."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.engine import entitymaps
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
async def cars(client):
    ids = [f"urn:a:{number}" for number in range(5)]
    cars = [{"id": name, "type": "Car", "speed": 10 * number} for number, name in enumerate(ids)]
    assert (await client.post("entityOperations/create", json=cars)).status_code == 201
    return ids


@pytest.fixture
async def place(client, cars):
    """Where a map of all cars is."""
    response = await client.get("entities?type=Car&entityMap=true")
    assert response.status_code == 201
    assert [entity["id"] for entity in response.json()] == cars
    return response.headers["ngsild-entitymap"]


async def ids_of(client, place):
    return list((await client.get(f"http://localhost{place}")).json()["entityMap"])


async def test_a_map_of_a_query_tells_which_entities_it_finds(client, cars):
    response = await client.get("entityMaps?type=Car&q=speed>15")

    assert response.status_code == 201
    document = response.json()
    assert document["type"] == "EntityMap"
    assert document["entityMap"] == {name: ["@none"] for name in cars[2:]}
    assert response.headers["ngsild-entitymap"] == f"/ngsi-ld/v1/entityMaps/{document['id']}"
    shown = await client.get(f"entityMaps/{document['id']}")
    assert shown.status_code == 200
    assert shown.json() == document
    assert "link" in shown.headers


async def test_a_query_that_is_too_wide_or_a_lifetime_that_is_none_makes_no_map(client, cars):
    for wrong in ("id=urn:a:1", "type=Car&entityMapLifetime=1hour", "type=Car&q=(", ""):
        response = await client.get(f"entityMaps?{wrong}")

        assert response.status_code == 400
        assert problem_type(response) == "BadRequestData"
    assert (await client.get("entities?type=Car&entityMap=perhaps")).status_code == 400
    assert (await client.get("entities?type=Car&entityMap=true&entityMapLifetime=1hour")).status_code == 400


@pytest.mark.parametrize("join", ["join=inlin", "join=inline&joinLevel=0", f"join=inline&joinLevel={'9' * 5_000}"])
async def test_a_map_of_a_query_over_links_needs_a_join_that_makes_sense(client, cars, join):
    response = await client.get(f"entityMaps?type=Car&q=owner{{name}}&{join}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


async def test_a_map_is_over_when_the_broker_says(client, cars):
    for asked, longest in (("P3650D", 86_400), ("PT10M", 600), (None, 3600)):
        lifetime = f"&entityMapLifetime={asked}" if asked else ""
        document = (await client.get(f"entityMaps?type=Car{lifetime}")).json()

        left = datetime.fromisoformat(document["expiresAt"]) - datetime.now(UTC)
        assert longest - 60 < left.total_seconds() <= longest


async def test_pages_are_of_the_entities_of_the_map_and_of_no_later_ones(client, cars, place):
    await client.post("entities", json={"id": "urn:a:00", "type": "Car", "speed": 7})
    pin = {"ngsild-entitymap": place}

    first = await client.get("entities?type=Car&limit=2&count=true", headers=pin)
    last = await client.get("entities?type=Car&limit=2&offset=4", headers=pin)

    assert first.status_code == last.status_code == 200
    assert [entity["id"] for entity in first.json()] == cars[:2]
    assert [entity["id"] for entity in last.json()] == cars[4:]
    assert first.headers["ngsild-results-count"] == "5"
    assert first.headers["ngsild-entitymap"] == place
    assert 'rel="next"' in first.headers["link"]
    assert "offset=2" in first.headers["link"]
    assert 'rel="next"' not in last.headers["link"]
    assert 'rel="prev"' in last.headers["link"]
    assert "urn:a" not in first.headers["link"]


async def test_what_does_not_fit_any_more_is_skipped_and_leaves_the_map(client, cars, place):
    await client.delete("entities/urn:a:1")
    pin = {"ngsild-entitymap": place}

    page = await client.get("entities?type=Car&limit=3&count=true", headers=pin)

    assert [entity["id"] for entity in page.json()] == ["urn:a:0", "urn:a:2", "urn:a:3"]
    assert page.headers["ngsild-results-count"] == "4"
    assert await ids_of(client, place) == ["urn:a:0", "urn:a:2", "urn:a:3", "urn:a:4"]


async def test_another_query_goes_by_the_map_and_takes_nothing_out_of_it(client, cars, place):
    pin = {"ngsild-entitymap": place}

    narrower = await client.get("entities?type=Car&q=speed>35", headers=pin)
    outside = await client.get("entities?type=Car&id=urn:b:1", headers=pin)

    assert [entity["id"] for entity in narrower.json()] == ["urn:a:4"]
    assert outside.json() == []
    assert await ids_of(client, place) == cars


async def test_a_query_by_a_body_has_its_map_as_well(client, cars):
    body = {"type": "Query", "entities": [{"type": "Car"}], "q": "speed<15", "entityMap": True}

    made = await client.post("entityOperations/query", json=body)
    again = await client.post(
        "entityOperations/query",
        json={"type": "Query", "entities": [{"type": "Car"}]},
        headers={"ngsild-entitymap": made.headers["ngsild-entitymap"]},
    )

    assert made.status_code == 201
    assert [entity["id"] for entity in again.json()] == cars[:2]
    wrong = await client.post("entityOperations/query", json={**body, "entityMap": "yes"})
    assert problem_type(wrong) == "BadRequestData"


@pytest.mark.parametrize("name", ["urn:ngsi-ld:EntityMap:gone", "/ngsi-ld/v1/entityMaps/urn:x", "%00", "nonsense"])
async def test_a_map_that_is_gone_is_made_anew(client, cars, name):
    query = await client.get("entities?type=Car", headers={"ngsild-entitymap": name})
    entity = await client.get("entities/urn:a:1", headers={"ngsild-entitymap": name})

    assert query.status_code == 201
    assert entity.status_code == 200
    assert await ids_of(client, query.headers["ngsild-entitymap"]) == cars
    assert await ids_of(client, entity.headers["ngsild-entitymap"]) == ["urn:a:1"]
    assert "entityMap" not in entity.json()


async def test_retrieving_goes_by_a_map_that_is_there(client, cars, place):
    made = await client.get("entities/urn:a:1?entityMap=true")
    again = await client.get("entities/urn:a:1", headers={"ngsild-entitymap": place})

    assert made.status_code == again.status_code == 200
    assert made.headers["ngsild-entitymap"] != place
    assert again.headers["ngsild-entitymap"] == place
    assert (await client.get("entities/urn:a:9?entityMap=true")).status_code == 404


async def test_only_the_end_of_a_map_can_be_changed(client, cars, place):
    far = {"expiresAt": "2099-01-01T00:00:00Z", "entityMap": {"urn:x": ["@none"]}}

    changed = await client.patch(f"http://localhost{place}", json=far)

    assert changed.status_code == 204
    document = (await client.get(f"http://localhost{place}")).json()
    assert list(document["entityMap"]) == cars
    assert datetime.fromisoformat(document["expiresAt"]) <= datetime.now(UTC) + timedelta(days=1)
    for wrong in ({"expiresAt": "tomorrow"}, {"expiresAt": None}, {"entityMap": {}}):
        assert problem_type(await client.patch(f"http://localhost{place}", json=wrong)) == "BadRequestData"


async def test_a_map_that_is_over_or_deleted_is_not_found(client, cars, place):
    other = (await client.get("entities?type=Car&entityMap=true")).headers["ngsild-entitymap"]

    assert (
        await client.patch(f"http://localhost{place}", json={"expiresAt": "2000-01-01T00:00:00Z"})
    ).status_code == 204
    assert (await client.delete(f"http://localhost{other}")).status_code == 204

    for gone in (place, other):
        for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"expiresAt": "2099-01-01T00:00:00Z"})):
            assert (
                problem_type(await client.request(method, f"http://localhost{gone}", json=body)) == "ResourceNotFound"
            )
    assert problem_type(await client.get("entityMaps/nonsense")) == "BadRequestData"


async def test_a_map_is_of_its_tenant_only(client, resources, cars, place):
    await resources.tenants.create("elsewhere")
    other = {"ngsild-tenant": "elsewhere"}

    assert problem_type(await client.get(f"http://localhost{place}", headers=other)) == "ResourceNotFound"
    assert problem_type(await client.delete(f"http://localhost{place}", headers=other)) == "ResourceNotFound"
    assert await ids_of(client, place) == cars


async def test_a_map_keeps_bounds(client, resources, cars, monkeypatch):
    monkeypatch.setattr(entitymaps, "MOST_ENTITIES", 4)
    too_many = await client.get("entityMaps?type=Car")
    monkeypatch.setattr(entitymaps, "MOST", 2)

    places = [(await client.get("entities/urn:a:1?entityMap=true")).headers["ngsild-entitymap"] for _ in range(3)]

    assert problem_type(too_many) == "TooComplexQuery"
    statuses = [(await client.get(f"http://localhost{one}")).status_code for one in places]
    assert statuses == [404, 200, 200]
