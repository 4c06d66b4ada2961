# SPDX-License-Identifier: EUPL-1.2
"""Tokens of a real Keycloak: what they open (A2), a rotation of its keys under load (F14), and its absence (F13)."""

import asyncio
import base64
import json

import httpx
import pytest

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from tests.auth.issuing import trust_in
from tests.keycloak.realms import PASSWORD, Realm

pytestmark = [
    pytest.mark.server,
    pytest.mark.keycloak,
    pytest.mark.needs("keycloak"),
    pytest.mark.timeout(400),  # the first start downloads it
]

ENTITIES = "/ngsi-ld/v1/entities"


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture(scope="module")
def realm(keycloak):
    made = Realm(keycloak)
    yield made
    made.client.close()


class Wire:
    """Stands between the platform and Keycloak: counts connections, and can be cut."""

    def __init__(self, url):
        self.host, self.port = httpx.URL(url).host, httpx.URL(url).port
        self.connections = 0
        self.server = None

    async def connect(self):
        self.server = await asyncio.start_server(self.pass_on, "127.0.0.1", self.at if self.server else 0)
        self.at = self.server.sockets[0].getsockname()[1]

    def cut(self):
        self.server.close()

    async def pass_on(self, reader, writer):
        self.connections += 1
        far_reader, far_writer = await asyncio.open_connection(self.host, self.port)

        async def copy(source, target):
            while chunk := await source.read(65536):
                target.write(chunk)
            target.close()

        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))


class Clock:
    time = 1_000_000.0

    def __call__(self):
        return self.time


@pytest.fixture
async def wire(keycloak):
    opened = Wire(keycloak)
    await opened.connect()
    yield opened
    opened.cut()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def client(resources, realm, wire, clock):
    """A platform that knows Keycloak by a wire."""
    jwks = f"http://127.0.0.1:{wire.at}/realms/tokens/protocol/openid-connect/certs"
    trust = trust_in([{"issuer": realm.issuer, "jwks": jwks}], clock=clock)
    for tenant in ("town", "village"):
        await resources.tenants.create(tenant)
    app = build_app(resources, Keyring(resources.database), HttpGate(), trust=trust)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as opened:
        yield opened
    await trust.close()


async def ask(client, token, tenant="town"):
    """What only an administrator is told."""
    headers = {"authorization": f"Bearer {token}", "ngsild-tenant": tenant}
    return await client.get("/admin/keys", headers=headers)


async def test_a_member_of_the_right_group_administers_its_own_tenant_only(client, realm):
    mayor, reader, neighbour, citizen = (realm.token(who) for who in ("mayor", "reader", "neighbour", "citizen"))

    assert (await ask(client, mayor)).status_code == 200
    assert (await ask(client, mayor, "village")).status_code == 404
    assert (await ask(client, reader)).status_code == 403
    assert (await ask(client, neighbour)).status_code == 404
    assert (await ask(client, neighbour, "village")).status_code == 200
    assert (await ask(client, citizen)).status_code == 404
    assert (await ask(client, realm.token("mayor", scope="openid organization"))).status_code == 403
    written = await client.post(
        ENTITIES,
        json={"id": "urn:a:1", "type": "Car"},
        headers={"authorization": f"Bearer {mayor}", "ngsild-tenant": "town"},
    )
    assert written.status_code in {201, 409}
    for token, status in ((mayor, 200), (reader, 200), (neighbour, 404), (citizen, 404)):
        headers = {"authorization": f"Bearer {token}", "ngsild-tenant": "town"}
        read = await client.get(f"{ENTITIES}?type=Car", headers=headers)
        assert read.status_code == status
        assert token is not reader or read.json() == [], "nothing is granted to it"


async def test_a_connectors_token_is_for_its_tenant_only(client, realm):
    token = realm.token(None, client="conn-town-parking", password=PASSWORD)

    assert (await ask(client, token)).status_code == 403
    assert (await ask(client, token, "village")).status_code == 404
    assert (await ask(client, token, "nowhere")).status_code == 404


async def test_a2_other_tokens_of_a_real_keycloak_are_refused(client, realm):
    given = realm.tokens("mayor")
    head, claims, signature = given["access_token"].split(".")
    payload = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    changed = base64.urlsafe_b64encode(json.dumps({**payload, "exp": 2_000_000_000}).encode()).rstrip(b"=").decode()
    wrong = {
        "ID token": given["id_token"],
        "refresh token": given["refresh_token"],
        "foreign client": realm.token("mayor", client="stranger"),
        "other audience": realm.token("mayor", client="allmende-deaf"),
        "other realm": realm.token("admin", client="admin-cli", password="admin", realm="master", scope="openid"),
        "changed": f"{head}.{changed}.{signature}",
    }

    answers = {name: await ask(client, token) for name, token in wrong.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(wrong, 401)
    assert all("invalid_token" in answer.headers["www-authenticate"] for answer in answers.values())
    assert (await ask(client, given["access_token"])).status_code == 200


async def test_f14_no_token_is_refused_while_a_real_keycloak_rotates_its_key(client, realm, wire, clock):
    assert (await ask(client, realm.token("mayor"))).status_code == 200
    clock.time += 60
    before = wire.connections
    statuses, is_done = [], False

    async def visit():
        while not is_done:
            token = await asyncio.to_thread(realm.token, "mayor")
            statuses.extend([(await ask(client, token)).status_code for _ in range(20)])

    crowd = [asyncio.create_task(visit()) for _ in range(4)]
    await asyncio.to_thread(realm.rotate, 200)
    while len(statuses) < 400:
        await asyncio.sleep(0.05)
    is_done = True
    await asyncio.gather(*crowd)

    assert set(statuses) == {200}
    assert 1 <= wire.connections - before <= 2


async def test_f13_keycloak_away_for_ten_minutes_and_back(client, realm, wire, clock):
    known = [realm.token("mayor") for _ in range(6)]
    assert (await ask(client, known[0])).status_code == 200
    await asyncio.to_thread(realm.rotate, 300)
    fresh = realm.token("mayor")
    wire.cut()

    for token, minutes in zip(known[1:], (0, 1, 3, 3, 3), strict=True):
        clock.time += minutes * 60
        answers = await asyncio.gather(*(ask(client, fresh) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {503}
        assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers)
        assert (await ask(client, token)).status_code == 200
        assert (await client.get("/ngsi-ld/v1/types")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
    await wire.connect()
    clock.time += 60

    assert (await ask(client, fresh)).status_code == 200
    assert (await ask(client, known[5])).status_code == 200
