# SPDX-License-Identifier: EUPL-1.2
"""Ends of a range of time, as people write them."""

from datetime import UTC, datetime

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.periods import parse_end, parse_start


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2026-06-01", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026-06-01T12:00Z", datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("2026-06-01T12:00:01Z", datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC)),
        ("2026-06-01T12:00:01.25Z", datetime(2026, 6, 1, 12, 0, 1, 250_000, tzinfo=UTC)),
        ("2026-06-01T12:00:01.123456789Z", datetime(2026, 6, 1, 12, 0, 1, 123_456, tzinfo=UTC)),
        ("2026-06-01T12:00:00+02:00", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T12:00:00-05:30", datetime(2026, 6, 1, 17, 30, tzinfo=UTC)),
    ],
)
def test_a_day_begins_with_its_first_moment_and_a_moment_is_itself(text, start):
    assert parse_start(text, "Parameter 'from'") == start


def test_a_day_ends_with_its_last_moment_and_a_moment_is_itself():
    last = datetime(2026, 6, 30, 23, 59, 59, 999_999, tzinfo=UTC)

    assert parse_end("2026-06-30", "Parameter 'to'") == last
    assert parse_end("9999-12-31", "Parameter 'to'") == datetime.max.replace(tzinfo=UTC)
    assert parse_end("2026-06-30T12:00:00Z", "Parameter 'to'") == datetime(2026, 6, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be a date or a time"),
        ("yesterday", "must be a date or a time"),
        ("20260601", "must be a date or a time"),
        ("2026-W23-1", "must be a date or a time"),
        ("2026-06-01 12:00:00Z", "must be a date or a time"),
        ("2026-06-01T12:00:00 02:00", "write its + as %2B"),
        ("2026-06-01T12:00:00", "must name the zone"),
        ("2026-02-30", "does not exist"),
        ("2026-06-01T25:00:00Z", "does not exist"),
        ("2026-06-01T12:00:00+99:00", "does not exist"),
        ("0000-01-01", "does not exist"),
        ("0001-01-01T00:00:00+02:00", "does not exist"),
        ("9999-12-31T23:59:59-02:00", "does not exist"),
        ("٢٠٢٦-٠٦-٠١", "must be a date or a time"),
    ],
)
def test_what_is_no_time_is_refused_in_words(text, words):
    for parse in (parse_start, parse_end):
        with pytest.raises(BadRequestData, match=r"^Parameter 'from'") as refused:
            parse(text, "Parameter 'from'")

        assert words in str(refused.value)
