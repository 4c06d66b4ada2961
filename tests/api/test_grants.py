# SPDX-License-Identifier: EUPL-1.2
"""`/admin/grants`, and what a user's key opens."""

from uuid import uuid4

import pytest

from auth.policy import NOTHING, Share, Visible
from broker.ngsi.core_terms import DEFAULT_VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/admin/grants"
MAYOR = {"subject": {"kind": "role", "id": "mayor"}, "action": "read", "target": {"kind": "type", "id": "Tree"}}
READS = ["/", "/types/Tree", "/series", "/events", "/metrics", "/connectors"]


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture(autouse=True)
async def nothing(client, admin):
    """Tests leave no grants behind."""
    yield
    for grant in (await client.get(PATH, headers=admin)).json():
        await client.delete(f"{PATH}/{grant['id']}", headers=admin)


@pytest.fixture
async def user(keyring):
    """A user's key."""
    return await keyring.create_key("Anna", kind="user")


@pytest.fixture
def seen(keyring, resources, user):
    """What the user may see."""

    async def ask():
        principal = await keyring.verify(user.key)
        return await resources.rights.of("default", principal, resources.clock())

    return ask


@pytest.mark.parametrize(
    "grant",
    [
        MAYOR,
        {
            **MAYOR,
            "subject": {"kind": "authenticated"},
            "target": {"kind": "tenant"},
            "attributes": {"omit": ["a", "b"]},
        },
        {**MAYOR, "target": {"kind": "scope", "id": "/City/#"}, "attributes": {"pick": ["height"]}},
        {**MAYOR, "target": {"kind": "entity", "id": "urn:ngsi-ld:Tree:1"}, "valid": {"from": "2026-01-01T00:00:00Z"}},
        {**MAYOR, "valid": {"from": "2026-01-01T00:00:00Z", "until": "2099-01-01T00:00:00Z"}},
    ],
)
async def test_a_grant_is_told_back_as_it_was_made_and_is_the_same_only_once(client, admin, grant):
    made = await client.post(PATH, json=grant, headers=admin)
    again = await client.post(PATH, json=grant, headers=admin)
    shown = await client.get(made.headers["location"], headers=admin)
    gone = [await client.delete(made.headers["location"], headers=admin) for _ in range(2)]

    assert (made.status_code, again.status_code) == (201, 409)
    assert shown.json() == {"id": made.json()["id"], **grant}
    assert [answer.status_code for answer in gone] == [204, 404]
    assert (await client.get(made.headers["location"], headers=admin)).status_code == 404


async def test_what_is_granted_to_a_key_is_seen_at_once_and_what_is_taken_back_is_not(client, admin, user, seen):
    before = await seen()
    grant = {**MAYOR, "subject": {"kind": "key", "id": user.id}, "attributes": {"pick": ["height"]}}
    made = await client.post(PATH, json=grant, headers=admin)
    during = await seen()
    await client.delete(made.headers["location"], headers=admin)

    vocabulary = DEFAULT_VOCABULARY
    assert before == NOTHING
    assert during.shares == (Share(types=frozenset({f"{vocabulary}Tree"}), pick=frozenset({f"{vocabulary}height"})),)
    assert await seen() == NOTHING


async def test_who_is_granted_the_tenant_reads_all_of_it_and_writes_nothing(client, admin, user, seen, write):
    await write({"id": "urn:a:1", "type": "Tree", "height": 7})
    headers = {"x-api-key": user.key}
    before = await client.get("/ngsi-ld/v1/entities?type=Tree", headers=headers)
    grant = {"subject": {"kind": "authenticated"}, "action": "admin", "target": {"kind": "tenant"}}
    await client.post(PATH, json=grant, headers=admin)

    after = await client.get("/ngsi-ld/v1/entities?type=Tree", headers=headers)
    writing = await client.post("/ngsi-ld/v1/entities", json={"id": "urn:a:2", "type": "Tree"}, headers=headers)

    assert before.json() == []
    assert [each["id"] for each in after.json()] == ["urn:a:1"]
    assert await seen() is Visible.everything()
    assert (await client.get("/ngsi-ld/v1/jsonldContexts", headers=headers)).status_code == 200
    assert writing.status_code == 403
    assert "administrator's key" in writing.json()["detail"]
    await client.delete("/ngsi-ld/v1/entities/urn:a:1", headers=admin)


async def test_a_user_sees_no_more_than_granted_where_rights_are_not_known_yet(client, user):
    headers = {"x-api-key": user.key}

    refused = [await client.get(path, headers=headers) for path in READS]
    blind = [
        await client.get(f"/ngsi-ld/v1/{path}", headers=headers)
        for path in ("entityMaps/urn:a:1", "snapshots/urn:a:1", "jsonldContexts")
    ]

    assert {answer.status_code for answer in refused} == {403}
    assert {answer.status_code for answer in blind} == {403}
    assert (await client.get("/ngsi-ld/v1/types")).status_code == 200


async def test_a_user_reads_their_own_tenant_only(client, user, resources):
    await resources.tenants.create("town")

    hidden, unknown = [
        await client.get("/ngsi-ld/v1/types", headers={"x-api-key": user.key, "ngsild-tenant": tenant})
        for tenant in ("town", "gone")
    ]

    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.text.replace("town", "gone") == unknown.text


@pytest.mark.parametrize("path", ["/ngsi-ld/v1/types", "/datasets", "/"])
async def test_a_key_that_opens_nothing_any_more_is_told_so_on_reads_too(client, keyring, path):
    leaver = await keyring.create_key("leaver", kind="user")
    await keyring.revoke_key(leaver.id, "default")

    answers = [await client.get(path, headers={"x-api-key": key}) for key in (leaver.key, "wrong")]

    assert [answer.status_code for answer in answers] == [401, 401]


async def test_a_users_key_is_of_the_tenant_of_the_request(client, admin, keyring):
    own = await client.post("/admin/keys", json={"name": "x", "kind": "user"}, headers=admin)
    foreign = await client.post("/admin/keys", json={"name": "x", "kind": "user", "tenant": "town"}, headers=admin)
    with_connector = await client.post(
        "/admin/keys", json={"name": "x", "kind": "user", "connector": "a"}, headers=admin
    )

    assert (await keyring.verify(own.json()["key"])).tenant == "default"
    assert (foreign.status_code, with_connector.status_code) == (400, 400)
    listed = (await client.get(own.headers["location"], headers=admin)).json()
    assert (listed["kind"], listed["tenant"], listed["connector"]) == ("user", "default", None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"subject": None}, "'subject' is required"),
        ({"subject": {"kind": "user"}}, "'subject.id' must be the id of a user"),
        ({"subject": {"kind": "key", "id": "anna"}}, "`allmende keys list`"),
        ({"subject": {"kind": "key", "id": str(uuid4())}}, "has no user's key"),
        ({"subject": {"kind": "authenticated", "id": "x"}}, "must be left out"),
        ({"subject": {"kind": "people", "id": "x"}}, "'subject.kind'"),
        ({"action": "delete"}, "'action'"),
        ({"target": {"kind": "type"}}, "'target.id' is required: it names the type"),
        ({"target": {"kind": "type", "id": "no type"}}, "'target.id': An entity type must be"),
        ({"target": {"kind": "dataset", "id": "gone"}}, "dataset 'gone' does not exist"),
        ({"target": {"kind": "tenant", "id": "town"}}, "of its own tenant"),
        ({"target": {"kind": "scope", "id": "/A,/B"}}, "single scopes"),
        ({"target": {"kind": "entity", "id": "7"}}, "'target.id' must be a URI"),
        ({"targets": {}}, "'targets' is not known; did you mean 'target'?"),
        ({"valid": {"untill": "2099-01-01T00:00:00Z"}}, "'valid.untill' is not known; did you mean 'until'?"),
        ({"valid": {"from": "2099-01-01T00:00:00"}}, "'valid.from'"),
        ({"valid": {"until": "2001-01-01T00:00:00Z"}}, "'valid.until' must be in the future"),
        ({"valid": {"from": "2099-01-01T00:00:00Z", "until": "2098-01-01T00:00:00Z"}}, "'from' must be before 'until'"),
    ],
)
async def test_what_is_wrong_with_a_grant_is_told(client, admin, change, words):
    answer = await client.post(PATH, json={**MAYOR, **change}, headers=admin)

    assert answer.status_code == 400
    assert words in answer.json()["detail"]
