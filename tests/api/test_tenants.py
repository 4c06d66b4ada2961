# SPDX-License-Identifier: EUPL-1.2
"""`/admin/tenants`: made, listed, deleted, and moved as archives."""

import asyncio
from uuid import uuid4

import httpx
import orjson
import pytest

from allmende.database.migrations import serving_url
from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from broker.engine.messages import Message
from broker.engine.resources import open_resources
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/admin/tenants"
ENTITIES = "/ngsi-ld/v1/entities"
CAR = {"id": "urn:a:1", "type": "Car", "speed": 1}
GZIP = {"content-type": "application/gzip"}
RELATIONS = 58
"""Tables and indexes of a tenant today, TOAST not counted; 45 are wanted, so that a thousand tenants fit into a database."""


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


async def test_a_name_that_is_taken_or_that_none_can_have_is_refused(client, admin, name):
    await make(client, admin, name)

    again = await client.post(PATH, json={"name": name}, headers=admin)

    assert again.status_code == 409
    assert again.json()["detail"] == f"Tenant {name!r} already exists"
    for wrong in ("", "a b", "a.b", "x" * 41, "ä", f"{name}.0123456789abcdef0123"):
        response = await client.post(PATH, json={"name": wrong}, headers=admin)

        assert response.status_code == 400
        assert "1 to 40 letters" in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"name": 1},
        {"name": "new", "unknown": 1},
        {"name": "new", "key": ""},
        {"name": "new", "key": "x", "expires_at": "2001-01-01T00:00:00Z"},
        {"name": "new", "expires_at": "2999-01-01T00:00:00Z"},
    ],
)
async def test_a_request_that_makes_no_sense_makes_no_tenant(client, admin, body):
    response = await client.post(PATH, json=body, headers=admin)

    assert response.status_code == 400
    assert response.json()["detail"]
    assert (await client.get(f"{PATH}/new", headers=admin)).status_code == 404


async def test_an_administrator_of_a_tenant_sees_and_exports_that_one_and_knows_of_no_other(client, admin, name):
    own = {"x-api-key": (await make(client, admin, name, key="Town hall"))["key"]}
    other, missing = f"{name}-other", f"{name}-missing"
    await make(client, admin, other)

    listed = await client.get(PATH, headers=own)
    answers = {
        tenant: [await client.get(f"{PATH}/{tenant}{path}", headers=own) for path in ("", "/export")]
        for tenant in (name, other, missing)
    }
    refused = [
        await client.post(PATH, json={"name": missing}, headers=own),
        await client.delete(f"{PATH}/{name}", headers=own),
        await client.delete(f"{PATH}/{other}", headers=own),
        await client.delete(f"{PATH}/{missing}", headers=own),
        await client.post(f"{PATH}/import", content=b"", headers={**own, **GZIP}),
    ]

    assert [tenant["id"] for tenant in listed.json()] == [name]
    assert [answer.status_code for answer in answers[name]] == [200, 200]
    for hidden, unknown in zip(answers[other], answers[missing], strict=True):
        assert hidden.status_code == unknown.status_code == 404
        assert hidden.text.replace(other, missing) == unknown.text
    assert [answer.status_code for answer in refused] == [403] * 5
    assert len({answer.text for answer in refused}) == 1
    assert (await client.get(f"{PATH}/{other}", headers=admin)).status_code == 200


CALLS = [
    ("GET", "", {}),
    ("POST", "", {"json": {"name": "new"}}),
    ("GET", "/default", {}),
    ("DELETE", "/default", {}),
    ("GET", "/default/export", {}),
    ("POST", "/import", {"content": b"x", "headers": GZIP}),
]


@pytest.mark.parametrize(("method", "path", "more"), CALLS)
async def test_who_shows_no_administrators_key_is_refused(client, keyring, method, path, more):
    connector = (await keyring.create_key("parking", kind="connector", connector="parking")).key
    headers = more.get("headers", {})

    for key, status in (({}, 401), ({"x-api-key": "wrong"}, 401), ({"x-api-key": connector}, 403)):
        response = await client.request(method, PATH + path, **{**more, "headers": {**headers, **key}})

        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


async def test_an_import_says_what_it_takes(client, admin):
    for headers in ({}, {"content-type": "application/json"}):
        response = await client.post(f"{PATH}/import", content=b"{}", headers={**admin, **headers})

        assert response.status_code == 415
        assert "application/gzip" in response.json()["detail"]
    wrong = await client.post(f"{PATH}/import?name=a.b", content=b"{}", headers={**admin, **GZIP})
    assert wrong.status_code == 400


async def test_a_body_of_any_length_may_be_an_archive_and_nothing_else(client, admin):
    large = bytes(17 * 1024 * 1024)

    taken = await client.post(f"{PATH}/import", content=large, headers={**admin, **GZIP})
    refused = await client.post(PATH, content=large, headers={**admin, "content-type": "application/json"})

    assert (taken.status_code, refused.status_code) == (400, 413)


async def test_with_a_tenant_go_its_keys_its_snapshots_and_its_rows(client, admin, keyring, rows, name):
    own = (await make(client, admin, name, key="Town hall"))["key"]
    headers = {"x-api-key": own, "ngsild-tenant": name}
    lamps = (await keyring.create_key("lamps", kind="connector", connector="lamps", tenant=name)).key
    assert (await client.post(ENTITIES, json=CAR, headers=headers)).status_code == 201
    snapshot = {"type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "Car"}]}]}
    assert (await client.post("/ngsi-ld/v1/snapshots", json=snapshot, headers=headers)).status_code == 201
    (schema,) = rows(f"SELECT schema FROM platform.tenant WHERE slug = '{name}'")[0]

    response = await client.delete(f"{PATH}/{name}", headers=admin)

    assert (response.status_code, response.content) == (204, b"")
    assert await keyring.verify(lamps) is None
    assert (await client.get(PATH, headers=headers)).status_code == 401
    assert (await client.get(f"{PATH}/{name}", headers=admin)).status_code == 404
    assert (await client.get(f"{ENTITIES}/urn:a:1", headers={"ngsild-tenant": name})).status_code == 404
    assert (await client.delete(f"{PATH}/{name}", headers=admin)).status_code == 404
    assert rows(f"SELECT slug FROM platform.tenant WHERE slug LIKE '{name}%'") == []
    assert rows(f"SELECT tenant FROM platform.snapshot WHERE tenant = '{name}'") == []
    assert rows(f"SELECT rolname FROM pg_roles WHERE rolname = '{schema}'") == []
    assert rows(f"SELECT nspname FROM pg_namespace WHERE nspname = '{schema}'") == []


async def test_default_cannot_be_deleted(client, admin):
    response = await client.delete(f"{PATH}/default", headers=admin)

    assert response.status_code == 422
    assert (await client.get(f"{PATH}/default", headers=admin)).status_code == 200


async def test_a_tenant_called_as_a_path_is_a_tenant(client, admin):
    await make(client, admin, "import")

    assert (await client.get(f"{PATH}/import", headers=admin)).json()["id"] == "import"
    assert (await client.delete(f"{PATH}/import", headers=admin)).status_code == 204


async def test_a_hosted_context_of_a_deleted_tenant_says_nothing_in_one_that_is_made_anew(client, admin, name):
    headers = {**admin, "ngsild-tenant": name}
    link = '<urn:x:terms>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    await make(client, admin, name)
    hosted = await client.post(
        "/ngsi-ld/v1/jsonldContexts", json={"@context": {"speed": "https://example.org/v1"}}, headers=headers
    )
    link = link.replace("urn:x:terms", f"http://localhost{hosted.headers['location']}")
    created = await client.post(ENTITIES, json=CAR, headers={**headers, "link": link})
    assert created.status_code == 201, created.text

    await client.delete(f"{PATH}/{name}", headers=admin)
    await make(client, admin, name)
    response = await client.post(ENTITIES, json=CAR, headers={**headers, "link": link})

    assert response.status_code in {400, 404, 503, 504}, response.text


@pytest.fixture
async def neighbour(resources, database, template):
    """Another process on the same database."""
    async with open_resources(serving_url(database, f"{template}_serving", PASSWORD)) as opened:
        yield opened


def lamp(number, **attributes):
    return Message(
        number[0], "lamps", "entities", number[1], orjson.dumps({"id": "urn:x:1", "type": "Lamp", **attributes})
    )


@pytest.mark.parametrize("way", ["message", "http"])
async def test_what_another_process_knew_of_a_deleted_tenant_holds_for_no_other(
    client, admin, resources, neighbour, rows, name, way
):
    await make(client, admin, name)
    beside = build_app(neighbour, Keyring(neighbour.database), HttpGate())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(beside), base_url="http://localhost") as other:
        headers = {**admin, "ngsild-tenant": name}
        first = {"id": "urn:x:1", "type": "Lamp", "first": 1, "second": 2}
        assert (await other.post(ENTITIES, json=first, headers=headers)).status_code == 201
        # As a process would that tells nobody: numbers 1 and 2 are other names now.
        rows(f"SELECT platform.drop_tenant('{name}'), platform.create_tenant('{name}')")
        resources.forget_tenant(name)
        anew = {"id": "urn:x:2", "type": "Lamp", "second": 3, "first": 4}
        assert (await client.post(ENTITIES, json=anew, headers=headers)).status_code == 201

        if way == "http":
            written = await other.post(ENTITIES, json=first, headers=headers)
            assert written.status_code == 201, written.text
        else:
            receipt = await neighbour.ingest.accept(lamp((name, "m1"), first=1, second=2))
            assert orjson.loads(receipt)["stored"] == 1
        history = await client.get("/ngsi-ld/v1/temporal/entities/urn:x:1?options=temporalValues", headers=headers)

    assert {each: history.json()[each]["values"][0][0] for each in ("first", "second")} == {"first": 1, "second": 2}


async def test_a_deleted_tenant_is_forgotten_everywhere_when_it_is_told(client, admin, resources, neighbour, name):
    await make(client, admin, name)
    async with asyncio.timeout(20):
        while not resources.feed.relay.is_near:
            await asyncio.sleep(0.02)
        await neighbour.tenants.schema_of(name)
        with neighbour.feed.following(await neighbour.tenants.schema_of(name)) as ring:
            assert (await client.delete(f"{PATH}/{name}", headers=admin)).status_code == 204
            await ring.news.wait()
            assert ring.is_ended

    assert neighbour.tenants.known_schema(name) is None
    assert resources.tenants.known_schema(name) is None


async def test_the_role_of_a_tenant_owns_nothing_and_reads_nothing_of_another(client, admin, rows, name):
    await make(client, admin, name)
    await make(client, admin, f"{name}-2")
    for tenant in (name, f"{name}-2"):
        created = await client.post(ENTITIES, json=CAR, headers={**admin, "ngsild-tenant": tenant})
        assert created.status_code == 201
    first, second = (
        rows(f"SELECT schema FROM platform.tenant WHERE slug = '{tenant}'")[0][0] for tenant in (name, f"{name}-2")
    )
    # TimescaleDB keeps the chunks of a history elsewhere.
    relations = (
        "SELECT c.oid FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm', 'S', 'p') AND (c.relnamespace = '{0}'::regnamespace"
        " OR c.oid IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = '{0}.history'::regclass))"
    )

    owned = rows(
        "SELECT d.classid::regclass::text, d.objid FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid"
        " WHERE d.deptype = 'o' AND r.rolname LIKE 't\\_%'"
    )
    rights = (
        "SELECT count(*), count(*) FILTER (WHERE has_table_privilege('{1}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))"
        f" FROM ({relations}) c"
    )
    functions = rows(f"SELECT count(*) FROM pg_proc p WHERE p.pronamespace = '{first}'::regnamespace AND p.prosecdef")

    assert owned == []
    ((number, foreign),) = rows(rights.format(first, second))
    ((_, own),) = rows(rights.format(first, first))
    assert (foreign, own) == (0, number)
    assert number > 20
    assert functions == [(0,)]
    assert rows(f"SELECT has_schema_privilege('{second}', '{first}', 'USAGE')") == [(False,)]
    assert rows(f"SELECT pg_has_role('{second}', '{first}', 'MEMBER')") == [(False,)]


async def test_a_tenant_has_no_more_tables_and_indexes_than_today(client, admin, rows, name):
    await make(client, admin, name)

    def relations():
        query = "SELECT count(*) FROM pg_class c JOIN platform.tenant t ON c.relnamespace = t.schema::regnamespace"
        return rows(f"{query} WHERE t.slug = '{name}' AND c.relkind IN ('r', 'i')")[0][0]

    number = relations()
    headers = {**admin, "ngsild-tenant": name}
    declared = await client.post("/admin/attributes", json={"attribute": "speed", "type": None}, headers=headers)
    async with asyncio.timeout(20):
        while relations() == number:
            await asyncio.sleep(0.02)
        await client.delete(declared.headers["location"], headers=headers)
        while relations() > number:
            await asyncio.sleep(0.02)

    assert number == RELATIONS
