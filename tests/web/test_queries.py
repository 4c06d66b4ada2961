# SPDX-License-Identifier: EUPL-1.2
"""Query entities by `q` and `scopeQ` over HTTP."""

import asyncio
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from broker.engine.resources import Measures, open_resources
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]
CITY = '<https://example.org/city.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@pytest.fixture
async def cars(client):
    entities = [
        {"id": f"urn:car:{number}", "type": "Car", "speed": number * 10, "scope": f"/Town/P{number % 2}"}
        for number in range(6)
    ]
    response = await client.post("entityOperations/create", json=entities)
    assert response.status_code == 201


async def ids(client, **parameters):
    response = await client.get("entities", params={"options": "keyValues", **parameters})
    assert response.status_code == 200, response.text
    return [entity["id"].removeprefix("urn:car:") for entity in response.json()]


async def test_entities_are_found_by_what_they_hold(client, cars):
    assert await ids(client, q="speed>=40") == ["4", "5"]
    assert await ids(client, q="speed==10..20|speed==50") == ["1", "2", "5"]
    assert await ids(client, type="Car", q="speed!=0", limit=2) == ["1", "2"]
    assert await ids(client, type="Bus,Car", q="speed<10") == ["0"]
    assert await ids(client, id="urn:car:1,urn:car:2", q="speed>10") == ["2"]
    assert await ids(client, attrs="speed,x", q="!x;speed>40") == ["5"]
    assert await ids(client, local="true", idPattern="[34]", q="speed") == ["3", "4"]


async def test_entities_are_found_by_scope(client, cars):
    assert await ids(client, type="Car", scopeQ="/Town/P1") == ["1", "3", "5"]
    assert await ids(client, type="Car", scopeQ="/Town/+", q="speed>30") == ["4", "5"]
    assert await ids(client, type="Car", scopeQ="(/Town/#;/Town/P0)") == ["0", "2", "4"]
    assert await ids(client, type="Car", scopeQ="/Village") == []


async def test_the_times_of_an_entity_are_asked_for(client, cars):
    assert await ids(
        client, type="Car", q='createdAt>"2020-01-01T00:00:00Z";speed.modifiedAt>2020-01-01T00:00:00Z;speed==0'
    ) == ["0"]
    assert await ids(client, type="Car", q="createdAt<2020-01-01T00:00:00Z") == []


async def test_what_is_found_is_counted_and_paged(client, cars):
    found = []
    target = "/ngsi-ld/v1/entities?q=speed%3E0%3Bspeed<50&scopeQ=%2FTown%2F%23&limit=3&count=true&options=keyValues"

    while target:
        response = await client.get(f"http://localhost{target}")
        assert response.headers["ngsild-results-count"] == "4"
        found += [entity["id"] for entity in response.json()]
        target = response.links.get("next", {}).get("url")

    assert found == [f"urn:car:{number}" for number in (1, 2, 3, 4)]


async def test_what_comes_and_goes_between_pages_moves_no_page(client, cars):
    first = await client.get("entities?type=Car&limit=2&options=keyValues")
    await client.post("entities", json={"id": "urn:car", "type": "Car"})
    second = await client.get(f"http://localhost{first.links['next']['url']}")
    await client.delete("entities/urn:car:0")
    third = await client.get(f"http://localhost{second.links['next']['url']}")
    anew = await client.get("entities?type=Car&limit=2&offset=2&count=true&options=keyValues")

    pages = [[entity["id"] for entity in page.json()] for page in (first, second, third, anew)]
    assert pages == [
        ["urn:car:0", "urn:car:1"],
        ["urn:car:2", "urn:car:3"],
        ["urn:car:4", "urn:car:5"],
        ["urn:car:2", "urn:car:3"],
    ]
    assert "offset=2" in first.links["next"]["url"]
    assert "offset=0" in second.links["prev"]["url"]


@pytest.mark.parametrize(
    "query",
    ["", 'q=modifiedAt>"2020-01-01T00:00:00Z"', "q=!createdAt", "scopeQ=/A", "csf=a", "attrs=createdAt", "id=urn:a:1"],
)
async def test_a_query_that_asks_for_no_attribute_is_too_wide(client, query):
    response = await client.get(f"entities?{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("type=Car&q=speed>4..5", "Parameter 'q', column 8: > takes one value"),
        ("type=Car&q=(speed>4", "Parameter 'q', column 9: "),
        ("type=Car&q=speed~=%22(%22", "Parameter 'q', column 8: the pattern is not a regular expression"),
        ("type=Car&q=owner{name}==%22x%22", "needs join=inline or join=flat"),
        ("type=Car&scopeQ=/A-B", "Parameter 'scopeQ', column 3: "),
        ("type=Car&csf=))bad((", "Parameter 'csf', column 1: "),
        ("type=Car&q=", "Parameter 'q', column 1: "),
    ],
)
async def test_a_query_that_is_wrong_is_told_so(client, query, words):
    response = await client.get(f"entities?{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert words in response.json()["detail"]


async def test_names_and_words_of_a_query_are_those_of_the_context_of_the_request(client):
    entity = {"id": "urn:car:1", "type": "Shop", "category": {"type": "VocabProperty", "vocab": "commercial"}}
    await client.post("entities", json=entity)
    vocabulary = "https://uri.etsi.org/ngsi-ld/default-context/"

    assert await ids(client, q="category==commercial") == []
    assert await ids(client, q="category==commercial", expandValues="category") == ["1"]
    assert await ids(client, q=f"category=={vocabulary}commercial") == ["1"]
    assert await ids(client, q=f"{vocabulary}category") == ["1"]


async def test_a_name_under_another_context_is_another_attribute(client):
    await client.post("entities", json={"id": "urn:car:1", "type": "Car", "temperature": 5})

    found = await client.get("entities", params={"q": "temperature"})
    missed = await client.get("entities", params={"q": "temperature"}, headers={"link": CITY})

    assert len(found.json()) == 1
    assert missed.json() == []


async def test_a_query_that_takes_too_long_is_too_complex(serving, database):
    folder = Path(__file__).parents[1] / "contexts"
    async with open_resources(
        serving, contexts_folder=folder, measures=Measures(statement_timeout=timedelta(milliseconds=200))
    ) as resources:
        app = build_app(resources, Keyring(resources.database), HttpGate(open=True))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost/ngsi-ld/v1/") as client:
            blocker = await asyncpg.connect(database)
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE t_default.entity IN ACCESS EXCLUSIVE MODE")
                response = await asyncio.wait_for(client.get("entities?q=speed>5;town.size>5"), 30)
            await blocker.close()

    assert response.status_code == 403
    assert problem_type(response) == "TooComplexQuery"
    assert "ALLMENDE_STATEMENT_TIMEOUT" in response.json()["detail"]
    assert "allmende attributes index speed" in response.json()["detail"]
    assert "town" not in response.json()["detail"], "no index of values knows attributes of attributes"
