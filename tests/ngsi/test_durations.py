# SPDX-License-Identifier: EUPL-1.2
"""Durations and the periods that they make."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.durations import LAST, Duration, later, numbers_of, parse_duration

ZERO = timedelta(0)
times = st.datetimes(timezones=st.just(UTC)).filter(lambda time: time.year < 9_999)
lengths = st.builds(
    Duration, st.integers(0, 40), st.timedeltas(timedelta(microseconds=1), timedelta(days=400)) | st.just(ZERO)
).filter(lambda duration: duration != (0, ZERO))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P3Y6M4DT12H30M5S", Duration(42, timedelta(days=4, hours=12, minutes=30, seconds=5))),
        ("PT1H", Duration(0, timedelta(hours=1))),
        ("P1D", Duration(0, timedelta(days=1))),
        ("PT24H", Duration(0, timedelta(days=1))),
        ("P2W", Duration(0, timedelta(weeks=2))),
        ("P1M", Duration(1, ZERO)),
        ("PT1M", Duration(0, timedelta(minutes=1))),
        ("P1Y", Duration(12, ZERO)),
        ("PT0.5S", Duration(0, timedelta(seconds=0.5))),
        ("PT0,25S", Duration(0, timedelta(seconds=0.25))),
        ("PT0S", Duration(0, ZERO)),
        ("P0D", Duration(0, ZERO)),
    ],
)
def test_a_duration_is_read(text, expected):
    assert parse_duration(text, "It") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "1H",
        "PT1H30",
        "pt1h",
        "P1H",
        "PT1D",
        "-P1D",
        "P-1D",
        "P1W2D",
        "P1.5D",
        "P1D1Y",
        "PT1S ",
        "P１D",
        "P0003-06-04T12:30:05",
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(BadRequestData, match="must be a duration such as PT1H, P1D or P1M"):
        parse_duration(text, "It")


@pytest.mark.parametrize("text", ["P10001Y", "P999999999D", "PT999999999999H", "P999999999W"])
def test_a_duration_longer_than_the_calendar_is_refused(text):
    with pytest.raises(BadRequestData, match="at most 10,000 years"):
        parse_duration(text, "It")


@pytest.mark.parametrize(
    ("months", "days"), [(0, "2026-01-31"), (1, "2026-02-28"), (2, "2026-03-31"), (3, "2026-04-30"), (25, "2028-02-29")]
)
def test_months_count_from_the_day_of_the_origin_as_far_as_the_calendar_has_it(months, days):
    origin = datetime(2026, 1, 31, 12, 3, tzinfo=UTC)

    assert later(origin, Duration(1, ZERO), months) == datetime.fromisoformat(f"{days}T12:03:00Z")


def test_a_time_after_the_calendar_is_its_end():
    assert later(datetime(9999, 12, 1, tzinfo=UTC), Duration(1, ZERO)) == LAST


@given(times, lengths, st.timedeltas(ZERO, timedelta(days=3000)), st.timedeltas(ZERO, timedelta(days=3000)))
def test_the_periods_of_a_range_begin_with_that_of_its_first_and_end_with_that_of_its_last_time(
    origin, duration, pause, length
):
    first = min(origin + pause, LAST - timedelta(days=1))
    last = min(first + length, LAST - timedelta(days=1))

    numbers = numbers_of(origin, first, last, duration)

    assert later(origin, duration, numbers[0]) <= first < later(origin, duration, numbers[0] + 1)
    assert later(origin, duration, numbers[-1]) <= last < later(origin, duration, numbers[-1] + 1)
