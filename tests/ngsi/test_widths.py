# SPDX-License-Identifier: EUPL-1.2
"""Steps of series: narrow enough, few enough, and cut where clocks and weeks begin."""

import doctest
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi import widths
from broker.ngsi.widths import ORIGIN, choose_width, count_steps, floor_time, split_range, to_duration

TIMES = st.datetimes(timezones=st.just(UTC))
RANGES = st.tuples(TIMES, TIMES).map(sorted)
MOST = st.integers(1, 2000)
WEEK = timedelta(days=7)
LADDER = [
    *("PT1S", "PT2S", "PT5S", "PT10S", "PT15S", "PT30S"),
    *("PT1M", "PT2M", "PT5M", "PT10M", "PT15M", "PT30M"),
    *("PT1H", "PT2H", "PT3H", "PT4H", "PT6H", "PT12H", "P1D", "P7D", "P14D", "P28D"),
]


def test_the_examples_in_the_code_hold():
    assert doctest.testmod(widths).failed == 0
    assert doctest.testmod(widths).attempted > 3


def test_the_steps_are_those_that_people_count_in():
    day = datetime(2026, 6, 1, tzinfo=UTC)
    chosen = [choose_width(day, day + timedelta(seconds=seconds), 10) for seconds in range(0, 250 * 86_400, 997)]
    chosen += [choose_width(day, day + timedelta(seconds=seconds), 10) for seconds in range(400)]

    assert sorted({to_duration(width) for width in chosen}, key=LADDER.index) == LADDER


@given(RANGES, MOST)
def test_a_width_is_the_narrowest_that_needs_no_more_points_than_allowed(ends, most):
    first, last = ends

    width = choose_width(first, last, most)

    assert count_steps(first, last, width) <= most
    narrower = [step for step in widths._LADDER if step < width] + ([width // 2] if width > WEEK else [])
    assert all(count_steps(first, last, step) > most for step in narrower)


@given(TIMES, RANGES, MOST)
def test_a_step_begins_at_or_before_its_times_and_at_a_whole_number_of_steps(time, ends, most):
    width = choose_width(*ends, most)

    begin = floor_time(time, width)

    assert timedelta(0) <= time - begin < width
    assert (begin - ORIGIN) % width == timedelta(0)


@pytest.mark.parametrize("width", [WEEK, 2 * WEEK])
def test_weeks_begin_on_monday(width):
    assert floor_time(datetime(2026, 6, 7, 23, 59, tzinfo=UTC), width).weekday() == 0


@given(RANGES, MOST, st.integers(1, 20))
def test_parts_are_the_whole_range_and_cut_no_step(ends, most, parts):
    first, last = ends
    width = choose_width(first, last, most)

    starts, stops = split_range(first, last, width, parts)

    assert len(starts) == len(stops) <= parts
    assert (starts[0], stops[-1]) == (first, last)
    assert all(start <= stop for start, stop in zip(starts, stops, strict=True))
    assert [stop + timedelta(microseconds=1) for stop in stops[:-1]] == starts[1:]
    assert all(floor_time(start, width) == start for start in starts[1:])
