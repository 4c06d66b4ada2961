# SPDX-License-Identifier: EUPL-1.2
"""Rights as processes know them: in force at once where they are changed, and soon elsewhere."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from allmende.database.pool import Database
from allmende.errors import AlreadyExists, BadRequestData, Conflict, NotFound
from auth.granting import changes
from auth.granting.values import Dataset, Grant
from auth.policy import NOTHING, Share, Visible
from auth.principals import AUTHENTICATED, Principal, Subject
from auth.rights import TRUSTED_S, Rights
from auth.tenants import Tenants
from broker.engine.resources import open_resources

pytestmark = [pytest.mark.server, pytest.mark.storage]

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TREES = Share(types=frozenset({"https://city.example/Tree"}))
GRANT = Grant(subject=AUTHENTICATED, target_kind="type", target_id="https://city.example/Tree")


def caller(name="anna", tenant="default", kind="user"):
    return Principal(kind, tenant, subjects=frozenset({Subject("key", name), AUTHENTICATED}))


ANNA = caller()


class Clock:
    """A clock that a test sets."""

    def __init__(self):
        self.now = 100.0

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
def rights(opened, clock):
    """Those of a process that hears nothing."""
    return Rights(opened, Tenants(opened), clock)


async def until_seen(rights, expected, principal=ANNA):
    """Wait, for at most a second, until a caller sees what is expected."""
    async with asyncio.timeout(1):
        while await rights.of("default", principal, NOON) != expected:
            await asyncio.sleep(0.005)


async def test_a_change_is_in_force_here_at_once_and_elsewhere_within_a_second(serving):
    async with AsyncExitStack() as stack:
        here, there = [await stack.enter_async_context(open_resources(serving)) for _ in range(2)]
        await until_listening(here.rights, there.rights)
        assert await there.rights.of("default", ANNA, NOON) == NOTHING

        await changes.create_grant(here.rights, "default", GRANT, NOON)
        assert (await here.rights.of("default", ANNA, NOON)).shares == (TREES,)
        await until_seen(there.rights, Visible.of([TREES]))

        await changes.delete_grant(here.rights, "default", str(GRANT.id))
        assert await here.rights.of("default", ANNA, NOON) == NOTHING
        await until_seen(there.rights, NOTHING)


async def test_what_is_changed_beside_the_platform_is_heard_too(serving, database):
    async with open_resources(serving) as resources:
        await until_listening(resources.rights)
        await changes.create_dataset(resources.rights, "default", Dataset(slug="a", share=TREES), NOON)
        assert await resources.rights.of("default", None, NOON) == NOTHING

        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("UPDATE t_default.offered SET visibility = 'public'")

        await until_seen(resources.rights, Visible.of([TREES]), None)


async def test_what_was_changed_while_nobody_listened_is_found_when_the_connection_is_back(serving, database):
    async with open_resources(serving) as resources:
        await until_listening(resources.rights)
        assert await resources.rights.of("default", ANNA, NOON) == NOTHING

        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ 'feed'")
            connection.execute(
                "INSERT INTO t_default.offered (slug, title, visibility, types, omit, place_m, time_s, created_at, modified_at)"
                " VALUES ('a', '{}', 'public', '{https://city.example/Tree}', '{}', 0, 0, now(), now())"
            )

        async with asyncio.timeout(5):
            while await resources.rights.of("default", ANNA, NOON) != Visible.of([TREES]):
                await asyncio.sleep(0.01)


async def until_listening(*all_rights):
    async with asyncio.timeout(5):
        while not all(rights._is_told for rights in all_rights):
            await asyncio.sleep(0.005)


async def test_a_process_that_hears_nothing_asks_again_after_a_second(rights, clock, opened):
    elsewhere = Rights(opened, Tenants(opened), clock)
    assert await rights.of("default", ANNA, NOON) == NOTHING
    await changes.create_grant(elsewhere, "default", GRANT, NOON)

    still = rights.recall("default", ANNA, NOON)
    clock.now += TRUSTED_S

    assert still == NOTHING
    assert rights.recall("default", ANNA, NOON) is None
    assert (await rights.of("default", ANNA, NOON)).shares == (TREES,)


async def test_what_is_asked_for_again_and_is_of_the_same_version_stays_compiled(rights, clock):
    before = await rights.policy_of("default")
    clock.now += TRUSTED_S

    assert await rights.policy_of("default") is before


async def test_what_is_known_is_answered_without_the_database(rights, opened):
    await changes.create_grant(rights, "default", GRANT, NOON)
    assert rights.recall("default", ANNA, NOON) is None
    seen = await rights.of("default", ANNA, NOON)
    await opened.close()

    assert rights.recall("default", ANNA, NOON) is seen
    assert rights.recall("default", caller("berta"), NOON) is seen
    assert rights.recall("default", None, NOON) == NOTHING
    assert rights.recall("default", caller(tenant="town"), NOON) == NOTHING
    assert rights.recall("elsewhere", caller(tenant=None, kind="admin"), NOON) is Visible.everything()


async def test_rights_change_with_the_time_without_the_database(rights, opened):
    grant = Grant(subject=AUTHENTICATED, target_kind="tenant", valid_until=NOON + timedelta(hours=1))
    await changes.create_grant(rights, "default", grant, NOON)
    assert await rights.of("default", ANNA, NOON) is Visible.everything()
    await opened.close()

    assert rights.recall("default", ANNA, NOON + timedelta(hours=1)) == NOTHING
    assert rights.recall("default", ANNA, NOON) is Visible.everything()


async def test_many_who_ask_at_once_have_it_read_once(rights):
    policies = await asyncio.gather(*(rights.policy_of("default") for _ in range(20)))

    assert len({id(policy) for policy in policies}) == 1


async def test_what_was_read_while_it_changed_is_not_kept(rights):
    await rights.tenants.schema_of("default")
    reading = asyncio.create_task(rights.policy_of("default"))
    await asyncio.sleep(0)
    rights.forget("t_default")

    await reading

    assert rights.recall("default", ANNA, NOON) is None


async def test_a_tenant_that_is_made_anew_has_other_rights(rights, opened):
    await rights.tenants.create("town")
    await changes.create_grant(rights, "town", GRANT, NOON)
    before = await rights.policy_of("town")
    async with opened.platform() as connection:
        await connection.execute("SELECT platform.drop_tenant('town')")
    await rights.tenants.create("town")
    rights.begin_to_listen()

    after = await rights.policy_of("town")

    assert after.version not in {before.version, (await rights.policy_of("default")).version}
    assert (len(before.grants), after.grants) == (1, ())


async def test_a_change_that_fails_changes_nothing(rights):
    dataset = Dataset(slug="a", title={"de": "Bäume"}, license="x", share=TREES)
    await changes.create_dataset(rights, "default", dataset, NOON)
    to_dataset = Grant(subject=AUTHENTICATED, target_kind="dataset", target_id="a")
    await changes.create_grant(rights, "default", to_dataset, NOON)

    with pytest.raises(AlreadyExists):
        await changes.create_dataset(rights, "default", dataset, NOON)
    with pytest.raises(AlreadyExists):
        await changes.create_grant(rights, "default", to_dataset, NOON)
    with pytest.raises(Conflict, match=str(to_dataset.id)):
        await changes.delete_dataset(rights, "default", "a")
    with pytest.raises(BadRequestData, match="'b' does not exist"):
        await changes.create_grant(
            rights, "default", Grant(subject=AUTHENTICATED, target_kind="dataset", target_id="b"), NOON
        )
    with pytest.raises(NotFound):
        await changes.update_dataset(rights, "default", "b", lambda known: known, NOON)
    with pytest.raises(NotFound):
        await changes.delete_grant(rights, "default", "nonsense")

    policy = await rights.policy_of("default")
    assert (policy.datasets, policy.grants) == ((dataset,), (to_dataset,))


async def test_changes_at_the_same_time_do_not_overtake_each_other(rights, opened):
    await changes.create_dataset(rights, "default", Dataset(slug="a", share=TREES), NOON)
    grant = Grant(subject=AUTHENTICATED, target_kind="dataset", target_id="a")

    outcomes = await asyncio.gather(
        changes.create_grant(rights, "default", grant, NOON),
        changes.delete_dataset(rights, "default", "a"),
        return_exceptions=True,
    )

    policy = await rights.policy_of("default")
    assert [type(outcome).__name__ for outcome in outcomes] in (
        ["NoneType", "Conflict"],
        ["BadRequestData", "NoneType"],
    )
    assert len(policy.datasets) == len(policy.grants)
