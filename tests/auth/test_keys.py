# SPDX-License-Identifier: EUPL-1.2
"""Keys in the database."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from allmende.database.pool import Database
from allmende.errors import BadRequestData, NonexistentTenant, NotFound, Unavailable
from auth import keytext
from auth.keys import REMEMBERED_S, TOLD_S, Keyring, ensure_admin_key
from auth.principals import AUTHENTICATED, Subject
from broker.engine.resources import open_resources

pytestmark = [pytest.mark.server, pytest.mark.storage]

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
async def opened(serving):
    database = Database(serving)
    yield database
    await database.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keyring(opened, clock):
    return Keyring(opened, clock)


async def test_a_new_key_is_verified_as_its_principal(keyring):
    created = await keyring.create_key("parking", kind="connector", connector="parking")

    principal = await keyring.verify(created.key)

    assert (principal.kind, principal.tenant, principal.connector) == ("connector", "default", "parking")
    assert principal.key_id == created.id


async def test_only_the_hash_of_a_key_is_stored(keyring, database):
    created = await keyring.create_key("all rights", kind="admin")

    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT to_jsonb(k)::text FROM platform.key k").fetchone()
    secret = created.key.split("_")[2]
    assert secret not in row[0]
    assert keytext.hash_of(created.key).hex() in row[0]


@pytest.mark.parametrize("text", ["", "alm_wrong", "ä", "x" * 10_000, pytest.param(keytext.make_key(), id="unknown")])
async def test_what_is_no_key_or_an_unknown_one_opens_nothing(keyring, text):
    assert await keyring.verify(text) is None


async def test_a_revoked_key_opens_nothing_at_once(keyring):
    created = await keyring.create_key("leaver", kind="admin")
    assert await keyring.verify(created.key)

    await keyring.revoke_key(created.id, "default", wide=True)

    assert await keyring.verify(created.key) is None


async def test_another_process_notices_a_revocation_within_a_second(keyring, serving, clock):
    other = Database(serving)
    elsewhere = Keyring(other, clock)
    created = await keyring.create_key("leaver", kind="admin")
    assert await elsewhere.verify(created.key)

    await keyring.revoke_key(created.id, "default", wide=True)
    sha256 = keytext.hash_of(created.key)
    until, principal = elsewhere._known[sha256]
    elsewhere._known[sha256] = (until - 1.0, principal)

    assert await elsewhere.verify(created.key) is None
    await other.close()


async def test_a_process_that_hears_when_keys_end_trusts_them_longer_and_forgets_them_at_once(keyring, serving):
    created = await keyring.create_key("leaver", kind="user")
    async with open_resources(serving) as resources:
        elsewhere = resources.keyring
        async with asyncio.timeout(5):
            while not elsewhere._is_told:
                await asyncio.sleep(0.005)
        assert (await elsewhere.verify(created.key)).kind == "user"
        until, _ = elsewhere._known[keytext.hash_of(created.key)]
        assert REMEMBERED_S < until - time.monotonic() <= TOLD_S

        await keyring.revoke_key(created.id, "default")

        async with asyncio.timeout(1):
            while elsewhere.recall(created.key) is not None:
                await asyncio.sleep(0.005)
        assert await elsewhere.verify(created.key) is None


async def test_no_key_is_known_for_longer_than_it_holds(keyring):
    created = await keyring.create_key("guest", kind="user", expires_at=NOON + timedelta(seconds=0.5))

    await keyring.verify(created.key)

    until, _ = keyring._known[keytext.hash_of(created.key)]
    assert until - time.monotonic() <= 0.5


async def test_a_users_key_is_of_a_tenant_and_called_by_its_id(keyring, database):
    created = await keyring.create_key("Anna", kind="user")

    principal = await keyring.verify(created.key)

    assert (principal.kind, principal.tenant) == ("user", "default")
    assert principal.subjects == {Subject("key", created.id), AUTHENTICATED}
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE platform.key SET tenant = NULL")


async def test_an_expired_key_opens_nothing(keyring, clock):
    created = await keyring.create_key("guest", kind="admin", expires_at=NOON + timedelta(days=1))
    assert await keyring.verify(created.key)

    clock.now = NOON + timedelta(days=1)
    keyring._known.clear()

    assert await keyring.verify(created.key) is None


async def test_revoking_an_unknown_key_or_that_of_another_tenant_is_not_found(keyring):
    platform_wide = await keyring.create_key("all rights", kind="admin")

    for key_id in ("nonsense", "7c9e6679-7425-40de-944b-e07fc1f90ae7", platform_wide.id):
        with pytest.raises(NotFound):
            await keyring.revoke_key(key_id, "default")

    assert await keyring.verify(platform_wide.key)


async def test_a_tenant_sees_its_own_keys_and_the_platform_also_those_without_tenant(keyring):
    await keyring.create_key("all rights", kind="admin")
    await keyring.create_key("town hall", kind="admin", tenant="default")

    assert [key.name for key in await keyring.list_keys("default")] == ["town hall"]
    assert {key.name for key in await keyring.list_keys("default", wide=True)} == {"town hall", "all rights"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "connector"},
        {"kind": "admin", "connector": "parking"},
        {"kind": "connector", "connector": "Parking/#"},
        {"kind": "connector", "connector": ""},
        {"kind": "admin", "expires_at": NOON},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(keyring, wrong):
    with pytest.raises(BadRequestData):
        await keyring.create_key("wrong", **wrong)

    assert await keyring.list_keys("default", wide=True) == []


async def test_a_key_of_an_unknown_tenant_is_refused(keyring):
    with pytest.raises(NonexistentTenant, match="nowhere"):
        await keyring.create_key("wrong", kind="admin", tenant="nowhere")


async def test_the_first_administrators_key_is_made_once(keyring, opened):
    key = await ensure_admin_key(opened)

    assert await ensure_admin_key(opened) is None
    principal = await Keyring(opened).verify(key)
    assert principal.kind == "admin"
    assert principal.may_administer("anything")


async def test_who_has_lost_every_administrators_key_gets_another(keyring, opened):
    (await ensure_admin_key(opened))
    (only,) = await keyring.list_keys("default", wide=True)
    await keyring.revoke_key(only.id, "default", wide=True)

    assert await ensure_admin_key(opened)


async def test_verifying_while_the_database_is_away_is_no_refusal():
    keyring = Keyring(Database("postgresql://nobody@127.0.0.1:1/nowhere"))

    with pytest.raises(Unavailable):
        await keyring.verify(keytext.make_key())
