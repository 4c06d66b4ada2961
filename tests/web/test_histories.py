# SPDX-License-Identifier: EUPL-1.2
"""Histories over HTTP."""

from dataclasses import replace

import httpx
import pytest

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from tests.conftest import copied
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
def database(postgres, template):
    """A database of each test: what is deleted keeps its history."""
    with copied(postgres, template) as url:
        yield url


PATH = "temporal/entities/urn:a:1"


async def write(client, count, attribute="speed"):
    for minute in range(count):
        value = {"type": "Property", "value": minute, "observedAt": f"2026-06-01T12:{minute:02}:00Z"}
        await client.post(
            "entityOperations/upsert?options=update", json=[{"id": "urn:a:1", "type": "Car", attribute: value}]
        )


async def values(client, query):
    response = await client.get(f"{PATH}?{query}")
    assert response.status_code == 200, response.text
    return [instance["value"] for instance in response.json().get("speed", [])]


async def test_the_whole_history_is_told_without_a_time(client):
    await write(client, 3)

    response = await client.get(PATH)

    assert response.status_code == 200
    body = response.json()
    assert (body["id"], body["type"]) == ("urn:a:1", "Car")
    assert [(one["value"], one["observedAt"]) for one in body["speed"]] == [
        (0, "2026-06-01T12:00:00Z"),
        (1, "2026-06-01T12:01:00Z"),
        (2, "2026-06-01T12:02:00Z"),
    ]
    assert "link" in response.headers


async def test_an_entity_that_never_had_an_attribute_has_an_empty_history(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car"})

    response = await client.get(PATH)

    assert response.status_code == 200
    assert response.json() == {"id": "urn:a:1", "type": "Car"}
    assert (await client.get(f"{PATH}?attrs=speed")).status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("timerel=before&timeAt=2026-06-01T12:02:00Z", [0, 1]),
        ("timerel=after&timeAt=2026-06-01T12:03:00Z", [3, 4]),
        ("timerel=between&timeAt=2026-06-01T12:01:00Z&endTimeAt=2026-06-01T12:03:00Z", [1, 2]),
        ("lastN=2", [3, 4]),
        ("timerel=before&timeAt=2026-06-01T12:03:00.000Z&lastN=2", [1, 2]),
        ("attrs=speed", [0, 1, 2, 3, 4]),
    ],
)
async def test_a_range_of_time_is_told(client, query, expected):
    await write(client, 5)

    assert await values(client, query) == expected


async def test_temporal_values_are_pairs(client):
    await write(client, 2)

    response = await client.get(f"{PATH}?options=temporalValues")

    assert response.json()["speed"] == {
        "type": "Property",
        "values": [[0, "2026-06-01T12:00:00Z"], [1, "2026-06-01T12:01:00Z"]],
    }


async def test_what_is_deleted_keeps_its_history(client):
    await write(client, 2)
    await client.delete("entities/urn:a:1")

    assert [value for value in await values(client, "") if value != "urn:ngsi-ld:null"] == [0, 1]


@pytest.mark.parametrize(
    "query",
    [
        "timerel=after",
        "timerel=sometime&timeAt=2026-06-01T12:00:00Z",
        "timerel=after&timeAt=yesterday",
        "timerel=between&timeAt=2026-06-01T12:00:00Z",
        "timerel=after&timeAt=2026-06-01T12:00:00%2B02:00",
        "lastN=0",
        "lastN=-1",
        "lastN=x",
        "timeAt=2026-06-01T12:00:00Z&timerel=after&timeproperty=never",
        "attrs=a,,b",
        "options=keyValues",
    ],
)
async def test_a_temporal_query_that_makes_no_sense_is_refused(client, query):
    await write(client, 1)

    response = await client.get(f"{PATH}?{query}")

    assert response.status_code == 400
    problem_type(response)


@pytest.mark.parametrize("path", ["temporal/entities/urn:a:9", f"{PATH}?attrs=unknown"])
async def test_what_has_no_history_is_not_found(client, path):
    await write(client, 1)

    response = await client.get(path)

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"


@pytest.fixture
async def capped(resources):
    """A client of a platform that tells at most three instances at once."""
    few = replace(resources, temporal_instance_cap=3)
    app = build_app(few, Keyring(resources.database), HttpGate(open=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as client:
        yield client


@pytest.mark.parametrize(
    ("query", "told", "content_range"),
    [
        (
            "timerel=after&timeAt=2026-06-01T12:00:00Z",
            [0, 1, 2],
            "date-time 2026-06-01T12:00:00Z-2026-06-01T12:02:00Z/*",
        ),
        (
            "timerel=before&timeAt=2026-06-01T13:00:00Z",
            [0, 1, 2],
            "date-time 2026-06-01T12:00:00Z-2026-06-01T12:02:00Z/*",
        ),
        (
            "timerel=after&timeAt=2026-06-01T12:00:00Z&lastN=5",
            [2, 3, 4],
            "date-time 2026-06-01T12:04:00Z-2026-06-01T12:02:00Z/5",
        ),
    ],
)
async def test_more_than_the_cap_is_partial_content_that_names_its_range(capped, query, told, content_range):
    await write(capped, 5)

    response = await capped.get(f"{PATH}?{query}")

    assert response.status_code == 206
    assert [instance["value"] for instance in response.json()["speed"]] == told
    assert response.headers["content-range"] == content_range


async def test_as_much_as_the_cap_is_whole(capped):
    await write(capped, 3)

    response = await capped.get(PATH)

    assert response.status_code == 200
    assert "content-range" not in response.headers
