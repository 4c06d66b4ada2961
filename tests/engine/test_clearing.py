# SPDX-License-Identifier: EUPL-1.2
"""Old history goes, by type; the current state and what is newer stay."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from auth.policy import Visible
from broker.engine.clearing import clear_history
from broker.engine.entities import delete_entity, retrieve_entity
from broker.engine.housekeeping import sweep
from broker.ngsi.retention import FOR_EVER, Retention, first_kept
from tests.engine.conftest import VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def past(name: str, kind: str, days: int, **members) -> dict:
    """An entity that was observed at noon of each of some days, the last one NOW."""
    times = [(NOW - number * DAY).isoformat().replace("+00:00", "Z") for number in range(days)]
    values = [{"type": "Property", "value": number, "observedAt": time} for number, time in enumerate(times)]
    return {"id": f"urn:ngsi-ld:{name}:1", "type": kind, "level": values, **members}


@pytest.fixture
def left(rows):
    """How many observations an entity has left."""

    def count(name: str) -> int:
        query = (
            "SELECT count(*) FROM t_default.history h JOIN t_default.name n ON n.seq = h.seq"
            f" JOIN t_default.attribute a ON a.id = h.attribute WHERE n.id = 'urn:ngsi-ld:{name}:1' AND a.iri LIKE '%/level'"
            " AND NOT h.deleted"
        )
        return rows(query)[0][0]

    return count


async def clear(resources, **days) -> object:
    rules = {name.replace("others", "*"): count * DAY for name, count in days.items()}
    return await clear_history(resources.database, resources.tenants, Retention(rules), NOW)


async def test_history_is_cleared_by_the_type_of_its_entity(resources, sender, left):
    entities = [past("a", "Room", 20), past("b", "Hall", 20), past("c", "Tower", 20), past("d", ["Room", "Hall"], 20)]
    for number, entity in enumerate(entities):
        await sender.send(entity, f"m{number}", "temporal")

    cleared = await clear(resources, Room=5, Hall=10)

    assert [left(name) for name in "abcd"] == [6, 11, 20, 11]
    assert cleared == (14 + 9 + 9, 0)
    assert await clear(resources, Room=5, Hall=10) == (0, 0)


async def test_the_last_value_stays_in_the_current_state(resources, sender, left, current):
    entity = past("a", "Room", 20)
    entity["level"] = entity["level"][10:]
    await sender.send(entity, "m1", "temporal")

    await clear(resources, others=5)

    assert left("a") == 0
    assert await current("urn:ngsi-ld:a:1", "level") == 10
    state = await retrieve_entity(resources, "default", "urn:ngsi-ld:a:1", visible=Visible.everything())
    assert state.attributes[VOCABULARY + "level"][0]["observedAt"] == "2026-05-31T12:00:00Z"


async def test_an_entity_that_was_deleted_is_known_by_the_types_that_it_had(resources, sender, left):
    for number, kind in enumerate(("Room", "Hall")):
        await sender.send(past(kind, kind, 20), f"m{number}", "temporal")
        await delete_entity(resources, "default", f"urn:ngsi-ld:{kind}:1")

    await clear(resources, Room=5)

    assert (left("Room"), left("Hall")) == (6, 20)


async def test_many_instances_go_in_several_bounded_statements(resources, sender, left, monkeypatch):
    monkeypatch.setattr("broker.engine.clearing._OF_EACH", 7)
    monkeypatch.setattr("broker.engine.clearing._ROWS", 10)
    monkeypatch.setattr("broker.engine.clearing._SERIES", 2)
    monkeypatch.setattr("broker.engine.clearing._NAMES", 2)
    for number in range(5):
        await sender.send(past(f"a{number}", "Room", 30), f"m{number}", "temporal")

    await clear(resources, others=3)

    assert [left(f"a{number}") for number in range(5)] == [4] * 5


async def test_without_a_rule_all_is_kept(resources, sender, left):
    await sender.send(past("a", "Room", 20), "m1", "temporal")

    assert await clear_history(resources.database, resources.tenants, FOR_EVER, NOW + 9_999 * DAY) == (0, 0)
    assert left("a") == 20


async def test_chunks_that_are_over_for_all_are_dropped_where_there_are_chunks(resources, sender, left, database):
    await sender.send(past("a", "Room", 100), "m1", "temporal")
    with psycopg.connect(database) as connection:
        has = connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'").fetchone() == (1,)

    some_kept = await clear(resources, Hall=5)
    cleared = await clear(resources, Hall=5, others=10)

    assert some_kept == (0, 0)
    assert left("a") == 11
    assert cleared.chunks >= 10 if has else cleared == (89, 0)
    assert cleared.rows < 14 or not has


async def test_scopes_that_have_not_changed_are_told_from_the_beginning_of_what_is_kept(resources, sender, rows):
    await sender.send({"id": "urn:ngsi-ld:a:1", "type": "Room", "scope": "/Old"}, "m1")
    await sender.send({"id": "urn:ngsi-ld:a:1", "type": "Room", "scope": "/North"}, "m2")
    now = resources.clock() + 20 * DAY

    await clear_history(resources.database, resources.tenants, Retention({"*": 5 * DAY}), now)

    told = rows(
        "SELECT h.value->>'value', h.time FROM t_default.history h JOIN t_default.attribute a ON a.id = h.attribute"
        " WHERE a.iri = 'https://uri.etsi.org/ngsi-ld/scope'"
    )
    assert told == [("/North", first_kept(now, 5 * DAY))]


async def test_a_tenant_that_cannot_be_cleared_holds_up_no_other(resources, sender, left, database):
    await resources.tenants.create("aaa")
    await sender.send(past("a", "Room", 20), "m1", "temporal")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP TABLE t_aaa.name, t_aaa.received")

    await clear(resources, others=5)

    assert left("a") == 6
    assert await sweep(resources.database, resources.tenants, resources.clock() + 8 * DAY) == 1
