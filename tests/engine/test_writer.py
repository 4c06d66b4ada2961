# SPDX-License-Identifier: EUPL-1.2
"""The writer under adversity: refusals, collisions, a database that goes away, other processes."""

import asyncio
from functools import partial
from urllib.parse import urlsplit

import orjson
import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from allmende.errors import AlreadyExists, BadRequestData, Faulty, NotFound, Unavailable
from auth.policy import Visible
from broker.engine.batches import create_entities, delete_entities, upsert_entities
from broker.engine.changes import create_step
from broker.engine.entities import create_entity, delete_entity, retrieve_entity
from broker.engine.operations import Changed, Step
from broker.engine.resources import open_resources
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.parsing import parse_entity
from tests.engine.conftest import VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]


def room(number: int, value: object = 1):
    return parse_entity({"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "count": value}, CORE)


def poison(entity_id: str) -> Step:
    """A step whose document PostgreSQL refuses, past every check of ours."""
    attributes = {VOCABULARY + "x": [{"type": "Property", "value": "\x00"}]}

    def change(_current, now) -> Changed:
        return Changed(State(entity_id, [VOCABULARY + "Room"], attributes, [], now.text, now.text), [])

    return Step(entity_id, change, creates=True)


async def test_what_postgresql_refuses_fails_alone(resources, rows):
    writes = [resources.write("default", create_step(room(number))) for number in range(20)]
    writes.insert(7, resources.write("default", poison("urn:ngsi-ld:Room:poison")))

    outcomes = await asyncio.gather(*writes)

    assert isinstance(outcomes[7][0], BadRequestData)
    assert "database refuses" in str(outcomes[7][0])
    assert rows("SELECT count(*) FROM t_default.entity") == [(20,)]


async def test_of_one_batch_only_the_refused_step_fails(resources, rows):
    steps = [create_step(room(0)), poison("urn:ngsi-ld:Room:poison"), create_step(room(1))]

    outcomes = await resources.write("default", *steps)

    assert [type(outcome) for outcome in outcomes] == [type(None), BadRequestData, type(None)]
    assert rows("SELECT id FROM t_default.entity JOIN t_default.name USING (seq) ORDER BY id") == [
        ("urn:ngsi-ld:Room:0",),
        ("urn:ngsi-ld:Room:1",),
    ]


async def test_two_culprits_among_many_steps_fail_alone(resources, rows):
    steps = [create_step(room(number)) for number in range(300)]
    for number in (17, 230):
        steps[number] = poison(f"urn:ngsi-ld:Room:poison{number}")

    outcomes = await resources.write("default", *steps)

    assert [at for at, outcome in enumerate(outcomes) if outcome is not None] == [17, 230]
    assert rows("SELECT count(*) FROM t_default.entity") == [(298,)]


async def test_a_fault_in_a_change_fails_its_operation_only(resources, rows):
    def broken(_current, _now) -> Changed:
        raise ZeroDivisionError

    writes = [resources.write("default", create_step(room(number))) for number in range(5)]
    writes.append(resources.write("default", Step("urn:ngsi-ld:Room:x", broken)))

    outcomes = await asyncio.gather(*writes)

    assert isinstance(outcomes[-1][0], Faulty)
    assert rows("SELECT count(*) FROM t_default.entity") == [(5,)]


async def test_of_two_creations_of_one_entity_one_fails(resources):
    outcomes = await asyncio.gather(
        *[create_entity(resources, "default", room(1)) for _ in range(10)], return_exceptions=True
    )

    assert sorted(map(type, outcomes), key=str) == sorted([type(None), *[AlreadyExists] * 9], key=str)


async def test_two_processes_write_the_same_entities_without_losing_one(serving, rows):
    async with open_resources(serving) as one, open_resources(serving) as other:

        async def add(resources, number: int, entity: int) -> None:
            change = partial(_append, f"{VOCABULARY}p{number}")
            (outcome,) = await resources.write("default", Step(f"urn:ngsi-ld:Room:{entity}", change, creates=True))
            assert outcome is None

        writes = [
            add(resources, 2 * number + which, entity)
            for number in range(25)
            for entity in range(8)
            for which, resources in enumerate((one, other))
        ]
        await asyncio.gather(*writes)

    counts = "SELECT (SELECT count(*) FROM jsonb_object_keys(document)) FROM t_default.entity"
    assert rows(counts) == [(50,)] * 8


def _append(name: str, current: State | None, now) -> Changed:
    attributes = {} if current is None else current.attributes
    entity_id = "" if current is None else current.id
    added = {**attributes, name: [{"type": "Property", "value": 1}]}
    return Changed(State(entity_id, [VOCABULARY + "Room"], added, [], now.text, now.text), [])


async def test_a_write_while_the_database_is_lost_is_told_and_messages_wait(resources, sender, database, current):
    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": 0}, "m0")

    with psycopg.connect(database, autocommit=True) as connection:
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%_serving'"
        messages = []
        for number in range(1, 200):
            messages.append(sender.start({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": number}, f"m{number}"))
            if number % 50 == 0:
                connection.execute(kill)
            await asyncio.sleep(0)
        receipts = await asyncio.gather(*messages)

    assert len(receipts) == 199
    assert all(receipt is not None for receipt in receipts)
    assert await current("urn:ngsi-ld:Room:1", "count") == 199


async def test_messages_wait_while_the_database_takes_no_writes(resources, sender, database, current):
    with psycopg.connect(database, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        message = sender.start({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": 1}, "m1")
        with capture_logs() as logs:
            done, _ = await asyncio.wait([message], timeout=1)

        connection.execute("SET default_transaction_read_only = off")
        connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
        receipt = await asyncio.wait_for(message, 20)

    assert not done
    assert "database_lost" in {entry["event"] for entry in logs}
    assert orjson.loads(receipt) == {"id": "m1", "stored": 1, "rejected": []}
    assert await current("urn:ngsi-ld:Room:1", "count") == 1


async def test_messages_wait_while_the_database_takes_no_connections(resources, sender, database, postgres, current):
    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": 0}, "m0")

    with psycopg.connect(postgres, autocommit=True) as connection:
        name = sql.Identifier(urlsplit(database).path[1:])
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%_serving'")
        message = sender.start({"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": 1}, "m1")
        with pytest.raises(Unavailable):
            await current("urn:ngsi-ld:Room:1", "count")
        done, _ = await asyncio.wait([message], timeout=0.5)

        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
        await asyncio.wait_for(message, 20)

    assert not done
    assert await current("urn:ngsi-ld:Room:1", "count") == 1


async def test_requests_fail_fast_while_the_database_is_away():
    async with open_resources("postgresql://x@127.0.0.1:1/x") as resources:
        with pytest.raises(Unavailable):
            await create_entity(resources, "default", room(1))
        with pytest.raises(Unavailable):
            await retrieve_entity(resources, "default", "urn:ngsi-ld:Room:1", visible=Visible.everything())


async def test_batches_tell_the_outcome_of_each_entity(resources):
    created = await create_entities(resources, "default", [room(1), room(2), room(1)])
    upserted = await upsert_entities(resources, "default", [room(2, 5), room(3)], update=False)
    deleted = await delete_entities(resources, "default", ["urn:ngsi-ld:Room:1", "urn:ngsi-ld:Room:1"])

    assert created.success == ["urn:ngsi-ld:Room:1", "urn:ngsi-ld:Room:2"]
    assert [(one, type(error)) for one, error in created.errors] == [("urn:ngsi-ld:Room:1", AlreadyExists)]
    assert upserted.created == ["urn:ngsi-ld:Room:3"]
    assert upserted.success == ["urn:ngsi-ld:Room:2", "urn:ngsi-ld:Room:3"]
    assert deleted.success == ["urn:ngsi-ld:Room:1"]
    assert [(one, type(error)) for one, error in deleted.errors] == [("urn:ngsi-ld:Room:1", NotFound)]


async def test_a_deleted_entity_can_be_made_again_with_the_same_number(resources, rows):
    await create_entity(resources, "default", room(1))
    before = rows("SELECT seq FROM t_default.name")
    await delete_entity(resources, "default", "urn:ngsi-ld:Room:1")
    gone = rows("SELECT deleted_at IS NOT NULL, (SELECT count(*) FROM t_default.entity_type) FROM t_default.name")

    await create_entity(resources, "default", room(1))

    assert gone == [(True, 0)]
    assert rows("SELECT seq, deleted_at FROM t_default.name") == [(before[0][0], None)]
    assert rows("SELECT count(*) FROM t_default.entity_type") == [(1,)]


async def test_places_follow_their_entity(resources, rows, sender):
    point = {"type": "Point", "coordinates": [7.6, 51.9]}
    area = {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 51]]]}
    entity = {"id": "urn:ngsi-ld:Room:1", "type": "Room", "location": {"type": "GeoProperty", "value": point}}
    boxes = "SELECT box::text FROM t_default.place ORDER BY 1"

    await sender.send(entity, "m1")
    first = rows(boxes)
    await sender.send({**entity, "location": {"type": "GeoProperty", "value": area}, "count": 1}, "m2")
    second = rows(boxes)
    await sender.send({"id": entity["id"], "type": "Room", "location": "urn:ngsi-ld:null"}, "m3")

    assert first == [("(7.6,51.9),(7.6,51.9)",)]
    assert second == [("(8,52),(7,51)",)]
    assert rows(boxes) == []


async def test_names_are_kept_of_the_tenants_that_were_written_last(resources, monkeypatch):
    monkeypatch.setattr("broker.engine.writer.MOST_VOCABULARIES", 2)
    first, second = (resources.writer.vocabulary(schema) for schema in ("t_a", "t_b"))

    again = resources.writer.vocabulary("t_a")
    resources.writer.vocabulary("t_c")

    assert again is first
    assert resources.writer.vocabulary("t_a") is first
    assert resources.writer.vocabulary("t_b") is not second
