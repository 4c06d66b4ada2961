# SPDX-License-Identifier: EUPL-1.2
"""`/admin/tenants`: made, listed, deleted, and moved as archives."""

from uuid import uuid4

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/admin/tenants"
ENTITIES = "/ngsi-ld/v1/entities"
CAR = {"id": "urn:a:1", "type": "Car", "speed": 1}
GZIP = {"content-type": "application/gzip"}


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture
def name():
    return f"Stadt-{uuid4().hex[:8]}"


async def make(client, admin, name, **body):
    response = await client.post(PATH, json={"name": name, **body}, headers=admin)
    assert response.status_code == 201, response.text
    return response.json()


async def export(client, headers, name):
    response = await client.get(f"{PATH}/{name}/export", headers=headers)
    assert response.status_code == 200, response.text
    return response.content


async def test_a_tenant_is_made_with_a_key_of_its_own_and_listed(client, admin, name):
    response = await client.post(PATH, json={"name": name, "key": "Town hall"}, headers=admin)

    assert response.status_code == 201
    assert response.headers["location"] == f"{PATH}/{name}"
    assert response.headers["cache-control"] == "no-store"
    made = response.json()
    assert made.keys() == {"id", "key"}
    own = {"x-api-key": made["key"], "ngsild-tenant": name}
    assert (await client.post(ENTITIES, json=CAR, headers=own)).status_code == 201
    assert (await client.get(f"{PATH}/{name}", headers=admin)).json().keys() == {"id", "created_at"}
    listed = [tenant["id"] for tenant in (await client.get(PATH, headers=admin)).json()]
    assert {"default", name} <= set(listed)
    assert listed == sorted(listed)


async def test_an_archive_comes_and_goes(client, admin, name):
    await make(client, admin, name)
    headers = {**admin, "ngsild-tenant": name}
    assert (await client.post(ENTITIES, json=CAR, headers=headers)).status_code == 201

    archive = await export(client, admin, name)
    response = await client.post(f"{PATH}/import?name={name}2", content=archive, headers={**admin, **GZIP})

    assert response.status_code == 201, response.text
    assert response.json() == {"id": f"{name}2"}
    read = await client.get(f"{ENTITIES}/urn:a:1", headers={"ngsild-tenant": f"{name}2"})
    assert read.status_code == 200
    assert read.json()["speed"]["value"] == 1
