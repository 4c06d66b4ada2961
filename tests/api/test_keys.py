# SPDX-License-Identifier: EUPL-1.2
"""`/admin/keys`."""

import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/admin/keys"


async def test_a_made_key_is_shown_once_and_works(client, admin):
    response = await client.post(
        PATH, json={"name": "parking", "kind": "connector", "connector": "parking"}, headers=admin
    )

    assert response.status_code == 201
    created = response.json()
    assert set(created) == {"id", "name", "key", "expires_at"}
    assert response.headers["location"] == f"{PATH}/{created['id']}"
    shown = await client.get(response.headers["location"], headers=admin)
    assert shown.json()["connector"] == "parking"
    assert created["key"] not in shown.text
    assert created["key"] not in (await client.get(PATH, headers=admin)).text


async def test_an_administrators_key_made_by_another_administers(client, admin):
    created = (await client.post(PATH, json={"name": "second", "kind": "admin"}, headers=admin)).json()

    response = await client.get(PATH, headers={"x-api-key": created["key"]})

    assert {key["name"] for key in response.json()} == {"all rights", "second"}


async def test_a_tenants_administrator_makes_keys_of_that_tenant_only(client, keyring):
    headers = {"x-api-key": (await keyring.create_key("town hall", kind="admin", tenant="default")).key}

    everywhere = await client.post(PATH, json={"name": "more", "kind": "admin"}, headers=headers)
    other = await client.post(PATH, json={"name": "more", "kind": "admin", "tenant": "town"}, headers=headers)
    own = await client.post(PATH, json={"name": "more", "kind": "admin", "tenant": "default"}, headers=headers)

    assert (everywhere.status_code, other.status_code, own.status_code) == (403, 403, 201)


async def test_a_revoked_key_is_listed_as_such(client, admin):
    created = (await client.post(PATH, json={"name": "leaver", "kind": "admin"}, headers=admin)).json()

    response = await client.delete(f"{PATH}/{created['id']}", headers=admin)

    assert response.status_code == 204
    listed = {key["name"]: key for key in (await client.get(PATH, headers=admin)).json()}
    assert listed["leaver"]["revoked_at"]
    assert listed["all rights"]["revoked_at"] is None


@pytest.mark.parametrize("key_id", ["nonsense", "7c9e6679-7425-40de-944b-e07fc1f90ae7"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_unknown_key_is_not_found(client, admin, method, key_id):
    response = await client.request(method, f"{PATH}/{key_id}", headers=admin)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": "x"},
        {"name": "x", "kind": "king"},
        {"name": "x", "kind": "connector"},
        {"name": "", "kind": "admin"},
        {"name": "x", "kind": "admin", "unknown": 1},
        {"name": "x", "kind": "admin", "expires_at": "yesterday"},
        {"name": "x", "kind": "admin", "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "x\n", "kind": "admin"},
    ],
)
async def test_a_request_that_makes_no_sense_is_told_what_is_wrong(client, admin, body):
    response = await client.post(PATH, json=body, headers=admin)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


async def test_a_body_that_is_no_json_is_refused(client, admin):
    for body in (b"", b"{", b"[" * 100_000, b'{"name": NaN}'):
        response = await client.post(PATH, content=body, headers={**admin, "content-type": "application/json"})

        assert response.status_code == 400
    assert (await client.post(PATH, content=b"{}", headers={**admin, "content-type": "text/plain"})).status_code == 415
