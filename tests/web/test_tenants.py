# SPDX-License-Identifier: EUPL-1.2
"""Tenants over HTTP: which names they may have, which writes make one, and that nothing of one is seen from another."""

from uuid import uuid4

import pytest

from broker.engine.identity import retrieve_identity
from broker.engine.resources import open_resources
from broker.web.openapi.document import NAME
from broker.web.operations import OPERATIONS
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

CAR = {"id": "urn:a:1", "type": "Car", "speed": {"type": "Property", "value": 1}}
FOUNDING = [
    ("entities", CAR, 201),
    ("entityOperations/create", [CAR], 201),
    ("entityOperations/upsert", [CAR], 201),
    ("temporal/entities", {**CAR, "speed": [{**CAR["speed"], "observedAt": "2026-01-01T00:00:00Z"}]}, 201),
]
OTHERS = [
    ("GET", "entities?type=Car", None),
    ("GET", "entities/urn:a:1", None),
    ("GET", "temporal/entities/urn:a:1", None),
    ("GET", "types", None),
    ("GET", "attributes", None),
    ("GET", "entityMaps?type=Car", None),
    ("POST", "entityOperations/query", {"type": "Query", "entities": [{"type": "Car"}]}),
    ("POST", "entityOperations/delete", ["urn:a:1"]),
    ("POST", "entityOperations/update", [CAR]),
    ("POST", "entities/urn:a:1/attrs", {"speed": 2}),
    ("PATCH", "entities/urn:a:1", {"speed": 2}),
    ("PUT", "entities/urn:a:1", CAR),
    ("DELETE", "entities/urn:a:1", None),
    ("DELETE", "entities?type=Car", None),
]


@pytest.fixture
async def tenant(resources):
    """The name of a tenant that is not there, and that is gone afterwards."""
    name = f"Neu-Stadt_{uuid4().hex[:8]}"
    yield name
    async with resources.database.platform() as connection:
        await connection.execute("SELECT platform.drop_tenant($1)", name)
    resources.tenants.forget(name)


async def test_a_name_that_no_tenant_can_have_is_bad_request_data(client):
    for name in ("", "../default", "a b", "ä", "x" * 41, "default'--", "a.0123456789abcdef0123", "a,b", "a/b"):
        for method, path in [("GET", "types"), ("POST", "entities"), ("GET", "info/sourceIdentity")]:
            response = await client.request(method, path, content=b"{}", headers={"ngsild-tenant": name.encode()})

            assert response.status_code == 400
            assert problem_type(response) == "BadRequestData"


async def test_what_is_no_create_on_an_unknown_tenant_is_nonexistent_tenant(client, tenant):
    for method, path, body in OTHERS:
        for name in (tenant, "UPPER", "x" * 40):
            response = await client.request(method, path, json=body, headers={"ngsild-tenant": name})

            assert response.status_code == 404, path
            assert problem_type(response) == "NonexistentTenant"
            assert response.headers["ngsild-tenant"] == name


async def test_every_operation_on_what_a_tenant_has_needs_that_tenant_but_those_that_make_it(client, tenant):
    for operation in OPERATIONS:
        if operation.founds or operation.path.startswith(("jsonldContexts", "info/")):
            continue
        ids = iter(operation.example.ids)
        path = NAME.sub(lambda _, ids=ids: next(ids), operation.path)
        body = {"json": operation.example.body} if operation.reads else {}
        headers = {**operation.example.headers, "ngsild-tenant": tenant}

        response = await client.request(
            operation.method, path, params=operation.example.parameters, headers=headers, **body
        )

        assert response.status_code == 404, operation.name
        assert problem_type(response) == "NonexistentTenant", operation.name


@pytest.mark.parametrize(("path", "body", "status"), FOUNDING)
async def test_a_create_makes_the_tenant_where_everything_is_open(client, tenant, path, body, status):
    headers = {"ngsild-tenant": tenant}

    made = await client.post(path, json=body, headers=headers)

    assert made.status_code == status
    assert made.headers["ngsild-tenant"] == tenant
    assert (await client.get("entities/urn:a:1", headers=headers)).status_code == 200
    assert (await client.get("entities/urn:a:1")).status_code == 404
    types = await client.get("types", headers=headers)
    assert types.json()["typeList"] == ["Car"]
    assert tenant in types.json()["id"]


async def test_nothing_of_a_tenant_is_seen_or_changed_from_another(client, tenant):
    headers = {"ngsild-tenant": tenant}
    here, there = {**CAR, "id": "urn:a:apart", "brand": "Opel"}, {**CAR, "id": "urn:a:apart", "wheels": 3}
    await client.post("entities", json=here)
    await client.post("entities", json=there, headers=headers)

    changed = await client.patch("entities/urn:a:apart", json={"speed": {"value": 2}}, headers=headers)
    attributes = [(await client.get("attributes", headers=each)).json() for each in ({}, headers)]
    histories = [(await client.get("temporal/entities/urn:a:apart", headers=each)).json() for each in ({}, headers)]
    await client.delete("temporal/entities/urn:a:apart", headers=headers)

    assert changed.status_code == 204
    assert [each["attributeList"] for each in attributes] == [["brand", "speed"], ["speed", "wheels"]]
    assert [len(each["speed"]) for each in histories] == [1, 2]
    assert [each.keys() & {"brand", "wheels"} for each in histories] == [{"brand"}, {"wheels"}]
    assert (await client.get("entities/urn:a:apart?options=keyValues")).json()["speed"] == 1
    assert (await client.get("temporal/entities/urn:a:apart")).json() == histories[0]
    assert (await client.get("entities?type=Car", headers=headers)).json() == []


@pytest.mark.parametrize(
    ("path", "body"), [("entities", {}), ("entities", {"id": "x"}), ("entityOperations/create", [])]
)
async def test_a_create_that_is_refused_makes_no_tenant(client, tenant, path, body):
    headers = {"ngsild-tenant": tenant}

    refused = await client.post(path, json=body, headers=headers)

    assert refused.status_code == 400
    assert problem_type(await client.get("types", headers=headers)) == "NonexistentTenant"


async def test_the_identity_of_each_tenant_is_its_own_and_stays(client):
    names = [{}, {"ngsild-tenant": "a"}, {"ngsild-tenant": "b"}, {"ngsild-tenant": "a"}]

    aliases = [(await client.get("info/sourceIdentity", headers=name)).json()["contextSourceAlias"] for name in names]

    assert len(set(aliases)) == 3
    assert aliases[1] == aliases[3]


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 6, 7, 10])
async def test_a_tenant_that_was_deleted_is_nonexistent_to_who_has_known_it(client, resources, tenant, number):
    method, path, body = OTHERS[number]
    headers = {"ngsild-tenant": tenant}
    assert (await client.post("entities", json=CAR, headers=headers)).status_code == 201
    async with resources.database.platform() as connection:
        await connection.execute("SELECT platform.drop_tenant($1)", tenant)

    response = await client.request(method, path, json=body, headers=headers)

    assert response.status_code == 404
    assert problem_type(response) == "NonexistentTenant"
    assert response.json()["detail"] == f"Tenant {tenant!r} does not exist"
    assert response.content == (await client.get("types", headers=headers)).content


@pytest.mark.parametrize(("path", "body", "status"), FOUNDING)
async def test_a_create_makes_a_tenant_again_that_was_deleted(client, resources, tenant, path, body, status):
    headers = {"ngsild-tenant": tenant}
    other = {"id": "urn:a:0", "type": "Bus", "seats": 40}
    for entity in (other, CAR):
        assert (await client.post("entities", json=entity, headers=headers)).status_code == 201
    async with resources.database.platform() as connection:
        await connection.execute("SELECT platform.drop_tenant($1)", tenant)

    made = await client.post(path, json=body, headers=headers)

    assert made.status_code == status
    assert (await client.get("entities/urn:a:0", headers=headers)).status_code == 404
    assert (await client.get("types", headers=headers)).json()["typeList"] == ["Car"]
    history = (await client.get("temporal/entities/urn:a:1", headers=headers)).json()
    assert [one["value"] for one in history["speed"]] == [1]


async def test_the_identity_of_a_tenant_outlives_a_restart(client, serving):
    before = (await client.get("info/sourceIdentity")).json()

    async with open_resources(serving) as restarted:
        identity = await retrieve_identity(restarted, "default")

    assert identity.alias == before["contextSourceAlias"]
