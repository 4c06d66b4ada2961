# SPDX-License-Identifier: EUPL-1.2
"""Entity maps of temporal queries over HTTP: the pages are of the histories of the same entities."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from broker.engine import entitymaps
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

AFTER = "timerel=after&timeAt=2000-01-01T00:00:00Z&timeproperty=createdAt"
WINDOW = {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z", "timeproperty": "createdAt"}


@pytest.fixture
async def trams(client):
    """A type of its own, since histories outlive entities, and the ids of five entities of it."""
    kind = f"Tram{uuid4().hex}"
    trams = [{"id": f"urn:{kind}:{number}", "type": kind, "speed": 10 * number} for number in range(5)]
    assert (await client.post("entityOperations/create", json=trams)).status_code == 201
    return kind, [tram["id"] for tram in trams]


@pytest.fixture
async def pin(client, trams):
    """The header field that names a map of all of them."""
    made = await client.get(f"temporal/entities?type={trams[0]}&{AFTER}&entityMap=true")
    assert made.status_code == 201
    assert [entity["id"] for entity in made.json()] == trams[1]
    return {"ngsild-entitymap": made.headers["ngsild-entitymap"]}


async def ids_of(client, place):
    return list((await client.get(f"http://localhost{place}")).json()["entityMap"])


async def test_a_map_of_a_temporal_query_tells_whose_history_it_finds(client, trams):
    kind, ids = trams
    await client.delete(f"entities/{ids[1]}")

    found = await client.get(f"temporal/entityMaps?type={kind}&q=speed<25&{AFTER}&limit=1&orderBy=id;desc")
    none = await client.get(f"temporal/entityMaps?type={kind}&timerel=before&timeAt=2000-01-01T00:00:00Z")

    assert found.status_code == none.status_code == 201
    document = found.json()
    assert document["entityMap"] == {name: ["@none"] for name in ids[:3]}
    assert list(document["entityMap"]) == ids[:3]
    assert document["linkedMaps"] == none.json()["entityMap"] == {}
    place = found.headers["ngsild-entitymap"]
    assert place == f"/ngsi-ld/v1/entityMaps/{document['id']}"
    assert (await client.get(f"http://localhost{place}")).json() == document


async def test_a_map_of_a_temporal_query_by_a_body_is_the_same(client, trams):
    kind, ids = trams
    body = {"type": "Query", "entities": [{"type": kind}], "q": "speed<15", "entityMapLifetime": "PT10M"}

    temporal = await client.post("temporal/entityMaps", json={**body, "temporalQ": WINDOW})
    present = await client.post("entityMaps", json=body)

    assert temporal.status_code == present.status_code == 201
    for made in (temporal, present):
        assert list(made.json()["entityMap"]) == await ids_of(client, made.headers["ngsild-entitymap"]) == ids[:2]
        left = datetime.fromisoformat(made.json()["expiresAt"]) - datetime.now(UTC)
        assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert problem_type(await client.post("temporal/entityMaps", json=body)) == "BadRequestData"
    assert problem_type(await client.post("temporal/entityMaps", json={})) == "InvalidRequest"


@pytest.mark.parametrize(
    "wrong",
    [
        "type=Tram",
        AFTER,
        f"id=urn:a:1&{AFTER}",
        "type=Tram&timerel=between&timeAt=2000-01-01T00:00:00Z",
        f"type=Tram&{AFTER}&entityMapLifetime=1hour",
        f"type=Tram&{AFTER}&q=line{{name}}",
        f"type=Tram&{AFTER}&pick=line{{name}}",
        f"type=Tram&{AFTER}&q=(",
        f"type=Tram&{AFTER}&georel=near",
    ],
)
async def test_a_query_without_a_time_or_too_wide_or_over_links_makes_no_temporal_map(client, wrong):
    response = await client.get(f"temporal/entityMaps?{wrong}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert "ngsild-entitymap" not in response.headers


async def test_temporal_pages_are_of_the_entities_of_the_map(client, trams, pin):
    kind, ids = trams
    asked = f"temporal/entities?type={kind}&{AFTER}&limit=2"
    await client.post("entities", json={"id": f"{ids[0]}0", "type": kind, "speed": 7})

    first = await client.get(f"{asked}&count=true", headers=pin)
    last = await client.get(f"{asked}&offset=4", headers=pin)
    downwards = await client.get(f"{asked}&orderBy=id;desc", headers=pin)
    summed = await client.get(f"{asked}&offset=2&aggrMethods=max", headers=pin)

    assert first.status_code == last.status_code == downwards.status_code == summed.status_code == 200
    assert [entity["id"] for entity in first.json()] == ids[:2]
    assert [entity["id"] for entity in last.json()] == ids[4:]
    assert [entity["id"] for entity in downwards.json()] == ids[:-3:-1]
    assert [entity["speed"]["max"][0][0] for entity in summed.json()] == [20, 30]
    assert first.headers["ngsild-results-count"] == "5"
    assert first.headers["ngsild-entitymap"] == summed.headers["ngsild-entitymap"] == pin["ngsild-entitymap"]
    assert 'rel="next"' in first.headers["link"]
    assert 'rel="next"' not in last.headers["link"]
    assert kind in first.headers["link"]
    assert ids[0] not in first.headers["link"]
    assert await ids_of(client, pin["ngsild-entitymap"]) == ids


async def test_a_temporal_query_by_a_body_makes_a_map_and_goes_by_it(client, trams):
    kind, ids = trams
    body = {"type": "Query", "entities": [{"type": kind}], "temporalQ": WINDOW}

    made = await client.post("temporal/entityOperations/query", json={**body, "q": "speed>25", "entityMap": True})
    pin = {"ngsild-entitymap": made.headers["ngsild-entitymap"]}
    again = await client.post("temporal/entityOperations/query", json=body, headers=pin)

    assert (made.status_code, again.status_code) == (201, 200)
    for page in (made, again):
        assert [entity["id"] for entity in page.json()] == ids[3:]
    assert again.headers["ngsild-entitymap"] == pin["ngsild-entitymap"]


async def test_whose_history_is_gone_leaves_the_map_and_whose_entity_is_deleted_stays(client, trams, pin):
    kind, ids = trams
    await client.delete(f"temporal/entities/{ids[1]}")
    await client.delete(f"entities/{ids[2]}")

    page = await client.get(f"temporal/entities?type={kind}&{AFTER}&limit=2", headers=pin)

    assert [entity["id"] for entity in page.json()] == [ids[0], ids[2]]
    assert await ids_of(client, pin["ngsild-entitymap"]) == [ids[0], *ids[2:]]


@pytest.mark.parametrize(
    "other",
    ["type={}&q=speed>35&" + AFTER, "type={}&datasetId=urn:d:1&" + AFTER, "type={}&" + AFTER.replace("2000", "2999")],
)
async def test_another_temporal_query_takes_nothing_out_of_the_map(client, trams, pin, other):
    kind, ids = trams

    page = await client.get(f"temporal/entities?{other.format(kind)}", headers=pin)
    present = await client.get(f"entities?type={kind}&q=speed>35", headers=pin)

    assert page.status_code == 200
    assert [entity["id"] for entity in present.json()] == ids[4:]
    assert {entity["id"] for entity in page.json()} <= {ids[4]}
    assert await ids_of(client, pin["ngsild-entitymap"]) == ids


@pytest.mark.parametrize("name", ["urn:ngsi-ld:EntityMap:gone", "/ngsi-ld/v1/entityMaps/urn:x", "%00"])
async def test_a_map_that_is_gone_is_made_anew_by_reads_of_history(client, trams, name):
    kind, ids = trams
    dead = {"ngsild-entitymap": name}

    query = await client.get(f"temporal/entities?type={kind}&{AFTER}", headers=dead)
    entity = await client.get(f"temporal/entities/{ids[1]}", headers=dead)

    assert (query.status_code, entity.status_code) == (201, 200)
    assert await ids_of(client, query.headers["ngsild-entitymap"]) == ids
    assert await ids_of(client, entity.headers["ngsild-entitymap"]) == [ids[1]]


async def test_reading_one_history_goes_by_a_map_that_is_there(client, trams, pin):
    _, ids = trams

    made = await client.get(f"temporal/entities/{ids[1]}?{AFTER}&entityMap=true")
    again = await client.get(f"temporal/entities/{ids[1]}", headers=pin)
    summed = await client.get(f"temporal/entities/{ids[1]}?aggrMethods=max&entityMap=true")

    assert made.status_code == again.status_code == summed.status_code == 200
    assert made.headers["ngsild-entitymap"] != pin["ngsild-entitymap"] == again.headers["ngsild-entitymap"]
    assert await ids_of(client, summed.headers["ngsild-entitymap"]) == [ids[1]]


async def test_an_answer_that_is_cut_says_so_and_has_its_map(client, resources, trams):
    kind, ids = trams
    values = [{"value": number, "observedAt": f"2026-01-01T00:00:0{number}Z"} for number in range(3)]
    await client.post(f"temporal/entities/{ids[0]}/attrs", json={"load": values})
    few = replace(resources, temporal_instance_cap=2, registry=CollectorRegistry())
    app = build_app(few, Keyring(resources.database), HttpGate(open=True))
    window = "timerel=after&timeAt=2026-01-01T00:00:00Z&attrs=load"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=client.base_url) as capped:
        cut = await capped.get(f"temporal/entities?type={kind}&{window}&entityMap=true")

    assert cut.status_code == 206
    assert "content-range" in cut.headers
    assert await ids_of(client, cut.headers["ngsild-entitymap"]) == [ids[0]]


async def test_a_temporal_map_keeps_bounds_and_its_tenant(client, resources, trams, pin, monkeypatch):
    kind, ids = trams
    await resources.tenants.create("far")
    monkeypatch.setattr(entitymaps, "MOST_ENTITIES", 4)

    too_many = await client.get(f"temporal/entityMaps?type={kind}&{AFTER}")
    elsewhere = await client.get(f"temporal/entities?type={kind}&{AFTER}", headers={**pin, "ngsild-tenant": "far"})

    assert problem_type(too_many) == "TooComplexQuery"
    assert (elsewhere.status_code, elsewhere.json()) == (201, [])
    assert await ids_of(client, pin["ngsild-entitymap"]) == ids
