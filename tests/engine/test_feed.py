# SPDX-License-Identifier: EUPL-1.2
"""What the feed tells of writes: after their commit, once, and here as in other processes."""

import asyncio
from contextlib import ExitStack, asynccontextmanager, nullcontext, suppress
from datetime import UTC, datetime

import psycopg
import pytest
from structlog.testing import capture_logs

from allmende.database.pool import Database
from auth.policy import Visible
from broker.engine.entities import create_entity, delete_entity
from broker.engine.feed import Feed
from broker.engine.following import Follower, Wanted
from broker.engine.neighbours import Neighbours
from broker.engine.pending import MOST_TOLD
from broker.engine.resources import open_resources
from broker.engine.rings import KEPT_S, Change
from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity
from tests.engine.conftest import VOCABULARY, Sender, reading

pytestmark = [pytest.mark.server, pytest.mark.storage]
ALL = Wanted(visible=Visible.everything())
ROOMS = Wanted(visible=Visible.everything(), types=frozenset({VOCABULARY + "Room"}))


def room(number: int, value: object = 1):
    return parse_entity({"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "count": value}, CORE)


@pytest.fixture
def heard(resources):
    """What a listener of this process is told."""
    told = []
    resources.feed.listen(lambda schema, changes: told.append((schema, list(changes))))
    return told


async def test_a_listener_is_told_each_commit_with_the_newest_time_of_its_observations(resources, sender, heard):
    times = ["2026-06-01T12:00:00Z", "2026-06-01T12:00:00.5Z", "2026-06-01T11:00:00Z"]
    entity = {**reading(1, 20, times[0]), "x": {"type": "Property", "value": 1, "observedAt": times[1]}}

    await sender.send(entity, "m1")
    await sender.send(reading(1, 19, times[2]), "m2")
    await sender.send(entity, "m1")
    await sender.send({**entity, "serial": 7}, "m3")

    (schema, (first,)), (_, (second,)) = heard
    assert schema == "t_default"
    assert (first.id, first.types, first.observed) == ("urn:ngsi-ld:Room:1", [VOCABULARY + "Room"], times[1])
    assert second.observed is None
    assert first.modified_at < second.modified_at


async def test_what_fails_is_not_told(resources, heard):
    await create_entity(resources, "default", room(1))

    outcomes = await asyncio.gather(
        create_entity(resources, "default", room(1)),
        delete_entity(resources, "default", "urn:ngsi-ld:Room:2"),
        return_exceptions=True,
    )

    assert [type(outcome).__name__ for outcome in outcomes] == ["AlreadyExists", "NotFound"]
    assert [change.id for _, changes in heard for change in changes] == ["urn:ngsi-ld:Room:1"]


async def test_an_entity_without_attributes_that_is_deleted_is_told_with_the_time(resources, heard):
    await create_entity(resources, "default", parse_entity({"id": "urn:a:1", "type": "Room"}, CORE))
    await delete_entity(resources, "default", "urn:a:1")

    (_, (made,)), (_, (gone,)) = heard
    assert (made.deleted, gone.deleted) == (False, True)
    assert gone.types == made.types
    assert gone.modified_at > made.modified_at


async def test_a_listener_that_fails_fails_nobody_else(resources, heard, rows):
    def fail(_schema, _changes):
        raise ZeroDivisionError

    resources.feed.listen(fail)

    with capture_logs() as logs:
        await create_entity(resources, "default", room(1))

    assert len(heard) == 1
    assert rows("SELECT count(*) FROM t_default.entity") == [(1,)]
    assert {entry["event"] for entry in logs} == {"feed_listener_failed"}


async def test_a_commit_whose_answer_is_lost_has_those_who_follow_begin_anew(resources, sender, database):
    """A trigger that acts at the commit ends the connection: whether it is stored can only be read."""
    await sender.send(reading(0, 1, "2026-06-01T12:00:00Z"), "m0")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS"
            " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'"
        )
        connection.execute(
            "CREATE CONSTRAINT TRIGGER cut AFTER UPDATE ON t_default.entity DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION cut()"
        )
        with resources.feed.following("t_default") as ring:
            follower = Follower(ring, ALL, None)
            message = sender.start(reading(1, 2, "2026-06-01T12:01:00Z"), "m1")
            await asyncio.wait_for(follower.news(), 10)
            first = follower.take()
            connection.execute("DROP TRIGGER cut ON t_default.entity")
            await asyncio.wait_for(message, 20)

    assert first is None


async def test_changes_are_kept_from_the_first_follower_on_and_while_the_last_may_come_back(resources):
    await create_entity(resources, "default", room(1))
    with resources.feed.following("t_default") as ring:
        before = ring.last
    await create_entity(resources, "default", room(2))

    with resources.feed.following("t_default") as ring:
        kept = ring.since(before, 10)

    assert before == 0
    assert [change.id for change in kept] == ["urn:ngsi-ld:Room:2"]


@pytest.mark.parametrize("comes_back", [False, True])
async def test_what_is_kept_is_dropped_unless_somebody_comes_back_in_time(monkeypatch, comes_back):
    feed, loop = Feed(), asyncio.get_running_loop()
    later, now = KEPT_S + 1, loop.time
    with feed.following("t_default"):
        pass
    kept = feed.is_followed("t_default")
    with feed.following("t_default") if comes_back else nullcontext():
        monkeypatch.setattr(loop, "time", lambda: now() + later)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        followed = feed.is_followed("t_default")

    assert kept
    assert followed == comes_back


@asynccontextmanager
async def neighbour(serving, rows, one):
    """Another process; it and the first have met."""
    listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'allmende allmende_feed_1'"
    while rows(listening) != [(1,)]:
        await asyncio.sleep(0.01)
    async with open_resources(serving) as other:
        with ExitStack() as stack:
            here, there = (
                Follower(stack.enter_context(each.feed.following("t_default")), ALL, None) for each in (one, other)
            )
            await meet(one, there)
            await meet(other, here)
        yield other


async def meet(one, there):
    """Write until it is heard: those who have just met begin anew."""
    heard = []
    while not heard:
        await Sender(one).send({"id": "urn:ngsi-ld:Meeting:1", "type": "Meeting", "at": str(one.clock())})
        with suppress(TimeoutError):
            await asyncio.wait_for(there.news(), 0.5)
            heard = there.take()


async def taken(follower, count):
    """So many changes: ids, and whether the entity is gone."""
    seen = []
    while len(seen) < count:
        await asyncio.wait_for(follower.news(), 20)
        seen += [(each.change.id, each.change.deleted) for each in follower.take()]
    return sorted(seen)


@pytest.fixture
async def pair(serving, rows):
    """Two processes that know each other."""
    async with open_resources(serving) as one, neighbour(serving, rows, one) as other:
        yield one, other


async def test_a_process_hears_the_other_and_not_itself(pair):
    one, other = pair
    with ExitStack() as stack:
        here, there = (Follower(stack.enter_context(each.feed.following("t_default")), ROOMS, None) for each in pair)
        await create_entity(one, "default", room(1))
        first = await taken(there, 1)
        await create_entity(other, "default", room(2))
        await delete_entity(other, "default", "urn:ngsi-ld:Room:1")
        seen = await taken(here, 3)

    assert first == [("urn:ngsi-ld:Room:1", False)]
    assert seen == [
        ("urn:ngsi-ld:Room:1", False),
        ("urn:ngsi-ld:Room:1", True),
        ("urn:ngsi-ld:Room:2", False),
    ]


async def test_too_many_changes_at_once_have_the_other_begin_anew(pair):
    one, other = pair
    changes = [Change(f"urn:a:{number}", ["A"], one.clock()) for number in range(MOST_TOLD + 1)]
    with other.feed.following("t_default") as ring:
        follower = Follower(ring, ALL, None)
        one.feed.tell("t_default", changes)
        while (taken := follower.take()) is not None:
            assert taken == []
            await asyncio.wait_for(follower.news(), 20)


async def test_a_process_that_is_alone_again_tells_nothing(serving, rows):
    async with open_resources(serving) as one:
        async with neighbour(serving, rows, one):
            near = one.feed.relay.is_near

        async with asyncio.timeout(20):
            while one.feed.relay.is_near:
                await asyncio.sleep(0.01)

    assert near


async def test_what_a_process_commits_before_it_ends_is_told(serving, rows):
    async with open_resources(serving) as one:
        with one.feed.following("t_default") as ring:
            async with neighbour(serving, rows, one) as other:
                follower = Follower(ring, ROOMS, None)
                await create_entity(other, "default", room(1))
            told = await taken(follower, 1)

    assert told == [("urn:ngsi-ld:Room:1", False)]


async def test_a_process_that_is_gone_without_a_word_has_the_others_begin_anew(serving):
    database, feed = Database(serving), Feed()
    with psycopg.connect(serving, application_name="allmende allmende_feed_1") as other:
        neighbours = Neighbours(database, feed, look_s=0.1)
        feed.relay = neighbours
        neighbours.start()
        with feed.following("t_default") as ring:
            follower = Follower(ring, ALL, None)
            await asyncio.wait_for(follower.news(), 20)
            met = follower.take()
            near = neighbours.is_near
            other.close()
            await asyncio.wait_for(follower.news(), 20)
            gone = follower.take()
        await neighbours.stop()
        await database.close()

    assert (met, near, gone) == (None, True, None)
    assert not feed.relay.is_near


def change(entity_id):
    return Change(entity_id, ["Room"], datetime(2026, 6, 1, tzinfo=UTC))


async def until(condition):
    """Let the others have their turns until something holds."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


class SlowChannel:
    """A channel whose first telling takes until it is let go."""

    is_lost = False

    def __init__(self):
        self.sent, self.let_go = [], asyncio.Event()

    async def others(self):
        return {1}

    async def send(self, notices):
        self.sent += notices
        if any("urn:1" in notice for notice in notices):
            await self.let_go.wait()


async def test_what_is_changed_while_a_process_tells_is_told_before_it_says_goodbye():
    channel = SlowChannel()
    neighbours = Neighbours(Database("postgresql://nowhere"), Feed())
    talking = asyncio.create_task(neighbours._talk(channel))
    await until(lambda: neighbours.is_near and channel.sent)
    neighbours.tell("t_default", [change("urn:1")])
    await until(lambda: any("urn:1" in notice for notice in channel.sent))

    neighbours.tell("t_default", [change("urn:2")])
    neighbours._is_stopping = True
    channel.let_go.set()
    await talking

    told = ["urn:2" in notice for notice in channel.sent]
    assert told[-2:] == [True, False]
