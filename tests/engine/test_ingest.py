# SPDX-License-Identifier: EUPL-1.2
"""Messages through the writer into PostgreSQL: order, repeats, corrections, rejections, receipts."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import psycopg
import pytest

from broker.engine.entities import partial_update_attribute
from broker.engine.ingest import MOST_HEARD
from tests.engine.conftest import VOCABULARY, reading

pytestmark = [pytest.mark.server, pytest.mark.storage]
START = datetime(2026, 6, 1, tzinfo=UTC)


def at(minutes: int) -> str:
    return (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def temperature(minute: int, value: float, entity: str = "urn:ngsi-ld:Room:1") -> dict:
    return {
        "id": entity,
        "type": "Room",
        "temperature": {"type": "Property", "value": value, "observedAt": at(minute)},
    }


async def test_a_message_is_stored_with_its_history_and_gets_a_receipt(sender, rows, current):
    receipt = await sender.send(reading(1, 21.5, at(0)), "m1")

    assert receipt == {"id": "m1", "stored": 1, "rejected": []}
    assert await current("urn:ngsi-ld:Room:1", "temperature") == 21.5
    assert rows("SELECT number, observed FROM t_default.history ORDER BY observed") == [(1.0, False), (21.5, True)]


async def test_a_message_without_an_id_is_stored_and_gets_no_receipt(sender, current):
    receipt = await sender.send(temperature(0, 20))

    assert receipt is None
    assert await current("urn:ngsi-ld:Room:1", "temperature") == 20


async def test_ten_thousand_shuffled_observations_leave_the_newest_current_and_all_in_history(sender, rows, current):
    observations = [temperature(minute, minute / 10, f"urn:ngsi-ld:Room:{minute % 10}") for minute in range(10_000)]
    random.Random(7).shuffle(observations)
    messages = [observations[start : start + 50] for start in range(0, 10_000, 50)]

    receipts = await asyncio.gather(*[sender.send(message, f"m{n}") for n, message in enumerate(messages)])

    assert sum(receipt["stored"] for receipt in receipts) == 10_000
    assert rows("SELECT count(*), count(DISTINCT time) FROM t_default.history") == [(10_000, 10_000)]
    for room in range(10):
        assert await current(f"urn:ngsi-ld:Room:{room}", "temperature") == (9_990 + room) / 10


async def test_a_state_that_cannot_be_kept_is_acknowledged_all_the_same(sender, database):
    await sender.send({"state": "running"}, kind="state")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("REVOKE INSERT ON t_default.connector FROM t_default")

    receipt = await asyncio.wait_for(sender.send({"state": "waiting"}, kind="state"), 5)

    assert receipt is None


async def test_an_entity_that_stands_twice_in_a_message_has_both_in_its_history(sender, rows, current):
    entity = {"id": "urn:ngsi-ld:Room:1", "type": "Room"}

    await sender.send([{**entity, "count": 1}, {**entity, "count": 2}], "m1")

    assert rows("SELECT number FROM t_default.history ORDER BY time") == [(1.0,), (2.0,)]
    assert await current("urn:ngsi-ld:Room:1", "count") == 2


async def test_an_id_that_is_used_twice_keeps_the_receipt_of_its_first_message(sender):
    three, one = [reading(n, n, at(0), entity=f"urn:ngsi-ld:Room:{n}") for n in range(3)], reading(9, 9, at(9))

    receipts = await asyncio.gather(sender.send(three, "m1"), sender.send(one, "m1"))
    later = await sender.send(one, "m1")

    assert receipts == [{"id": "m1", "stored": 3, "rejected": []}] * 2
    assert later == receipts[0]


async def test_times_finer_than_microseconds_are_cut_and_not_rounded(sender, rows):
    instances = [
        {"type": "Property", "value": number, "observedAt": f"2026-06-01T00:00:00.{fraction}Z"}
        for number, fraction in enumerate(("1234566", "123457", "1234564"))
    ]

    receipt = await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "x": instances}, "m1", kind="temporal")

    assert receipt == {"id": "m1", "stored": 1, "rejected": []}
    assert rows("SELECT extract(microseconds FROM time)::int, number FROM t_default.history ORDER BY time") == [
        (123_456, 2.0),
        (123_457, 1.0),
    ]


async def test_each_message_three_times_leaves_the_same_state(sender, rows):
    messages = [[reading(n, n, at(n), entity=f"urn:ngsi-ld:Room:{n % 3}")] for n in range(30)]
    await asyncio.gather(*[sender.send(message, f"m{n}") for n, message in enumerate(messages)])
    digest = "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM t_default.{} t"
    once = [rows(digest.format(table)) for table in ("entity", "history", "received")]

    again = await asyncio.gather(*[sender.send(messages[n % 30], f"m{n % 30}") for n in range(60)])

    assert [rows(digest.format(table)) for table in ("entity", "history", "received")] == once
    assert again[0] == {"id": "m0", "stored": 1, "rejected": []}


async def test_copies_of_a_message_in_one_batch_are_applied_once(sender, rows):
    message = {"id": "urn:ngsi-ld:Room:1", "type": "Room", "door": "open"}

    receipts = await asyncio.gather(*[sender.send(message, "same") for _ in range(20)])

    assert {orjson.dumps(receipt) for receipt in receipts} == {b'{"id":"same","stored":1,"rejected":[]}'}
    assert rows("SELECT count(*) FROM t_default.history") == [(1,)]


async def test_a_later_correction_of_the_same_time_replaces_the_value(sender, rows, current):
    await sender.send(temperature(0, 20), "m1")

    await sender.send(temperature(0, 20.5), "m2")

    assert await current("urn:ngsi-ld:Room:1", "temperature") == 20.5
    assert rows("SELECT number FROM t_default.history") == [(20.5,)]


async def test_a_late_observation_goes_to_history_only(sender, rows, current):
    await sender.send(temperature(10, 20), "m1")
    before = rows("SELECT modified_at FROM t_default.entity")

    await sender.send(temperature(5, 15), "m2")

    assert await current("urn:ngsi-ld:Room:1", "temperature") == 20
    assert rows("SELECT number FROM t_default.history ORDER BY time") == [(15.0,), (20.0,)]
    assert rows("SELECT modified_at FROM t_default.entity") == before


async def test_an_equal_value_without_a_time_writes_nothing(sender, rows):
    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "door": "open"}, "m1")
    before = rows("SELECT modified_at, document FROM t_default.entity")

    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "door": "open"}, "m2")

    assert rows("SELECT modified_at, document FROM t_default.entity") == before
    assert rows("SELECT count(*) FROM t_default.history") == [(1,)]


async def test_one_wrong_entity_of_five_hundred_is_a_dead_letter_and_the_others_are_stored(sender, rows):
    entities = [temperature(0, n, f"urn:ngsi-ld:Room:{n}") for n in range(500)]
    entities[250]["temperature"]["observedAt"] = "2026-06-01T00:00:00+02:00"

    receipt = await sender.send(entities, "m1")

    assert receipt["stored"] == 499
    assert [entry["index"] for entry in receipt["rejected"]] == [250]
    assert receipt["rejected"][0]["entity"] == "urn:ngsi-ld:Room:250"
    assert "temperature" in receipt["rejected"][0]["reason"]
    assert rows("SELECT count(*) FROM t_default.entity") == [(499,)]
    assert rows("SELECT entity, index FROM t_default.dead_letter") == [("urn:ngsi-ld:Room:250", 250)]


async def test_an_observation_from_the_future_is_rejected_and_poisons_nothing(sender, rows, current):
    await sender.send(temperature(0, 20), "m1")
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")

    receipt = await sender.send([{**temperature(0, 99), "temperature": {"value": 99, "observedAt": ahead}}], "m2")

    assert receipt["stored"] == 0
    assert "5 minutes ahead" in receipt["rejected"][0]["reason"]
    assert await current("urn:ngsi-ld:Room:1", "temperature") == 20
    assert rows("SELECT attribute FROM t_default.dead_letter") == [(VOCABULARY + "temperature",)]


async def test_a_write_dated_2099_over_http_does_not_freeze_an_attribute_for_mqtt(sender, resources, current):
    await sender.send(temperature(0, 20), "m1")
    fragment = {"type": "Property", "value": 99, "observedAt": "2099-01-01T00:00:00Z"}
    await partial_update_attribute(resources, "default", "urn:ngsi-ld:Room:1", VOCABULARY + "temperature", fragment)
    assert await current("urn:ngsi-ld:Room:1", "temperature") == 99

    await sender.send(temperature(5, 21), "m2")

    assert await current("urn:ngsi-ld:Room:1", "temperature") == 21


async def test_null_deletes_an_attribute_and_history_says_so(sender, rows, resources):
    await sender.send(reading(1, 20, at(0)), "m1")

    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "serial": "urn:ngsi-ld:null"}, "m2")

    assert rows("SELECT deleted FROM t_default.history ORDER BY modified_at, deleted") == [(False,), (False,), (True,)]
    assert rows("SELECT jsonb_object_keys(document) FROM t_default.entity") == [(VOCABULARY + "temperature",)]


async def test_types_are_united(sender, rows):
    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Room", "door": "open"}, "m1")

    await sender.send({"id": "urn:ngsi-ld:Room:1", "type": "Hall", "door": "open"}, "m2")

    assert rows("SELECT type FROM t_default.entity_type ORDER BY type") == [
        (VOCABULARY + "Hall",),
        (VOCABULARY + "Room",),
    ]


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"not json", b'{"id": "urn:a:b", "type": "T", "x": "\\u0000"}', b'{"a": NaN}', b"[" * 100_000, b"\xff"],
)
async def test_what_is_not_json_is_one_rejection_without_an_entity(sender, rows, payload):
    receipt = await sender.send(payload, "m1")

    assert receipt["stored"] == 0
    assert [set(entry) for entry in receipt["rejected"]] == [{"index", "reason", "deadletter"}]
    assert rows("SELECT octet_length(payload) FROM t_default.dead_letter") == [(len(payload),)]


async def test_temporal_messages_put_all_into_history_and_the_newest_becomes_current(sender, rows, current):
    instances = [{"type": "Property", "value": n, "observedAt": at(n)} for n in (3, 1, 2)]

    receipt = await sender.send(
        {"id": "urn:ngsi-ld:Room:1", "type": "Room", "temperature": instances}, "m1", "temporal"
    )

    assert receipt["stored"] == 1
    assert await current("urn:ngsi-ld:Room:1", "temperature") == 3
    assert rows("SELECT number FROM t_default.history ORDER BY time") == [(1.0,), (2.0,), (3.0,)]


async def test_what_a_connector_could_not_map_is_a_dead_letter_with_the_record(sender, rows):
    report = [{"reason": "x is not a number", "attribute": "intensity", "record": {"x": "?"}}]

    receipt = await sender.send(report, "m1", "deadletters")

    assert receipt["stored"] == 0
    assert receipt["rejected"][0]["reason"] == "x is not a number"
    assert rows("SELECT convert_from(record, 'UTF8'), kind FROM t_default.dead_letter") == [('{"x":"?"}', "record")]


async def test_messages_of_an_unknown_tenant_fail(sender, resources):
    from allmende.errors import NonexistentTenant
    from tests.engine.conftest import Sender

    with pytest.raises(NonexistentTenant):
        await Sender(resources, tenant="nowhere").send(temperature(0, 1), "m1")


async def test_writes_of_one_entity_keep_their_order_of_arrival(sender, current):
    messages = [{"id": "urn:ngsi-ld:Room:1", "type": "Room", "count": n} for n in range(2_000)]
    others = [{"id": f"urn:ngsi-ld:Room:other{n}", "type": "Room", "count": n} for n in range(2_000)]

    await asyncio.gather(*[sender.start(one) for pair in zip(messages, others, strict=True) for one in pair])

    assert await current("urn:ngsi-ld:Room:1", "count") == 1_999


async def test_of_many_connectors_those_that_were_heard_last_are_known(resources, sender):
    first, *others = [replace(sender, connector=f"c{number}") for number in range(MOST_HEARD + 2)]
    await first.send(temperature(0, 1))
    for start in range(0, len(others), 100):
        await asyncio.gather(*[each.send(temperature(0, 1)) for each in (first, *others[start : start + 100])])

    heard = resources.ingest.heard_of("default")

    assert len(heard) == MOST_HEARD
    assert {"c0", others[-1].connector} <= heard.keys()
    assert "c1" not in heard
    assert resources.ingest.heard_of("town") == {}


async def test_what_connectors_say_of_themselves_is_measured(resources, sender):
    def figure(name: str) -> float | None:
        labels = {"tenant": "default", "connector": "sensors"}
        value: float | None = resources.registry.get_sample_value(f"allmende_connector_{name}", labels)
        return value

    before = figure("silent")
    report = {"state": "waiting", "backlog": 7, "set_aside": 2, "dropped": 5, "silent_since": "2026-01-01T00:00:00Z"}
    await sender.send(report, kind="state")
    silent = [figure(name) for name in ("backlog_records", "set_aside_records", "dropped_records", "silent")]
    await sender.send({**report, "backlog": "many", "set_aside": -1, "silent_since": None}, kind="state")
    await sender.send(["no report"], kind="state")

    assert before is None
    assert silent == [7, 2, 5, 1]
    assert [figure(name) for name in ("backlog_records", "set_aside_records", "silent")] == [7, 2, 0]
    reported = figure("reported_timestamp_seconds")
    assert reported is not None
    assert abs(reported - resources.clock().timestamp()) < 60
