# SPDX-License-Identifier: EUPL-1.2
"""Many entities purged at once over HTTP."""

import pytest

from broker.engine.purging import AT_ONCE
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

CARS = [{"id": f"urn:a:{number}", "type": "Car", "speed": number, "doors": 4} for number in range(3)]
BUS = {"id": "urn:b:1", "type": "Bus", "speed": 9, "scope": "/city"}


@pytest.fixture
async def fleet(client):
    assert (await client.post("entityOperations/create", json=[*CARS, BUS])).status_code == 201


async def shown(client):
    return (await client.get("entities?local=true&options=keyValues")).json()


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("type=Car", [BUS]),
        ("type=Car,Bus", []),
        ("type=Car&id=urn:a:1,urn:b:1", [CARS[0], CARS[2], BUS]),
        ("type=Car&idPattern=^urn:a:[12]$", [CARS[0], BUS]),
        ("attrs=doors", [BUS]),
        ("attrs=unknown", [*CARS, BUS]),
        ("local=true", []),
        ("type=*", []),
        ("q=speed>1", [CARS[0], CARS[1]]),
        ("type=Car&q=speed<=1;doors==4", [CARS[2], BUS]),
        ("type=Car,Bus&scopeQ=/city", CARS),
        ("georel=near;maxDistance==5&geometry=Point&coordinates=[7,51]", [*CARS, BUS]),
    ],
)
async def test_purging_deletes_what_the_query_finds_and_nothing_else(client, fleet, query, left):
    response = await client.delete(f"entities?{query}")

    assert (response.status_code, response.content) == (204, b"")
    assert await shown(client) == left


async def test_purging_drops_attributes_and_keeps_the_entities(client, fleet):
    response = await client.delete("entities?type=Car&drop=speed,unknown")

    assert response.status_code == 204
    assert await shown(client) == [*[{"id": car["id"], "type": "Car", "doors": 4} for car in CARS], BUS]
    deleted = (await client.get("temporal/entities/urn:a:1?timeproperty=deletedAt")).json()
    assert deleted["speed"][-1]["value"] == "urn:ngsi-ld:null"


async def test_purging_keeps_attributes_and_drops_all_others(client, fleet):
    response = await client.delete("entities?type=Car,Bus&keep=doors")

    assert response.status_code == 204
    assert await shown(client) == [
        *[{"id": car["id"], "type": "Car", "doors": 4} for car in CARS],
        {"id": "urn:b:1", "type": "Bus", "scope": "/city"},
    ]


async def test_purging_what_has_nothing_to_lose_leaves_the_times_of_modification(client, fleet):
    before = (await client.get("entities?type=Bus&options=sysAttrs")).json()

    await client.delete("entities?type=Bus&drop=doors")

    assert (await client.get("entities?type=Bus&options=sysAttrs")).json() == before


async def test_purging_goes_on_until_nothing_is_left(client):
    many = [{"id": f"urn:m:{number}", "type": "Car", "speed": 1, "doors": 4} for number in range(2 * AT_ONCE + 1)]
    await client.post("entityOperations/create", json=many)

    dropped = await client.delete("entities?attrs=speed&drop=speed")
    left = (await client.get("entities?attrs=speed&limit=0&count=true")).headers["ngsild-results-count"]
    deleted = await client.delete("entities?type=Car")

    assert (dropped.status_code, left) == (204, "0")
    assert deleted.status_code == 204
    assert await shown(client) == []


async def test_purging_by_place_goes_on_until_nothing_is_left(client):
    here = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}}
    many = [{"id": f"urn:m:{number}", "type": "Car", "location": here} for number in range(AT_ONCE + 1)]
    far = {"id": "urn:m:far", "type": "Car", "location": {**here, "value": {"type": "Point", "coordinates": [9, 51]}}}
    await client.post("entityOperations/create", json=[*many, far])

    response = await client.delete("entities?georel=near;maxDistance==5&geometry=Point&coordinates=[7,51]")

    assert response.status_code == 204
    assert [entity["id"] for entity in await shown(client)] == ["urn:m:far"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "BadRequestData"),
        ("id=urn:a:1", "BadRequestData"),
        ("idPattern=.*", "BadRequestData"),
        ("drop=speed", "BadRequestData"),
        ("attrs=createdAt", "BadRequestData"),
        ("attrs=id", "BadRequestData"),
        ("q=createdAt>2020-01-01T00:00:00Z", "BadRequestData"),
        ("q=!modifiedAt", "BadRequestData"),
        ("scopeQ=/city", "BadRequestData"),
        ("local=false", "BadRequestData"),
        ("type=Car&attrs=owner{name}", "BadRequestData"),
        ("type=Car&q=owner{name}", "BadRequestData"),
        ("type=Car&drop=owner{name}", "BadRequestData"),
        ("type=Car&keep=owner{name}", "BadRequestData"),
        ("type=Car&drop=speed&keep=doors", "BadRequestData"),
        ("type=Car&drop=", "BadRequestData"),
        ("type=Car&keep=not-a-name", "BadRequestData"),
        ("type=Car&id=nonsense", "BadRequestData"),
        ("type=Car&idPattern=(", "BadRequestData"),
        ("type=*&local=false", "BadRequestData"),
        ("type=Car&limit=1", "InvalidRequest"),
    ],
)
async def test_a_purge_that_is_too_wide_or_makes_no_sense_deletes_nothing(client, fleet, query, expected):
    response = await client.delete(f"entities?{query}")

    assert response.status_code == 400
    assert problem_type(response) == expected
    assert await shown(client) == [*CARS, BUS]
