# SPDX-License-Identifier: EUPL-1.2
"""How long which history is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.ngsi.retention import FOR_EVER, Retention, first_kept

WEEK, MONTH, YEAR = (timedelta(days=days) for days in (7, 30, 365))
ROOM, HALL = "https://example.org/Room", "https://example.org/Hall"


@pytest.mark.parametrize(
    ("rules", "types", "kept_for"),
    [
        ({"Room": WEEK}, [ROOM], WEEK),
        ({ROOM: WEEK}, [ROOM], WEEK),
        ({"Room": MONTH, ROOM: WEEK}, [ROOM], WEEK),
        ({"Room": WEEK}, [HALL], None),
        ({"Room": WEEK, "*": YEAR}, [HALL], YEAR),
        ({"Room": WEEK, "Hall": MONTH}, [ROOM, HALL], MONTH),
        ({"Room": WEEK}, [ROOM, HALL], None),
        ({"Room": WEEK, "*": MONTH}, None, MONTH),
        ({"Room": WEEK}, None, None),
        ({"Room": WEEK}, [], None),
        ({}, [ROOM], None),
    ],
)
def test_history_is_kept_as_long_as_the_longest_rule_of_its_types_says(rules, types, kept_for):
    assert Retention(rules).of(types) == kept_for


def test_the_longest_rule_counts_for_all_only_where_all_have_one():
    assert Retention({"Room": YEAR, "*": WEEK}).longest == YEAR
    assert Retention({"Room": YEAR}).longest is None
    assert FOR_EVER.longest is None


def test_what_is_kept_begins_with_a_day():
    now = datetime(2026, 6, 10, 13, 30, tzinfo=UTC)

    assert first_kept(now, timedelta(hours=36)) == datetime(2026, 6, 9, tzinfo=UTC)
