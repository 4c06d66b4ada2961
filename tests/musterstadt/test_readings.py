# SPDX-License-Identifier: EUPL-1.2
"""What Musterstadt sends: NGSI-LD entities, whole, repeatable, small enough for a message."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from allmende.launch.musterstadt.city import SENSORS, SILENT, WRONG_CLOCK
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
    assert len(json.dumps([entity])) < 256 * 1024


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


def test_history_sent_twice_is_the_same_so_that_a_restart_changes_nothing() -> None:
    first = list(history(NOW - DAY, NOW))
    later = list(history(NOW - DAY, NOW + timedelta(minutes=5)))

    assert first == later


def test_one_counter_is_silent_by_day() -> None:
    [silent] = [entity for entity in readings(NOW) if entity["id"] == SILENT]
    again = readings(NOW, NOW - timedelta(hours=4))

    assert silent["intensity"]["observedAt"].startswith("2026-06-15T03:59")
    assert SILENT not in {entity["id"] for entity in again}


def test_one_clock_is_a_year_ahead_at_each_full_quarter() -> None:
    quarter = datetime(2026, 6, 15, 9, 15, tzinfo=UTC)

    [wrong] = [entity for entity in readings(quarter) if entity["id"] == WRONG_CLOCK]
    [right] = [entity for entity in readings(NOW) if entity["id"] == WRONG_CLOCK]

    assert wrong["fillingLevel"]["observedAt"] == "2027-06-15T09:15:00Z"
    assert right["fillingLevel"]["observedAt"] == "2026-06-15T09:05:00Z"


def observed_at(entity: dict) -> datetime:
    return max(
        datetime.fromisoformat(member["observedAt"])
        for member in entity.values()
        if isinstance(member, dict) and "observedAt" in member
    )
