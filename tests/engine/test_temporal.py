# SPDX-License-Identifier: EUPL-1.2
"""History as it is read: windows, the newest, and the cut at the broker's limit."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from allmende.errors import NotFound
from auth.policy import Visible
from broker.engine.entities import delete_entity, partial_update_attribute
from broker.engine.temporal import retrieve_temporal_entity
from broker.ngsi.evolutionqueries import Parts
from broker.ngsi.temporal import TemporalQuery
from broker.store.timeseries import Past, find_instances, read_instances
from broker.store.vocabulary import Vocabulary
from tests.engine.conftest import VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]
START = datetime(2026, 6, 1, tzinfo=UTC)
ID = "urn:ngsi-ld:Room:1"
TEMPERATURE, HUMIDITY = VOCABULARY + "temperature", VOCABULARY + "humidity"


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def series(first: int, last: int) -> list[dict]:
    return [
        {"type": "Property", "value": n, "observedAt": minute(n).isoformat().replace("+00:00", "Z")}
        for n in range(first, last)
    ]


@pytest.fixture
async def room(sender):
    """Sixty minutes of temperature, then sixty of humidity."""
    entity = {"id": ID, "type": "Room", "temperature": series(0, 60), "humidity": series(60, 120)}
    await sender.send(entity, "m1", "temporal")


async def retrieve(resources, query=None, *, attrs=None, cap=10_000):
    limited = replace(resources, temporal_instance_cap=cap)
    parts = Parts(attrs=attrs)
    return await retrieve_temporal_entity(limited, "default", ID, query, parts=parts, visible=Visible.everything())


def attributes(answer) -> dict:
    return answer.entities[0].attributes


def empty(answer) -> dict:
    return answer.entities[0].empty


def values(answer, attribute) -> list:
    return [instance["value"] for instance in attributes(answer).get(attribute, [])]


async def test_without_a_query_all_is_told_in_ascending_order(resources, room):
    answer = await retrieve(resources)

    assert values(answer, TEMPERATURE) == list(range(60))
    assert values(answer, HUMIDITY) == list(range(60, 120))
    assert answer.told is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (TemporalQuery("before", minute(5)), [0, 1, 2, 3, 4]),
        (TemporalQuery("after", minute(55)), [55, 56, 57, 58, 59]),
        (TemporalQuery("between", minute(10), minute(13)), [10, 11, 12]),
        (TemporalQuery("after", minute(0), last_n=3), [57, 58, 59]),
        (TemporalQuery(last_n=2), [58, 59]),
        (TemporalQuery("before", minute(5), last_n=2), [3, 4]),
    ],
)
async def test_windows_include_their_start_and_exclude_their_end(resources, room, query, expected):
    answer = await retrieve(resources, query, attrs=frozenset({TEMPERATURE}))

    assert values(answer, TEMPERATURE) == expected
    assert HUMIDITY not in attributes(answer)
    assert answer.told is None


async def test_the_limit_cuts_at_a_time_and_the_later_attribute_is_empty(resources, room):
    answer = await retrieve(resources, TemporalQuery("after", minute(0)), cap=30)

    assert answer.told is not None
    assert values(answer, TEMPERATURE) == list(range(30))
    assert empty(answer) == {HUMIDITY: "Property"}
    assert answer.told == (minute(0), minute(29))


async def test_reading_on_from_the_end_of_a_cut_answer_finds_every_instance_once(resources, room):
    seen: list[int] = []
    start = minute(0)
    for _ in range(10):
        answer = await retrieve(resources, TemporalQuery("after", start), cap=25)
        found = values(answer, TEMPERATURE) + values(answer, HUMIDITY)
        seen += [number for number in found if number not in seen[-1:]]
        if answer.told is None:
            break
        start = answer.told.end

    assert seen == list(range(120))


async def test_the_limit_with_the_newest_first_cuts_the_oldest(resources, room):
    answer = await retrieve(resources, TemporalQuery("after", minute(0), last_n=50), cap=30)

    assert answer.told is not None
    assert values(answer, HUMIDITY) == list(range(90, 120))
    assert empty(answer) == {TEMPERATURE: "Property"}


async def test_exactly_the_limit_is_not_cut(resources, room):
    answer = await retrieve(resources, attrs=frozenset({TEMPERATURE}), cap=60)

    assert answer.told is None
    assert len(values(answer, TEMPERATURE)) == 60


async def test_instances_of_the_same_time_are_cut_together(resources, sender):
    entity = {"id": ID, "type": "Room", "temperature": series(0, 10), "humidity": series(0, 10)}
    await sender.send(entity, "m1", "temporal")

    answer = await retrieve(resources, cap=5)

    assert values(answer, TEMPERATURE) == values(answer, HUMIDITY) == [0, 1]


async def test_an_entity_without_history_is_not_found(resources):
    with pytest.raises(NotFound):
        await retrieve(resources)


async def test_a_deleted_entity_keeps_its_history_and_says_when_it_ended(resources, room):
    await delete_entity(resources, "default", ID)

    answer = await retrieve(resources, attrs=frozenset({TEMPERATURE}))
    ended = await retrieve(resources, TemporalQuery("after", START, timeproperty="deletedAt"))

    assert values(answer, TEMPERATURE) == list(range(60))
    assert [one["value"] for one in attributes(ended)[TEMPERATURE]] == ["urn:ngsi-ld:null"]
    assert "deletedAt" in attributes(ended)[TEMPERATURE][0]


async def test_writes_without_observation_are_found_by_their_time_of_modification(resources, sender):
    await sender.send({"id": ID, "type": "Room", "door": "open"}, "m1")
    await partial_update_attribute(resources, "default", ID, VOCABULARY + "door", {"value": "shut"})

    by_modification = await retrieve(resources, TemporalQuery("after", START, timeproperty="modifiedAt"))
    by_observation = await retrieve(resources, TemporalQuery("after", START))

    assert values(by_modification, VOCABULARY + "door") == ["open", "shut"]
    assert attributes(by_observation) == {}


async def test_instances_come_back_as_they_were_observed(resources, sender):
    instance = {
        "type": "Property",
        "value": 21.5,
        "unitCode": "CEL",
        "observedAt": "2026-06-01T00:00:00Z",
        "quality": {"type": "Property", "value": "good"},
    }
    other = {"type": "Property", "value": {"a": [1, None, True]}, "observedAt": "2026-06-01T00:00:00.25Z"}
    await sender.send({"id": ID, "type": "Room", "temperature": [instance], "state": [other]}, "m1", "temporal")

    answer = await retrieve(resources)

    (temperature,), (state,) = attributes(answer)[TEMPERATURE], attributes(answer)[VOCABULARY + "state"]
    assert temperature["value"] == 21.5
    assert temperature["unitCode"] == "CEL"
    assert temperature["observedAt"] == "2026-06-01T00:00:00Z"
    assert temperature[VOCABULARY + "quality"][0]["value"] == "good"
    assert state["value"] == {"a": [1, None, True]}
    assert state["observedAt"] == "2026-06-01T00:00:00.250000Z"


@pytest.mark.parametrize("query", [None, TemporalQuery("after", minute(0), last_n=50)])
async def test_of_many_attributes_little_is_read_beyond_the_limit(resources, sender, monkeypatch, query):
    names = [f"reading{number}" for number in range(10)]
    await sender.send({"id": ID, "type": "Room", **{name: series(0, 60) for name in names}}, "m1", "temporal")
    read = []

    async def count(*arguments, **named):
        found = await find_instances(*arguments, **named)
        read.extend(past for pasts in found.values() for past in pasts)
        return found

    monkeypatch.setattr("broker.engine.collecting.find_instances", count)

    answer = await retrieve(resources, query, cap=45)

    expected = list(range(4)) if query is None else list(range(56, 60))
    assert [values(answer, VOCABULARY + name) for name in names] == [expected] * 10
    assert answer.told is not None
    assert len(read) < 200


async def test_others_get_a_turn_while_many_instances_are_read():
    past = Past(START, 1, 1, 0, START, observed=True, deleted=False, number=1.0, value=None, modified_at=START)
    turns = 0

    async def take_turns():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    instances = await read_instances(
        None, "t_default", [past] * 5_000, Vocabulary(), ids={1: ID}, names={1: TEMPERATURE}
    )
    other.cancel()

    assert len(instances) == 5_000
    assert turns >= 5
