# SPDX-License-Identifier: EUPL-1.2
"""What an aggregation asks for, and what it says of a period."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.errors import BadRequestData
from broker.ngsi.aggregatedforms import render_aggregated
from broker.ngsi.aggregation import (
    METHODS,
    Aggregation,
    Period,
    Summary,
    Told,
    parse_aggregation,
    split_periods,
    value_of,
)
from broker.ngsi.contexts import CORE
from broker.ngsi.durations import Duration

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_methods_keep_the_order_in_which_they_are_asked_for():
    aggregation = parse_aggregation({"aggrMethods": "max, avg,max", "aggrPeriodDuration": "PT1H"})

    assert aggregation == Aggregation(("max", "avg"), Duration(0, HOUR))


@pytest.mark.parametrize("duration", [None, "PT0S", "P0D", "P0Y"])
def test_without_a_duration_or_with_none_the_period_is_the_whole_range(duration):
    parameters = {"aggrMethods": "avg"} | ({} if duration is None else {"aggrPeriodDuration": duration})

    assert parse_aggregation(parameters).period is None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "'aggrMethods' is required with aggregatedValues: some of avg, distinctCount"),
        ({"aggrMethods": "avg,median"}, "'aggrMethods' must be some of avg, .* not 'median'"),
        ({"aggrMethods": ""}, "'aggrMethods' must be some of .* not ''"),
        ({"aggrMethods": "AVG"}, "not 'AVG'"),
        (
            {"aggrMethods": "avg", "aggrPeriodDuration": "hourly"},
            "'aggrPeriodDuration' must be a duration such as PT1H",
        ),
        ({"aggrMethods": "avg", "aggrPeriodDuration": ""}, "'aggrPeriodDuration' must be a duration"),
    ],
)
def test_an_aggregation_that_makes_no_sense_says_what_would(parameters, message):
    with pytest.raises(BadRequestData, match=message):
        parse_aggregation(parameters)


NUMBERS = Told(3, 2.0, 6.0, 1.0, 3.0, 0.8, 14.0, distinct=3)
ARRAYS = Told(2, 1.5, 3.0, 1, 2, distinct=2)
TEXTS = Told(2, first_text="a", last_text="b", distinct=2)
DATES = Told(2, first_moment="2026-06-01", last_moment="2026-06-02", moment_type="Date", distinct=2)
MOMENTS = Told(
    2, first_moment="2026-06-01T00:00:00", last_moment="2026-06-01T00:00:00.5", moment_type="DateTime", distinct=2
)
CLOCKS = Told(2, first_moment="07:30:00", last_moment="08:30:00", moment_type="Time", mean_clock=28_800.0, distinct=2)
OBJECTS = Told(2, distinct=1)
DATE_TIME = {"@type": "DateTime", "@value": "2026-06-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (NUMBERS, [2.0, 3, 3.0, 1.0, 0.8, 6.0, 14.0, 3]),
        (ARRAYS, [1.5, 2, 2, 1, None, 3.0, None, 2]),
        (TEXTS, [None, 2, "b", "a", None, None, None, 2]),
        (
            DATES,
            [
                None,
                2,
                {"@type": "Date", "@value": "2026-06-02"},
                {"@type": "Date", "@value": "2026-06-01"},
                None,
                None,
                None,
                2,
            ],
        ),
        (MOMENTS, [None, 2, DATE_TIME | {"@value": "2026-06-01T00:00:00.5Z"}, DATE_TIME, None, None, None, 2]),
        (
            CLOCKS,
            [
                {"@type": "Time", "@value": "08:00:00Z"},
                2,
                {"@type": "Time", "@value": "08:30:00Z"},
                {"@type": "Time", "@value": "07:30:00Z"},
                *[None] * 3,
                2,
            ],
        ),
        (OBJECTS, [None, 1, None, None, None, None, None, 2]),
    ],
    ids=["numbers", "arrays", "texts", "dates", "moments", "clocks", "objects"],
)
def test_each_method_says_of_each_kind_of_value_what_the_table_says(told, expected):
    assert [value_of(method, told) for method in METHODS] == expected


def test_a_sum_that_no_json_can_hold_is_left_out():
    told = Told(2, float("nan"), float("nan"), 1e200, 1e300, float("nan"), float("nan"))

    assert [value_of(method, told) for method in ("avg", "sum", "stddev", "sumsq")] == [None] * 4
    assert (value_of("min", told), value_of("max", told)) == (1e200, 1e300)


def test_the_representation_tells_each_method_of_each_instance_and_leaves_out_what_does_not_apply():
    periods = [Period(START, START + HOUR, TEXTS), Period(START + 2 * HOUR, START + 3 * HOUR, NUMBERS)]
    roof = Summary("urn:ngsi-ld:Dataset:roof", False, periods[:1])
    owner = Summary(None, True, [Period(START, START + HOUR, OBJECTS)])
    attributes = {
        "https://uri.etsi.org/ngsi-ld/default-context/name": [Summary(None, False, periods), roof],
        "urn:x:owner": [owner],
    }

    document = render_aggregated("urn:a:1", ["urn:x:A", "urn:x:B"], attributes, ("sum", "totalCount"), CORE)

    first, second = ["2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z"], ["2026-06-01T02:00:00Z", "2026-06-01T03:00:00Z"]
    counts = [[2, *first], [3, *second]]
    assert document == {
        "id": "urn:a:1",
        "type": ["urn:x:A", "urn:x:B"],
        "name": [
            {"type": "Property", "sum": [[6.0, *second]], "totalCount": counts},
            {"type": "Property", "datasetId": "urn:ngsi-ld:Dataset:roof", "sum": [], "totalCount": counts[:1]},
        ],
        "urn:x:owner": {"type": "Relationship", "sum": [], "totalCount": [[2, *first]]},
    }


@given(
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.timedeltas(timedelta(microseconds=1), timedelta(days=30)),
    st.integers(1, 20),
)
def test_ranges_hold_all_times_and_cut_no_period_in_two(pause, length, width, parts):
    first = START + pause

    ranges = split_periods(START, first, first + length, width, parts)

    assert 1 <= len(ranges) <= parts
    assert ranges[0][0] == first
    assert ranges[-1][1] == first + length + timedelta(microseconds=1)
    assert all(stop == start for (_, stop), (start, _) in pairwise(ranges))
    assert all((start - START) % width == timedelta(0) for start, _ in ranges[1:])
    assert all(start < stop for start, stop in ranges)
