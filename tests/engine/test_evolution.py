# SPDX-License-Identifier: EUPL-1.2
"""History that is taken away, among the other changes of a transaction."""

import asyncio

import pytest

from broker.engine.changes import create_step, patch_step
from broker.engine.evolution import add_attributes, delete_attribute
from broker.engine.operations import Changed, Step
from broker.ngsi.contexts import CORE
from broker.ngsi.evolution import add_instances, parse_evolution
from broker.ngsi.history import Erasure
from broker.ngsi.parsing import parse_entity
from broker.ngsi.patching import update_attributes
from broker.ngsi.scopehistory import split_scopes
from tests.engine.conftest import VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]

ROOM = "urn:ngsi-ld:Room:1"
COUNT = VOCABULARY + "count"
NUMBERS = "SELECT h.number FROM t_default.history h ORDER BY h.time"


def observed(day, value):
    return {"type": "Property", "value": value, "observedAt": f"2026-06-{day:02}T00:00:00Z"}


def adding(*instances):
    fragment = parse_evolution({"count": list(instances)}, CORE, whole=False)

    def change(current, now) -> Changed:
        added = add_instances(current, fragment, now)
        return Changed(added.state, added.rows)

    return Step(ROOM, change)


def erasing(seq, day=None):
    time = None if day is None else f"2026-06-{day:02}T00:00:00Z"
    erased = [Erasure(seq, COUNT, datasets=False, time=time)]
    return Step(ROOM, lambda current, _now: Changed(current, [], erased=erased))


@pytest.fixture
async def seq(resources, rows):
    await resources.write("default", create_step(parse_entity({"id": ROOM, "type": "Room"}, CORE)))
    ((number,),) = rows("SELECT seq FROM t_default.name")
    return number


async def test_what_a_transaction_adds_before_is_taken_away_and_what_it_adds_after_stays(resources, rows, seq):
    await resources.write("default", adding(observed(1, 1), observed(2, 2)))

    await resources.write("default", adding(observed(3, 3)), erasing(seq), adding(observed(4, 4), observed(2, 5)))

    assert rows(NUMBERS) == [(5.0,), (4.0,)]


async def test_one_time_is_taken_away_and_no_other(resources, rows, seq):
    await resources.write("default", adding(observed(1, 1), observed(2, 2)))

    await resources.write("default", adding(observed(3, 3), observed(4, 4)), erasing(seq, 3), erasing(seq, 1))

    assert rows(NUMBERS) == [(2.0,), (4.0,)]


async def test_the_history_of_another_entity_stays(resources, rows, seq):
    other = {"id": "urn:ngsi-ld:Room:2", "type": "Room", "count": observed(1, 7)}
    await resources.write("default", adding(observed(1, 1)), create_step(parse_entity(other, CORE)))

    await resources.write("default", erasing(seq))

    assert rows(NUMBERS) == [(7.0,)]


async def test_instances_that_are_added_while_an_attribute_is_deleted_are_there_or_not_but_whole(resources, rows, seq):
    await resources.write("default", adding(observed(1, 1)))
    fragment = parse_evolution({"count": [observed(2, 2), observed(3, 3)]}, CORE, whole=False)

    await asyncio.gather(
        delete_attribute(resources, "default", ROOM, COUNT, dataset=None, delete_all=True),
        add_attributes(resources, "default", ROOM, fragment),
    )

    assert rows(NUMBERS) in ([], [(2.0,), (3.0,)])


def scoped(*days):
    """Scopes that are told, each named after the day since when it was one."""
    _, rows = split_scopes(
        {"scope": [{"value": f"/D{day}", "observedAt": f"2026-06-{day:02}T00:00:00Z"} for day in days]}
    )
    return rows


@pytest.fixture
def tell(resources):
    nothing = parse_evolution({"type": "Room"}, CORE, whole=False)
    return lambda *days: add_attributes(resources, "default", ROOM, nothing, scoped(*days))


SCOPES = "SELECT scopes FROM t_default.entity"


async def test_of_scopes_that_are_told_at_the_same_time_the_newest_is_current(tell, rows, seq):
    await asyncio.gather(*map(tell, (5, 9, 7, 3, 8, 1)))
    assert rows(SCOPES) == [(["/D9"],)]

    await asyncio.gather(*map(tell, (12, 11, 10)))

    assert rows(SCOPES) == [(["/D12"],)]


async def test_a_scope_that_is_set_while_older_ones_are_told_stays(resources, tell, rows, seq):
    present = parse_entity({"id": ROOM, "type": "Room", "scope": "/Now"}, CORE)
    change = patch_step(ROOM, lambda state, now: update_attributes(state, present, now))

    await asyncio.gather(tell(1), resources.write("default", change), tell(2), tell(3))

    assert rows(SCOPES) == [(["/Now"],)]
    await tell(4)
    assert rows(SCOPES) == [(["/Now"],)]


async def test_scopes_of_which_history_is_taken_away_hold_back_no_older_ones(resources, rows, seq, tell):
    await tell(9)
    room = parse_evolution({"id": ROOM, "type": "Room"}, CORE, whole=True)
    end = Step(ROOM, lambda _current, _now: Changed(None, [], erased=[Erasure(seq)]))

    def create(current, now) -> Changed:
        added = add_instances(current, room, now)
        return Changed(added.state, added.rows)

    again = Step(ROOM, create, creates=True, scopes=scoped(2))

    await resources.write("default", end, again, scoped=(ROOM,))

    assert rows(SCOPES) == [(["/D2"],)]
    assert rows("SELECT count(*) FROM t_default.history") == [(1,)]
