# SPDX-License-Identifier: EUPL-1.2
"""Snapshots over HTTP: copies of entities that stay as they were."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from broker.engine import harvesting, snapshots
from broker.store.snapshots import drop_old_snapshots
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

FAST = {"type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "Car"}], "q": "speed>50"}]}
ALL = {"type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "Car"}]}]}
CARS = [
    {
        "id": "urn:a:fast",
        "type": "Car",
        "speed": {"type": "Property", "value": 80, "observedAt": "2026-01-01T00:00:00Z"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7.6, 51.9]}},
        "owner": {"type": "Relationship", "object": "urn:a:ann", "datasetId": "urn:d:1"},
        "scope": "/A/B",
    },
    {"id": "urn:a:slow", "type": "Car", "speed": 30},
    {"id": "urn:a:ann", "type": "Person", "age": 7},
]


@pytest.fixture
async def cars(client):
    assert (await client.post("entityOperations/create", json=CARS)).status_code == 201
    yield
    await client.delete("snapshots?q=snapshotPriority>0")


@pytest.fixture
def make(client, cars):
    async def send(body, path="snapshots"):
        response = await client.post(path, json=body)
        assert response.status_code == 201, response.text
        location = response.headers["location"]
        return location.removeprefix("/ngsi-ld/v1/"), {"ngsild-snapshot": location.rpartition("/")[2]}

    return send


async def test_a_snapshot_tells_how_it_is(client, make):
    path, _ = await make({**FAST, "id": "urn:s:1", "createdAt": "1999-01-01T00:00:00Z"})

    response = await client.get(path)

    document = response.json()
    assert response.status_code == 200
    assert document["id"] == "urn:s:1"
    assert document["snapshotStatus"] == "success"
    assert document["snapshotPriority"] == 5
    assert document["snapshotQueries"] == FAST["snapshotQueries"]
    assert document["snapshotQueriesDetails"] == [{"resultStatus": "success"}]
    assert document["createdAt"] == document["modifiedAt"] == document["lastUsedAt"]
    created, expires = (datetime.fromisoformat(document[name]) for name in ("createdAt", "expiresAt"))
    assert expires - created == timedelta(days=1)
    assert problem_type(await client.post("snapshots", json={**FAST, "id": "urn:s:1"})) == "AlreadyExists"


async def test_a_snapshot_is_read_as_it_was_in_every_way(client, make):
    before = {path: (await client.get(path)).json() for path in ("entities/urn:a:fast", "entities?type=Car&q=speed>50")}
    _, header = await make(FAST)
    await client.patch("entities/urn:a:fast/attrs", json={"speed": 10})
    await client.delete("entities/urn:a:slow")

    for path, document in before.items():
        response = await client.get(path, headers=header)
        assert response.status_code == 200
        assert response.json() == document
        assert response.headers["ngsild-snapshot"] == header["ngsild-snapshot"]
    near = "entities?type=Car&georel=near;maxDistance==10&geometry=Point&coordinates=[7.6,51.9]"
    for path in ("entities?local=true", "entities?type=Car&scopeQ=/A/%23", near):
        assert [one["id"] for one in (await client.get(path, headers=header)).json()] == ["urn:a:fast"]
    assert (await client.get("entities/urn:a:slow", headers=header)).status_code == 404
    assert (await client.get("types", headers=header)).json()["typeList"] == ["Car"]
    counted = await client.get("entities?type=Car&count=true&limit=0", headers=header)
    assert counted.headers["ngsild-results-count"] == "1"
    body = {"type": "Query", "entities": [{"type": "Car"}]}
    assert len((await client.post("entityOperations/query", json=body, headers=header)).json()) == 1
    now = (await client.get("entities/urn:a:fast")).json()
    assert now["speed"]["value"] == 10


async def test_what_is_written_into_a_snapshot_stays_there(client, make):
    _, header = await make(ALL)

    patched = await client.patch("entities/urn:a:fast/attrs", json={"speed": 11, "new": 1}, headers=header)
    created = await client.post("entities", json={"id": "urn:a:new", "type": "Car"}, headers=header)

    assert (patched.status_code, created.status_code) == (204, 201)
    inside = (await client.get("entities?type=Car&options=keyValues", headers=header)).json()
    assert {one["id"]: one.get("speed") for one in inside} == {"urn:a:fast": 11, "urn:a:new": None, "urn:a:slow": 30}
    outside = (await client.get("entities?type=Car&options=keyValues")).json()
    assert {one["id"]: one["speed"] for one in outside} == {"urn:a:fast": 80, "urn:a:slow": 30}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"type": "Snapshot"}, "BadRequestData"),
        ({**FAST, "type": "Query"}, "BadRequestData"),
        ({**FAST, "id": "no uri"}, "BadRequestData"),
        ({**FAST, "other": 1}, "BadRequestData"),
        ({**FAST, "snapshotPriority": 0}, "BadRequestData"),
        ({**FAST, "snapshotPriority": "5"}, "BadRequestData"),
        ({**FAST, "snapshotLifetime": "1 day"}, "BadRequestData"),
        ({**FAST, "snapshotQueries": []}, "BadRequestData"),
        ({**FAST, "snapshotQueries": [1]}, "BadRequestData"),
        ({**FAST, "snapshotQueries": [{"type": "Query"}]}, "BadRequestData"),
        ({**FAST, "snapshotQueries": [{**FAST["snapshotQueries"][0], "temporalQ": {}}]}, "BadRequestData"),
        ({**FAST, "snapshotTemporalQueries": []}, "BadRequestData"),
        ({**FAST, "snapshotTemporalQueries": [FAST["snapshotQueries"][0]]}, "BadRequestData"),
        ({**FAST, "endpoint": "http://a.example"}, "OperationNotSupported"),
        ({}, "InvalidRequest"),
    ],
)
async def test_what_is_no_snapshot_is_refused(client, cars, body, kind):
    assert problem_type(await client.post("snapshots", json=body)) == kind


async def test_an_unknown_snapshot_is_not_found_whatever_is_asked_of_it(client, cars):
    header = {"ngsild-snapshot": "urn:ngsi-ld:Snapshot:absent"}

    assert problem_type(await client.get("entities?type=Car", headers=header)) == "ResourceNotFound"
    assert problem_type(await client.post("entities", json=CARS[0], headers=header)) == "ResourceNotFound"
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {"snapshotPriority": 1})):
        assert problem_type(await client.request(method, "snapshots/urn:s:absent", json=body)) == "ResourceNotFound"
        assert problem_type(await client.request(method, "snapshots/nonsense", json=body)) == "BadRequestData"


async def test_a_snapshot_is_of_its_tenant_only(client, resources, make):
    path, header = await make(ALL)
    await resources.tenants.create("elsewhere")
    other = {"ngsild-tenant": "elsewhere"}

    assert (await client.get(path, headers=other)).status_code == 404
    assert (await client.delete(path, headers=other)).status_code == 404
    assert (await client.get("entities?type=Car", headers={**header, **other})).status_code == 404
    slug = (await snapshots.find_snapshot(resources, "default", header["ngsild-snapshot"])).slug
    assert (await client.get("entities?type=Car", headers={"ngsild-tenant": slug})).status_code == 400
    assert (await client.get(path)).status_code == 200


async def test_priority_and_lifetime_can_be_changed_and_nothing_else(client, make):
    path, _ = await make(ALL)

    changed = await client.patch(path, json={"snapshotPriority": 2, "snapshotLifetime": "PT1H"})

    assert changed.status_code == 200
    assert changed.json()["snapshotPriority"] == 2
    assert changed.json() == (await client.get(path)).json()
    left = datetime.fromisoformat(changed.json()["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=50) < left <= timedelta(hours=1)
    for wrong in ({"snapshotQueries": []}, {"id": "urn:s:2"}, {"snapshotPriority": 11}):
        assert problem_type(await client.patch(path, json=wrong)) == "BadRequestData"


async def test_a_clone_is_a_copy_that_outlives_the_first(client, make):
    path, header = await make(FAST)
    await client.patch("entities/urn:a:fast/attrs", json={"speed": 99}, headers=header)
    clone, clone_header = await make({"type": "Snapshot", "snapshotPriority": 9}, f"{path}/clone")

    assert (await client.delete(path)).status_code == 204

    assert (await client.get(path)).status_code == 404
    assert (await client.get("entities?type=Car", headers=header)).status_code == 404
    document = (await client.get(clone)).json()
    assert (document["snapshotStatus"], document["snapshotPriority"]) == ("success", 9)
    entity = (await client.get("entities/urn:a:fast", headers=clone_header)).json()
    assert entity["speed"]["value"] == 99
    assert (await client.get("temporal/entities/urn:a:fast", headers=clone_header)).status_code == 200


async def test_a_purge_takes_the_snapshots_that_it_asks_for(client, make):
    low, _ = await make({**ALL, "snapshotPriority": 2})
    high, _ = await make(ALL)

    for wrong in ("?q=speed>50", "", "?q=snapshotPriority>", "?q=id==5"):
        assert problem_type(await client.delete(f"snapshots{wrong}")) == "BadRequestData"
    assert (await client.get(low)).status_code == 200
    purged = await client.delete('snapshots?q=snapshotPriority<5;snapshotStatus=="success"')

    assert purged.status_code == 204
    assert (await client.get(low)).status_code == 404
    assert (await client.get(high)).status_code == 200


async def test_how_each_query_went_is_told(client, make, monkeypatch):
    monkeypatch.setattr(harvesting, "MOST_ENTITIES", 2)
    queries = [
        {"type": "Query", "entities": [{"type": "Person"}]},
        {"type": "Query", "entities": [{"type": "Nothing"}]},
        {"type": "Query", "entities": [{"type": "Car"}]},
    ]

    partial, header = await make({**ALL, "snapshotQueries": queries})
    empty, _ = await make({**ALL, "snapshotQueries": queries[1:2]})

    document = (await client.get(partial)).json()
    assert document["snapshotStatus"] == "partial"
    details = document["snapshotQueriesDetails"]
    assert [one["resultStatus"] for one in details] == ["success", "empty", "failure"]
    assert "at most 2" in details[2]["problemDetails"]["detail"]
    assert [one["id"] for one in (await client.get("entities?local=true", headers=header)).json()] == ["urn:a:ann"]
    assert (await client.get(empty)).json()["snapshotStatus"] == "empty"


async def test_the_least_important_snapshot_makes_room(client, make, monkeypatch):
    monkeypatch.setattr(snapshots, "MOST", 2)

    paths = [(await make({**ALL, "snapshotPriority": priority}))[0] for priority in (6, 3, 4)]

    assert [(await client.get(path)).status_code for path in paths] == [200, 404, 200]


async def test_a_snapshot_that_is_over_is_gone_without_a_trace(client, resources, make):
    path, header = await make({**ALL, "snapshotLifetime": "PT1S"})
    slug = (await snapshots.find_snapshot(resources, "default", header["ngsild-snapshot"])).slug
    schema = await resources.tenants.schema_of(slug)
    while (await client.get(path)).status_code == 200:
        await asyncio.sleep(0.1)

    async with resources.database.platform() as connection:
        await drop_old_snapshots(connection, resources.clock())
        role = await connection.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", schema)
        space = await connection.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema)
        row = await connection.fetchval("SELECT count(*) FROM platform.snapshot WHERE slug = $1", slug)

    assert (role, space, row) == (0, 0, 0)
    assert (await client.get("entities?type=Car", headers=header)).status_code == 404


async def test_a_snapshot_shows_one_moment_though_its_tables_are_copied_one_after_the_other(
    client, resources, make, database
):
    blocker = await asyncpg.connect(database)
    transaction = blocker.transaction()
    await transaction.start()
    await blocker.execute("LOCK TABLE t_default.label IN ACCESS EXCLUSIVE MODE")
    making = asyncio.create_task(make(ALL))
    async with asyncio.timeout(20):
        while not await blocker.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):
            await asyncio.sleep(0.02)

    await blocker.execute("""UPDATE t_default.label SET label = '{"en": "another"}'""")
    await transaction.commit()
    _, header = await making

    slug = (await snapshots.find_snapshot(resources, "default", header["ngsild-snapshot"])).slug
    schema = await resources.tenants.schema_of(slug)
    labels = await blocker.fetchval(f"SELECT count(*) FROM {schema}.label WHERE label->>'en' = 'another'")
    await blocker.close()
    assert labels == 0


async def test_with_a_tenant_its_snapshots_go(client, resources):
    tenant = {"ngsild-tenant": "Altstadt"}
    await resources.tenants.create("Altstadt")
    await client.post("entities", json=CARS[1], headers=tenant)
    response = await client.post("snapshots", json={**ALL, "id": "urn:s:old"}, headers=tenant)
    slug = (await snapshots.find_snapshot(resources, "Altstadt", "urn:s:old")).slug
    schema = await resources.tenants.schema_of(slug)

    async with resources.database.platform() as connection:
        gone = await connection.fetchval("SELECT platform.drop_tenant('Altstadt')")
        left = await connection.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema)
    await resources.tenants.create("Altstadt")

    assert response.status_code == 201
    assert (gone, left) == (True, 0)
    assert (await client.get("snapshots/urn:s:old", headers=tenant)).status_code == 404
