# SPDX-License-Identifier: EUPL-1.2
"""What Musterstadt sends: NGSI-LD entities, whole, repeatable, small enough for a message."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from allmende.errors import BadRequestData
from allmende.launch.musterstadt.city import GARBLED, SENSORS, SILENT, WRONG_CLOCK
from allmende.launch.musterstadt.garbling import is_garbled
from allmende.launch.musterstadt.past import REMEMBERED, tell
from allmende.launch.musterstadt.readings import history, readings
from broker.ngsi.contexts import CORE
from broker.ngsi.parsing import parse_entity, parse_temporal_entity

NOW = datetime(2026, 6, 15, 9, 7, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def test_there_are_some_sixty_sensors_of_eight_kinds() -> None:
    kinds = Counter(each.type for each in SENSORS)

    assert len(SENSORS) == 62
    assert len(kinds) == 8
    assert min(kinds.values()) >= 4
    assert len({each.id for each in SENSORS}) == len(SENSORS)


@pytest.mark.parametrize("entity", readings(NOW), ids=lambda entity: entity["id"])
def test_every_reading_is_a_valid_entity(entity: dict) -> None:
    parsed = parse_entity(entity, CORE, nulls=True)

    assert parsed.id == entity["id"]
    assert len(parsed.attributes) == len(entity) - 2


@pytest.mark.parametrize("entity", list(history(NOW - DAY, NOW)), ids=lambda entity: entity["id"])
def test_the_history_of_every_sensor_is_valid_and_fits_into_a_message(entity: dict) -> None:
    parsed = parse_temporal_entity(entity, CORE)

    assert parsed.id == entity["id"]
    assert len(json.dumps([entity])) < 128 * 1024


def test_the_same_time_gives_the_same_readings() -> None:
    first, second = readings(NOW), readings(NOW)

    assert first == second


def test_only_those_that_measured_since_are_sent_again() -> None:
    since = NOW - timedelta(seconds=10)

    some = readings(NOW, since)

    assert 0 < len(some) < 40
    assert all(observed_at(entity) > since for entity in some if entity["id"] != WRONG_CLOCK)


def test_rounds_of_ten_seconds_leave_no_reading_out() -> None:
    rounds = [NOW + timedelta(seconds=10 * step) for step in range(31)]

    sent = Counter(entity["type"] for last, now in pairwise(rounds) for entity in readings(now, last))

    assert sent["OffStreetParking"] == 9 * 10
    assert sent["WasteContainer"] == 10


def test_no_reading_lies_ahead() -> None:
    entities = [entity for entity in readings(NOW) if entity["id"] != WRONG_CLOCK]

    assert all(observed_at(entity) <= NOW for entity in entities)


def test_a_day_of_history_has_a_value_for_each_quarter_of_an_hour() -> None:
    by_id = {entity["id"]: entity for entity in history(NOW - DAY, NOW)}

    garage = by_id["urn:ngsi-ld:OffStreetParking:musterstadt:marktgarage"]["availableSpotNumber"]

    assert len(by_id) == len(SENSORS)
    assert len(garage) == 96
    assert garage[-1]["observedAt"] == "2026-06-15T09:00:00Z"


def test_the_past_is_a_week_and_the_newest_day_comes_first() -> None:
    told = [entity for [entity] in tell(NOW - REMEMBERED, NOW)]

    garage = "urn:ngsi-ld:OffStreetParking:musterstadt:marktgarage"
    days = [[one["observedAt"] for one in entity["occupancy"]] for entity in told if entity["id"] == garage]
    assert Counter(entity["id"] for entity in told) == {each.id: 7 for each in SENSORS}
    assert [(day[0][:16], day[-1][:16]) for day in days[:2]] == [
        ("2026-06-14T09:15", "2026-06-15T09:00"),
        ("2026-06-13T09:15", "2026-06-14T09:00"),
    ]
    assert len({at for day in days for at in day}) == 7 * 96


def test_a_short_pause_is_one_short_piece() -> None:
    told = [entity for [entity] in tell(NOW - timedelta(minutes=40), NOW)]

    values = [len(instances) for entity in told for name, instances in entity.items() if name not in {"id", "type"}]
    assert len(told) == len(SENSORS) - 1
    assert set(values) == {3} or set(values) == {2}


def test_every_number_has_a_unit() -> None:
    bare = {
        (entity["type"], name)
        for entity in readings(NOW)
        for name, attribute in entity.items()
        if isinstance(attribute, dict)
        and isinstance(attribute.get("value"), (int, float))
        and "unitCode" not in attribute
    }

    assert bare == set()


def test_history_sent_twice_is_the_same_so_that_a_restart_changes_nothing() -> None:
    first = list(history(NOW - DAY, NOW))
    later = list(history(NOW - DAY, NOW + timedelta(minutes=5)))

    assert first == later


def test_one_counter_falls_silent_after_the_morning() -> None:
    [silent] = [entity for entity in readings(NOW) if entity["id"] == SILENT]
    again = readings(NOW, NOW - timedelta(hours=2))

    assert silent["intensity"]["observedAt"].startswith("2026-06-15T06:59")
    assert SILENT not in {entity["id"] for entity in again}


@pytest.mark.parametrize(
    ("now", "newest"),
    [("2026-06-15T02:30", "2026-06-14T06:59"), ("2026-06-15T21:59", "2026-06-15T06:59")],
)
def test_it_stays_silent_until_the_next_morning(now: str, newest: str) -> None:
    [silent] = [e for e in readings(datetime.fromisoformat(f"{now}:30+00:00")) if e["id"] == SILENT]

    assert silent["intensity"]["observedAt"][:16] == newest


def test_it_speaks_in_the_morning() -> None:
    morning = datetime(2026, 6, 15, 5, 40, 30, tzinfo=UTC)

    [counter] = [entity for entity in readings(morning) if entity["id"] == SILENT]

    assert morning - observed_at(counter) < timedelta(minutes=1)
    assert counter["intensity"]["value"] > 20


def test_one_clock_is_a_year_ahead_at_each_full_quarter() -> None:
    quarter = datetime(2026, 6, 15, 9, 15, tzinfo=UTC)

    [wrong] = [entity for entity in readings(quarter) if entity["id"] == WRONG_CLOCK]
    [right] = [entity for entity in readings(NOW) if entity["id"] == WRONG_CLOCK]

    assert wrong["fillingLevel"]["observedAt"] == "2027-06-15T09:15:00Z"
    assert right["fillingLevel"]["observedAt"] == "2026-06-15T09:05:00Z"


def test_one_station_sends_what_is_no_reading_at_most_twice_an_hour() -> None:
    minutes = [NOW.replace(minute=0, second=59) + timedelta(minutes=minute) for minute in range(24 * 60)]
    hours = Counter(at.hour for at in minutes if is_garbled(at))
    sent = [entity for at in minutes[:600] if is_garbled(at) for entity in readings(at) if entity["id"] == GARBLED]
    refused = [reason for entity in sent if (reason := why_refused(entity))]

    assert set(hours) == set(range(24))
    assert max(hours.values()) <= 2
    assert len(refused) >= 0.8 * len(sent)
    assert {next(word for word in ("location", "observedAt", "value") if word in reason) for reason in refused} == {
        *("location", "observedAt", "value"),
    }


def test_its_other_readings_are_taken() -> None:
    minutes = [NOW.replace(minute=0, second=59) + timedelta(minutes=minute) for minute in range(120)]
    quiet = [at for at in minutes if not is_garbled(at) and not is_garbled(at - timedelta(minutes=1))]

    sent = [entity for at in quiet for entity in readings(at) if entity["id"] == GARBLED]

    assert len(sent) > 100
    assert [why_refused(entity) for entity in sent if why_refused(entity)] == []


def why_refused(entity: dict) -> str:
    try:
        parse_entity(entity, CORE, nulls=True)
    except BadRequestData as error:
        return str(error)
    return ""


def observed_at(entity: dict) -> datetime:
    return max(
        datetime.fromisoformat(member["observedAt"])
        for member in entity.values()
        if isinstance(member, dict) and "observedAt" in member
    )
