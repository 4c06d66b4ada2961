# SPDX-License-Identifier: EUPL-1.2
"""What pages say of numbers over time."""

from datetime import UTC, datetime, timedelta

from api.charts import numbers_of, to_chart
from api.entities import to_groups, to_rows
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import State
from broker.ngsi.series import Number, Point, Series, single_points

START = datetime(2026, 6, 1, tzinfo=UTC)
STAMP = "2026-06-01T12:00:00.000000Z"
HOUR = timedelta(hours=1)


def rows(**attributes):
    instances = {CORE.expand(name): [{"type": "Property", **one}] for name, one in attributes.items()}
    return to_rows(State("urn:a:1", ["A"], instances, [], STAMP, STAMP), "de")


def test_what_is_measured_comes_first_and_what_is_no_number_has_no_chart():
    found = numbers_of(
        rows(
            capacity={"value": 4},
            name={"value": "x"},
            isOpen={"value": True, "observedAt": STAMP},
            no2={"value": 1, "observedAt": STAMP},
            height={"value": 3, "unitCode": "MTR"},
        )
    )

    assert [row.term for row in found] == ["no2", "capacity", "height"]


def test_where_nothing_is_observed_numbers_with_units_are_what_is_measured():
    found = numbers_of(rows(capacity={"value": 4, "unitCode": "C62"}, height={"value": 3, "unitCode": "MTR"}))

    assert [(row.term, row.group) for row in found] == [("height", "measured"), ("capacity", "described")]


def test_steps_are_told_with_their_span_and_single_numbers_with_their_time():
    (row,) = rows(no2={"value": 1, "unitCode": "GQ"})
    points = [Point(START, 1.0, 2.0, 3.5, 60), Point(START + HOUR, 0.5, 2.0, 3.0, 60)]

    steps = to_chart(row, Series(HOUR, points, Number(START + 2 * HOUR, 2.0)), "de").summary
    single = to_chart(row, single_points([Number(START, 1.25)]), "de").summary

    assert (steps.highest.text, steps.highest.time, steps.highest.until) == ("3,5\xa0µg/m³", START, START + HOUR)
    assert (steps.lowest.text, steps.lowest.time) == ("0,5\xa0µg/m³", START + HOUR)
    assert (steps.newest.text, steps.newest.until) == ("2\xa0µg/m³", None)
    assert [(line.lowest, line.mean, line.highest) for line in steps.lines] == [("1", "2", "3,5"), ("0,5", "2", "3")]
    assert single.is_single
    assert single.highest.until is None


def test_parts_of_one_are_told_in_per_cent_only_where_all_numbers_of_the_range_are():
    (row,) = rows(fillingLevel={"value": 0.5})

    part = to_chart(row, single_points([Number(START, 0.0), Number(START, 1.0)]), "en")
    other = to_chart(row, single_points([Number(START, 0.0), Number(START, 50.0)]), "en")

    assert (part.scale, part.unit, part.summary.highest.text) == (100, "%", "100\xa0%")
    assert (other.scale, other.unit, other.summary.highest.text) == (1, "", "50")


def test_means_have_one_decimal_more_than_what_they_are_made_of():
    (row,) = rows(no2={"value": 1})
    points = [Point(START, 1.0, 2.23456, 3.5, 60)]

    summary = to_chart(row, Series(HOUR, points, Number(START, 2.0)), "en").summary

    assert summary.lines[0].mean == "2.23"


def test_a_chart_without_numbers_says_nothing_and_one_that_is_not_open_too():
    (row,) = rows(no2={"value": 1})

    assert to_chart(row, single_points([]), "en").summary is None
    assert to_chart(row, single_points([]), "en").is_open
    assert not to_chart(row, None, "en").is_open


def test_one_or_two_rows_are_not_folded_up():
    found = rows(**{f"m{number}": {"value": number, "observedAt": STAMP} for number in range(22)})

    assert to_groups(found, 20)[0].first == 22
    assert to_groups(found, 10)[0].first == 10


def test_the_key_of_a_row_is_that_of_its_instance():
    one, other = rows(no2={"value": 1}), rows(no2={"value": 2}, o3={"value": 2})

    assert one[0].key == other[0].key != other[1].key
