# SPDX-License-Identifier: EUPL-1.2
"""Rows of lists beside a map: their order, and which of them are silent."""

from datetime import UTC, datetime, timedelta

import pytest

from api.pages.rows import in_calm_order, silent_ones, to_row
from broker.ngsi.entities import State
from tests.engine.conftest import VOCABULARY

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LOCATION = "https://uri.etsi.org/ngsi-ld/location"


def state(name: str, ago: timedelta | None = None, *, kind: str = "Counter", **attributes):
    observed = {} if ago is None else {"observedAt": (NOW - ago).isoformat().replace("+00:00", "Z")}
    written = {VOCABULARY + "bicycles": [{"type": "Property", "value": 7, **observed}], **attributes}
    return State(f"urn:c:{name}", [VOCABULARY + kind], written, [], "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")


def rows(*states):
    return [to_row(each, "en") for each in states]


def labels(found):
    return [row.label for row in found]


def test_fresh_ones_come_first_by_name_and_what_was_never_observed_last():
    states = [
        state("z", timedelta(seconds=2)),
        state("b"),
        state("old", timedelta(days=3)),
        state("A"),
        state("hours", timedelta(hours=3)),
        state("c", timedelta(minutes=9)),
        state("late", timedelta(minutes=40)),
    ]

    listed = in_calm_order(rows(*states), NOW)

    assert labels(listed) == ["c", "z", "late", "hours", "old", "A", "b"]


def test_all_types_are_seen_at_the_beginning():
    states = [state(name, timedelta(0), kind=kind) for kind in ("Bin", "Lamp") for name in (f"{kind} 1", f"{kind} 2")]

    assert labels(in_calm_order(rows(*states), NOW)) == ["Bin 1", "Lamp 1", "Bin 2", "Lamp 2"]


def test_a_new_reading_leaves_the_order_as_it_is():
    before = rows(state("a", timedelta(minutes=2)), state("b", timedelta(minutes=1)))
    after = rows(state("a", timedelta(seconds=1)), state("b", timedelta(minutes=1)))

    assert labels(in_calm_order(before, NOW)) == labels(in_calm_order(after, NOW)) == ["a", "b"]


@pytest.mark.parametrize(
    ("geometry", "spot"),
    [
        ({"type": "Point", "coordinates": [7.123456, 51.9]}, (7.123456, 51.9)),
        ({"type": "LineString", "coordinates": [[7, 51], [8, 53]]}, (7.5, 52)),
        (None, None),
    ],
)
def test_a_row_says_where_it_is(geometry, spot):
    place = {LOCATION: [{"type": "GeoProperty", "value": geometry}]} if geometry else {}

    assert to_row(state("x", **place), "en").spot == spot


def test_one_that_is_late_among_its_kind_is_silent():
    minutes = [timedelta(minutes=each) for each in (1, 2, 1, 3)]
    others = [state(str(index), ago) for index, ago in enumerate(minutes)]

    silent = silent_ones(rows(*others, state("late", timedelta(hours=5)), state("later", timedelta(days=2))), NOW)

    assert labels(silent) == ["later", "late"]


def test_what_speaks_seldom_is_not_silent():
    days = [state(str(hours), timedelta(hours=hours)) for hours in (2, 9, 15, 23)]
    hour = [state("a", timedelta(minutes=59), kind="Gauge"), *[state(f"{n}", timedelta(0), kind="Gauge") for n in "bc"]]

    assert silent_ones(rows(*days, *hour, state("never")), NOW) == []


def test_each_type_is_compared_with_itself():
    seldom = [state(str(n), timedelta(hours=20), kind="Bin") for n in range(3)]
    often = [state(str(n), timedelta(minutes=1)) for n in range(3)]

    assert silent_ones(rows(*seldom, *often), NOW) == []
