# SPDX-License-Identifier: EUPL-1.2
"""Access tokens over HTTP: what they open, what refuses them, and what of it the answer says."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from prometheus_client import CollectorRegistry

from allmende.errors import Forbidden, KeyRequired
from api.app import PROGRAMS, build_app
from api.gate import HttpGate
from api.platform import NO_SCOPE, administrative_scope, require_administrator
from auth.keys import Keyring
from broker.web.access import Access
from tests.auth.issuing import MiniIssuer, administrator, rsa_key, trust_in

pytestmark = [pytest.mark.server, pytest.mark.storage]

ENTITIES = "/ngsi-ld/v1/entities"


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture(scope="module")
def issuer():
    opened = MiniIssuer()
    yield opened
    opened.stop()


@pytest.fixture
async def trust(issuer):
    """The realm of the platform, and the issuer of one tenant."""
    issuer.reset()
    believed = trust_in(
        [
            {"issuer": issuer.url},
            {"issuer": f"{issuer.url}2", "name": "waterworks", "tenant": "waterworks", "jwks": f"{issuer.url}/certs"},
        ]
    )
    yield believed
    await believed.close()


@pytest.fixture
async def clients(resources, trust):
    """A platform on loopback, and the same where reads need a key."""
    opened = []
    for gate in (HttpGate(), HttpGate(open_reads=False)):
        own = replace(resources, registry=CollectorRegistry())
        app = build_app(own, Keyring(resources.database), gate, trust=trust)
        opened.append(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost"))
    yield opened
    for client in opened:
        await client.aclose()


@pytest.fixture
def client(clients):
    return clients[0]


def bearer(token, **more):
    return {"authorization": f"Bearer {token}", **more}


def car():
    return {"id": f"urn:b:{uuid4()}", "type": "Car", "speed": 1}


async def test_an_administrators_token_opens_what_an_administrators_key_opens(client, issuer):
    headers = bearer(issuer.token(**administrator()))

    assert (await client.post(ENTITIES, json=car(), headers=headers)).status_code == 201
    assert (await client.get("/admin/keys", headers=headers)).status_code == 200
    made = await client.post("/admin/keys", json={"name": "x", "kind": "connector", "connector": "x"}, headers=headers)
    assert made.status_code == 201
    wide = await client.post("/admin/keys", json={"name": "x", "kind": "admin"}, headers=headers)
    assert wide.status_code == 403
    assert "tenant" in wide.json()["detail"]


async def test_a_token_of_a_member_writes_nothing_and_reads_what_is_granted(client, issuer):
    admin = bearer(issuer.token(**administrator()))
    headers = bearer(issuer.token(sub="anna", organization={"default": {"groups": ["/data-editor"]}}))
    shown = car()
    await client.post(ENTITIES, json=shown, headers=admin)

    write = await client.post(ENTITIES, json=car(), headers=headers)
    keys = await client.get("/admin/keys", headers=headers)
    before = await client.get(f"{ENTITIES}?type=Car", headers=headers)
    for subject in ({"kind": "group", "id": "/data-editor"}, {"kind": "user", "id": "anna"}):
        grant = {"subject": subject, "action": "read", "target": {"kind": "entity", "id": shown["id"]}}
        made = await client.post("/admin/grants", json=grant, headers=admin)
        read = await client.get(f"{ENTITIES}?type=Car&options=keyValues", headers=headers)
        await client.delete(made.headers["location"], headers=admin)

        assert read.json() == [shown]

    assert (write.status_code, keys.status_code) == (403, 403)
    assert "administrator" in write.json()["detail"]
    assert (before.status_code, before.json()) == (200, [])


async def test_where_reads_need_a_key_a_member_reads_what_is_granted_and_others_nothing(clients, issuer):
    _, closed = clients
    member = bearer(issuer.token(organization=["default"]))
    stranger = bearer(issuer.token(organization=["elsewhere"]))
    for path in ("/ngsi-ld/v1/types", "/", "/metrics", f"{ENTITIES}?type=Car"):
        assert (await closed.get(path, headers=bearer(issuer.token(**administrator())))).status_code == 200
        decided = path.startswith("/ngsi-ld/")
        assert (await closed.get(path, headers=member)).status_code == (200 if decided else 403)
        assert (await closed.get(path, headers=stranger)).status_code == (404 if decided else 403)
        assert (await closed.get(path)).status_code == 401


async def test_a_token_opens_no_more_than_it_was_given_for(clients, issuer):
    client, closed = clients
    reading = bearer(issuer.token(scope="openid entities:read", **administrator()))
    nothing = bearer(issuer.token(scope=None, **administrator()))
    contexts = bearer(issuer.token(scope="contexts:write", **administrator()))

    refused = [
        await client.post(ENTITIES, json=car(), headers=reading),
        await client.post(ENTITIES, json=car(), headers=contexts),
        await client.get("/admin/keys", headers=reading),
        await client.get("/admin/deadletters", headers=reading),
        await closed.get(f"{ENTITIES}?type=Car", headers=nothing),
        await closed.get("/ngsi-ld/v1/temporal/entities?type=Car", headers=reading),
        await client.post("/ngsi-ld/v1/jsonldContexts", json={"@context": {}}, headers=reading),
    ]

    for answer in refused:
        assert answer.status_code == 403
        assert "scope" in answer.json()["detail"]
    assert (await closed.get(f"{ENTITIES}?type=Car", headers=reading)).status_code == 200
    made = await client.post("/ngsi-ld/v1/jsonldContexts", json={"@context": {}}, headers=contexts)
    assert made.status_code == 201


def test_every_administrative_path_says_which_scope_it_is_for():
    paths = [
        route.path
        for router in PROGRAMS
        for route in router.routes
        if any(part.call is require_administrator for part in route.dependant.dependencies)
    ]

    assert paths
    assert [path for path in paths if administrative_scope(path) == NO_SCOPE] == []
    assert administrative_scope("/admin/keysx") == NO_SCOPE


BAD = {
    "expired": lambda issuer: issuer.token(exp=1),
    "of another audience": lambda issuer: issuer.token(aud="account"),
    "signed by somebody else": lambda issuer: issuer.token(key=rsa_key(8)),
    "an ID token": lambda issuer: issuer.token(typ="ID"),
    "of no algorithm": lambda issuer: f"{issuer.token().rsplit('.', 1)[0]}.",
    "too long": lambda issuer: issuer.token(filling="x" * 8000),
    "nonsense": lambda issuer: "a.b.c",
    "encrypted": lambda issuer: "a.b.c.d.e",
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_token_is_refused_wherever_it_is_shown(clients, issuer, name):
    headers = bearer(BAD[name](issuer))

    for client in clients:
        for method, path, body in [
            ("GET", f"{ENTITIES}?type=Car", None),
            ("GET", "/series?entity=urn:a:1&attribute=speed", None),
            ("POST", ENTITIES, car()),
            ("GET", "/admin/keys", None),
        ]:
            answer = await client.request(method, path, json=body, headers=headers)

            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'Bearer realm="allmende", error="invalid_token"'
            assert answer.json()["title"] == "The token is not valid"
            assert "token" in answer.json()["detail"]
            assert answer.headers["content-type"] == (
                "application/json" if path.startswith("/ngsi-ld") else "application/problem+json"
            )


async def test_a_tenant_that_is_forbidden_to_a_token_looks_like_one_that_is_not_there(client, issuer, resources):
    foreign = bearer(issuer.token(**administrator("village")))
    bound = bearer(issuer.token(iss=f"{issuer.url}2", groups=["/tenant-admin"]))
    requests = [
        ("POST", ENTITIES, car(), foreign),
        ("PATCH", f"{ENTITIES}/urn:a:1/attrs", {"a": 1}, foreign),
        ("GET", "/admin/keys", None, foreign),
        ("POST", ENTITIES, car(), bound),
        ("GET", "/admin/keys", None, bound),
        ("GET", f"{ENTITIES}?type=Car", None, bound),
        ("GET", "/series?entity=urn:a:1&attribute=speed", None, bound),
    ]

    for method, path, body, headers in requests:
        answers = []
        for _ in range(2):
            answers.append(
                await client.request(method, path, json=body, headers={**headers, "ngsild-tenant": "hidden"})
            )
            await resources.tenants.create("hidden")

        unknown, forbidden = answers
        assert unknown.status_code == forbidden.status_code == 404
        assert unknown.content == forbidden.content
        assert "NonexistentTenant" in unknown.text
        assert {**unknown.headers, "x-request-id": ""} == {**forbidden.headers, "x-request-id": ""}
        async with resources.database.platform() as connection:
            await connection.execute("SELECT platform.drop_tenant($1)", "hidden")
        resources.tenants.forget("hidden")


async def test_a_token_makes_no_tenant_by_a_create(client, issuer):
    headers = bearer(issuer.token(**administrator("Neu-Stadt")))

    made = await client.post(ENTITIES, json=car(), headers={**headers, "ngsild-tenant": "Neu-Stadt"})

    assert made.status_code == 404
    assert "NonexistentTenant" in made.text
    assert (await client.get(f"{ENTITIES}?type=Car", headers={"ngsild-tenant": "Neu-Stadt"})).status_code == 404


async def test_a_token_and_a_key_at_once_or_two_tokens_are_refused(client, issuer, admin):
    token = issuer.token(**administrator())

    both = await client.get(f"{ENTITIES}?type=Car", headers=bearer(token, **admin))
    twice = await client.get(f"{ENTITIES}?type=Car", headers=[("authorization", f"Bearer {token}")] * 2)
    writes = await client.post(ENTITIES, json=car(), headers=bearer(admin["x-api-key"], **admin))
    proxy = await client.post(ENTITIES, json=car(), headers={"authorization": "Basic eA==", **admin})

    assert [both.status_code, twice.status_code, writes.status_code] == [400, 400, 400]
    assert "either X-API-Key or Authorization" in both.json()["detail"]
    assert proxy.status_code == 201


async def test_the_issuer_away_leaves_public_reads_and_makes_an_unknown_key_temporary(client, issuer):
    known = issuer.token(**administrator())
    assert (await client.get("/admin/keys", headers=bearer(known))).status_code == 200
    issuer.rotate()
    issuer.stop()

    unknown = await client.get("/admin/keys", headers=bearer(issuer.token(**administrator())))

    assert unknown.status_code == 503
    assert int(unknown.headers["retry-after"]) >= 1
    assert (await client.get(f"{ENTITIES}?type=Car")).status_code == 200
    assert (await client.post(ENTITIES, json=car(), headers=bearer(known))).status_code == 201


async def test_tenants_are_managed_by_the_role_for_it_and_its_scope_and_by_keys_of_the_platform(
    resources, keyring, trust, issuer, admin
):
    access = Access(keyring=keyring, trust=trust)
    manager = {"realm_access": {"roles": ["platform-admin"]}}
    of_town = await keyring.create_key("town hall", kind="admin", tenant="default")

    async def ask(headers):
        pairs = {name.encode(): value.encode() for name, value in headers.items()}
        await access.require_manager(pairs)

    await ask(bearer(issuer.token(scope="tenants:manage", **manager)))
    await ask(admin)
    for headers, error in [
        (bearer(issuer.token(**manager)), Forbidden),
        (bearer(issuer.token(scope="tenants:manage", **administrator())), Forbidden),
        (bearer(issuer.token(scope="tenants:manage", iss=f"{issuer.url}2", **manager)), Forbidden),
        ({"x-api-key": of_town.key}, Forbidden),
        ({}, KeyRequired),
    ]:
        with pytest.raises(error):
            await ask(headers)
    with pytest.raises(Forbidden):
        await access.require_administrator({b"authorization": f"Bearer {issuer.token(**manager)}".encode()}, None)


async def test_where_everything_is_open_tokens_are_not_looked_at(resources, trust):
    app = build_app(resources, Keyring(resources.database), HttpGate(open=True), trust=trust)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as opened:
        assert (await opened.post(ENTITIES, json=car(), headers=bearer("a.b.c"))).status_code == 201
