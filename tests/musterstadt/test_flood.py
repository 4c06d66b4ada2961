# SPDX-License-Identifier: EUPL-1.2
"""The flood on the river Muster: once a day, from gauge to gauge, flatter on its way, and told by a status."""

from datetime import timedelta
from itertools import pairwise

import pytest

from allmende.launch.musterstadt import water
from tests.musterstadt.times import local, of_type

GAUGES = sorted(of_type("WaterObserved"), key=lambda gauge: gauge.east)
WEEK = [local(6, day) for day in range(15, 22)]
MINUTES = [timedelta(minutes=minute) for minute in range(24 * 60)]


@pytest.mark.parametrize("day", WEEK, ids=lambda day: day.strftime("%a"))
def test_it_comes_once_a_day_and_reaches_each_gauge_later(day: object) -> None:
    crests = [max((day + step for step in MINUTES), key=lambda at, g=gauge: water.flood(g, at)) for gauge in GAUGES]

    assert all(timedelta(minutes=20) < later - earlier for earlier, later in pairwise(crests))
    assert timedelta(hours=3) < crests[-1] - crests[0] < timedelta(hours=5)
    for gauge in GAUGES:
        is_flood = [water.flood(gauge, day + step) > 0 for step in MINUTES]
        assert sum(before is False and after for before, after in pairwise(is_flood)) == 1
        assert 5 * 60 < sum(is_flood) < 11 * 60


def test_it_has_passed_every_gauge_before_midnight() -> None:
    midnights = [local(1, 1) + timedelta(days=day) for day in range(366)]

    levels = {
        water.flood(gauge, at + timedelta(minutes=late)) for gauge in GAUGES for at in midnights for late in (-9, 70)
    }

    assert levels == {0}


def test_it_rises_faster_than_it_falls_and_flattens() -> None:
    heights, rises, falls = [], [], []
    for gauge in GAUGES:
        levels = [water.flood(gauge, WEEK[0] + step) for step in MINUTES]
        crest = levels.index(max(levels))
        half = [index for index, level in enumerate(levels) if level > max(levels) / 2]
        heights.append(max(levels))
        rises.append(crest - half[0])
        falls.append(half[-1] - crest)

    assert heights == sorted(heights, reverse=True)
    assert all(fall > 2 * rise for rise, fall in zip(rises, falls, strict=True))
    assert rises[-1] > rises[0]


def test_no_two_floods_are_alike() -> None:
    heights = {round(max(water.flood(GAUGES[2], day + step) for step in MINUTES[::5]), 2) for day in WEEK}

    assert len(heights) >= 5


def test_the_river_carries_it_on() -> None:
    """The water that passes the first gauge passes the last one: as much in a day, to a tenth."""
    volumes = [sum(water.flow(gauge, WEEK[1] + timedelta(hours=4) + step) for step in MINUTES) for gauge in GAUGES]

    assert max(volumes) < 1.1 * min(volumes)


def test_levels_rise_by_metres_and_never_jump() -> None:
    for gauge in GAUGES:
        levels = [water.level(gauge, WEEK[0] + step) for step in MINUTES]

        assert max(levels) > 2 * min(levels)
        assert max(abs(after - before) for before, after in pairwise(levels)) < 0.1


def test_the_status_follows_the_level_and_the_levels_that_the_gauge_tells() -> None:
    seen = set()
    for gauge in GAUGES:
        told = water.describe(gauge)
        for at in (day + step for day in WEEK for step in MINUTES[::10]):
            said = water.measure(gauge, at)
            level, status = said["waterLevel"].value, said["floodLevelStatus"].value
            seen.add(status)
            if status == "Normal":
                assert level <= told["alertLevel"].value
            elif status == "Alert":
                assert told["alertLevel"].value - 0.01 <= level <= told["dangerLevel"].value
            else:
                assert level >= told["dangerLevel"].value - 0.01

    assert seen == {"Normal", "Alert", "Danger"}
