# SPDX-License-Identifier: EUPL-1.2
"""`/series`: what a chart asks for."""

from datetime import UTC, datetime

import httpx
import pytest

from api.app import build_app
from api.gate import HttpGate

pytestmark = [pytest.mark.server, pytest.mark.storage]

ID = "urn:ngsi-ld:AirQualityObserved:1"
PATH = f"/series?entity={ID}&attribute=no2"
BEGIN = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())


@pytest.fixture
async def station(client, admin):
    """Five minutes of nitrogen dioxide: 0, 1.5, 3, 4.5, 6."""
    for minute in range(5):
        no2 = {
            "type": "Property",
            "value": minute * 1.5,
            "unitCode": "GQ",
            "observedAt": f"2026-06-01T12:0{minute}:00Z",
        }
        entity = {"id": ID, "type": "AirQualityObserved", "no2": no2, "note": "dry"}
        await client.post("/ngsi-ld/v1/entityOperations/upsert?options=update", json=[entity], headers=admin)


async def test_few_numbers_come_one_by_one(client, station):
    response = await client.get(PATH)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "unit": "GQ",
        "width": "PT0S",
        "points": [[BEGIN + 60 * n, 1.5 * n, 1.5 * n, 1.5 * n, 1] for n in range(5)],
        "min": 0,
        "max": 6,
        "newest": [BEGIN + 240, 6],
    }
    assert "0.0" not in response.text


async def test_many_numbers_come_in_steps(client, station):
    response = await client.get(f"{PATH}&points=2")

    assert response.json() == {
        "unit": "GQ",
        "width": "PT5M",
        "points": [[BEGIN, 0, 3, 6, 5]],
        "min": 0,
        "max": 6,
        "newest": [BEGIN + 240, 6],
    }


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("from=2026-06-01T12:03:00Z", [4.5, 6]),
        ("from=2026-06-01T14:03:00%2B02:00&to=2026-06-01T12:03:00Z", [4.5]),
        ("to=2026-06-01T12:01:00Z", [0, 1.5]),
        ("from=2026-06-01&to=2026-06-01", [0, 1.5, 3, 4.5, 6]),
        ("to=2026-05-31", []),
    ],
)
async def test_a_range_includes_both_of_its_ends(client, station, query, numbers):
    response = await client.get(f"{PATH}&{query}")

    assert response.status_code == 200, response.text
    assert [point[1] for point in response.json()["points"]] == numbers


async def test_an_attribute_without_numbers_has_no_points(client, station):
    response = await client.get(f"/series?entity={ID}&attribute=note")

    assert response.status_code == 200
    assert response.json() == {"unit": None, "width": "PT0S", "points": [], "min": None, "max": None, "newest": None}


async def test_a_fraction_of_a_second_is_kept(client, admin):
    level = {"type": "Property", "value": -7, "observedAt": "1969-12-31T23:59:59.250001Z"}
    await client.post("/ngsi-ld/v1/entities", json={"id": ID, "type": "Water", "level": level}, headers=admin)

    response = await client.get(f"/series?entity={ID}&attribute=level")

    assert response.json()["newest"] == [-0.749999, -7]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "entity"),
        (f"entity={ID}", "attribute"),
        (f"entity={ID}&attribute=", "attribute"),
        ("entity=station&attribute=no2", "entity"),
        (f"entity={ID}&attribute=no2&dataset=roof", "dataset"),
        (f"entity={ID}&attribute=no2&from=yesterday", "from"),
        (f"entity={ID}&attribute=no2&to=2026-06-01T12:00:00", "to"),
        (f"entity={ID}&attribute=no2&from=2026-06-02&to=2026-06-01", "from"),
        (f"entity={ID}&attribute=no2&points=0", "points"),
        (f"entity={ID}&attribute=no2&points=2001", "points"),
        (f"entity={ID}&attribute=no2&points=many", "points"),
        (f"entity={ID}&attribute=no2&points=", "points"),
        (f"entity={ID}&attribute=no2&points=5&points=6", "points"),
        (f"entity={ID}&attribute=no2&width=PT1H", "width"),
    ],
)
async def test_a_wrong_parameter_is_named(client, station, query, name):
    response = await client.get(f"/series?{query}")

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert f"Parameter '{name}'" in response.json()["detail"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/series?entity=urn:a:9&attribute=no2", "urn:a:9 has no history"),
        (f"/series?entity={ID}&attribute=o3", "it has history of no2, note"),
        (f"{PATH}&dataset=urn:x:roof", "has no history of dataset urn:x:roof"),
    ],
)
async def test_what_has_no_history_is_not_found(client, station, path, words):
    response = await client.get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert words in response.json()["detail"]


async def test_only_a_range_that_is_over_may_be_kept(client, station):
    past = await client.get(f"{PATH}&to=2026-06-01T12:03:00Z")
    still = await client.get(PATH)
    future = await client.get(f"{PATH}&to=9999-12-31")

    assert past.headers["cache-control"] == "private, max-age=60"
    assert "NGSILD-Tenant" in past.headers["vary"]
    assert still.headers["cache-control"] == future.headers["cache-control"] == "no-cache"


async def test_reading_needs_a_key_where_reads_are_not_open(resources, keyring, admin):
    app = build_app(resources, keyring, HttpGate(open_reads=False))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as guarded:
        stranger = await guarded.get(PATH)
        reader = await guarded.get(PATH, headers=admin)

    assert stranger.status_code == 401
    assert reader.status_code == 404


async def test_another_tenant_has_nothing_of_it(client, station):
    response = await client.get(PATH, headers={"NGSILD-Tenant": "elsewhere"})

    assert response.status_code == 404
    assert "elsewhere" in response.json()["detail"]
