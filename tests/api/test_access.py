# SPDX-License-Identifier: EUPL-1.2
"""Who may read and write over HTTP."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import build_app
from api.gate import HttpGate

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


CAR = {"id": "urn:a:1", "type": "Car", "speed": 1}


def fresh_car():
    """A car that no other test of this module creates."""
    return {**CAR, "id": f"urn:b:{uuid4()}"}


ENTITIES = "/ngsi-ld/v1/entities"
WRITES = [
    ("POST", ENTITIES, CAR),
    ("DELETE", f"{ENTITIES}/urn:a:1", None),
    ("POST", f"{ENTITIES}/urn:a:1/attrs", {"a": 1}),
    ("PATCH", f"{ENTITIES}/urn:a:1/attrs", {"a": 1}),
    ("PATCH", f"{ENTITIES}/urn:a:1/attrs/a", {"value": 1}),
    ("DELETE", f"{ENTITIES}/urn:a:1/attrs/a", None),
    ("POST", "/ngsi-ld/v1/entityOperations/create", [CAR]),
    ("POST", "/ngsi-ld/v1/entityOperations/upsert", [CAR]),
    ("POST", "/ngsi-ld/v1/entityOperations/delete", ["urn:a:1"]),
    ("POST", "/admin/keys", {"name": "x", "kind": "admin"}),
    ("DELETE", "/admin/keys/7c9e6679-7425-40de-944b-e07fc1f90ae7", None),
    ("POST", "/admin/deadletters/replay", {"all": True}),
    ("POST", "/admin/deadletters/drop", {"all": True}),
    ("GET", "/admin/keys", None),
    ("GET", "/admin/deadletters", None),
    ("GET", "/admin/deadletters/1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": "wrong"}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eA=="}]
)
async def test_a_write_without_a_right_key_is_refused_and_says_what_to_send(client, method, path, body, headers):
    response = await client.request(method, path, json=body, headers=headers)

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert "key" in response.json()["detail"]
    assert (await client.get(f"{ENTITIES}/urn:a:1")).status_code == 404


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
async def test_a_connectors_key_opens_no_http(client, keyring, method, path, body):
    key = (await keyring.create_key("parking", kind="connector", connector="parking")).key

    response = await client.request(method, path, json=body, headers={"x-api-key": key})

    assert response.status_code == 403
    assert "MQTT" in response.json()["detail"]


@pytest.mark.parametrize("header", [lambda key: {"x-api-key": key}, lambda key: {"authorization": f"Bearer {key}"}])
async def test_an_administrators_key_opens_writes(client, admin, header):
    response = await client.post(ENTITIES, json=fresh_car(), headers=header(admin["x-api-key"]))

    assert response.status_code == 201


async def test_an_administrator_of_another_tenant_cannot_write_here(client, keyring, resources):
    async with resources.database.platform() as connection:
        await connection.execute("SELECT platform.create_tenant('town')")
    key = (await keyring.create_key("town hall", kind="admin", tenant="town")).key

    here = await client.post(ENTITIES, json=fresh_car(), headers={"x-api-key": key})
    there = await client.post(ENTITIES, json=fresh_car(), headers={"x-api-key": key, "ngsild-tenant": "town"})

    assert here.status_code == 404
    assert there.status_code == 201


async def test_a_tenant_that_is_forbidden_looks_like_one_that_is_not_there(client, keyring, resources):
    await resources.tenants.create("village")
    key = (await keyring.create_key("village hall", kind="admin", tenant="village")).key
    requests = [
        ("POST", ENTITIES, fresh_car()),
        ("PATCH", f"{ENTITIES}/urn:a:1/attrs", {"a": 1}),
        ("GET", "/admin/keys", None),
    ]

    for method, path, body in requests:
        answers = []
        for tenant in ("hidden", "hidden"):
            answers.append(
                await client.request(method, path, json=body, headers={"x-api-key": key, "ngsild-tenant": tenant})
            )
            await resources.tenants.create("hidden")

        unknown, forbidden = answers
        assert unknown.status_code == forbidden.status_code == 404
        assert unknown.content == forbidden.content
        assert "NonexistentTenant" in unknown.text
        assert {**unknown.headers, "x-request-id": ""} == {**forbidden.headers, "x-request-id": ""}
        await drop(resources, "hidden")


async def drop(resources, tenant):
    async with resources.database.platform() as connection:
        await connection.execute("SELECT platform.drop_tenant($1)", tenant)
    resources.tenants.forget(tenant)


async def test_a_create_makes_its_tenant_for_administrators_of_the_platform_only(client, admin, resources):
    car = fresh_car()

    without = await client.post(ENTITIES, json=car, headers={"ngsild-tenant": "Neu-Stadt"})
    read = await client.get(f"{ENTITIES}/{car['id']}", headers={"ngsild-tenant": "Neu-Stadt"})
    made = await client.post(ENTITIES, json=car, headers={**admin, "ngsild-tenant": "Neu-Stadt"})

    assert without.status_code == 401
    assert read.status_code == 404
    assert "NonexistentTenant" in read.text
    assert made.status_code == 201
    assert made.headers["ngsild-tenant"] == "Neu-Stadt"
    found = await client.get(f"{ENTITIES}/{car['id']}", headers={"ngsild-tenant": "Neu-Stadt"})
    assert found.status_code == 200
    assert (await client.get(f"{ENTITIES}/{car['id']}")).status_code == 404
    await drop(resources, "Neu-Stadt")


async def test_a_revoked_key_is_refused_at_once(client, keyring):
    created = await keyring.create_key("leaver", kind="admin")
    headers = {"x-api-key": created.key}
    car = fresh_car()
    assert (await client.post(ENTITIES, json=car, headers=headers)).status_code == 201

    await keyring.revoke_key(created.id, "default", wide=True)

    assert (await client.delete(f"{ENTITIES}/{car['id']}", headers=headers)).status_code == 401
    assert (await client.get(f"{ENTITIES}/{car['id']}")).status_code == 200


async def test_reads_are_open_on_loopback_and_need_a_key_elsewhere(client, resources, keyring, admin):
    closed = build_app(replace(resources, registry=CollectorRegistry()), keyring, HttpGate(open_reads=False))

    by_body = "/ngsi-ld/v1/entityOperations/query", {"type": "Query", "entities": [{"type": "Car"}]}
    assert (await client.get("/ngsi-ld/v1/types")).status_code == 200
    assert (await client.post(by_body[0], json=by_body[1])).status_code == 200
    async with httpx.AsyncClient(transport=httpx.ASGITransport(closed), base_url="http://10.0.0.1") as outside:
        for path in ("/ngsi-ld/v1/types", f"{ENTITIES}?type=Car", f"{ENTITIES}/urn:a:1", "/", "/metrics"):
            assert (await outside.get(path)).status_code == 401
            assert (await outside.get(path, headers=admin)).status_code in {200, 404}
        assert (await outside.post(by_body[0], json=by_body[1])).status_code == 401
        assert (await outside.get("/livez")).status_code == 200
        assert (await outside.get("/readyz")).status_code == 200


async def test_a_users_key_reads_ngsi_ld_beyond_loopback_and_nothing_else(resources, keyring):
    closed = build_app(replace(resources, registry=CollectorRegistry()), keyring, HttpGate(open_reads=False))
    user = {"x-api-key": (await keyring.create_key("Anna", kind="user")).key}
    connector = {"x-api-key": (await keyring.create_key("parking", kind="connector", connector="parking")).key}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(closed), base_url="http://10.0.0.1") as outside:
        for path in (f"{ENTITIES}?type=Car", "/datasets"):
            assert [(await outside.get(path, headers=each)).status_code for each in ({}, connector, user)] == [
                401,
                403,
                200,
            ]
        assert [(await outside.get("/", headers=each)).status_code for each in ({}, connector, user)] == [401, 403, 403]


async def test_nothing_needs_a_key_where_everything_is_open(resources, keyring):
    app = build_app(resources, keyring, HttpGate(open=True))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as opened:
        assert (await opened.post(ENTITIES, json=fresh_car())).status_code == 201
        assert (await opened.get("/admin/keys")).status_code == 200
