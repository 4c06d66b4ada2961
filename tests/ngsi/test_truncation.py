# SPDX-License-Identifier: EUPL-1.2
"""What of a history one answer tells: a range of time, in full."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.truncation import cut, latest

START = datetime(2026, 6, 1, tzinfo=UTC)


class At(NamedTuple):
    at: datetime
    number: int


rows = st.lists(st.integers(0, 9), max_size=30).map(
    lambda minutes: [At(START + timedelta(minutes=minute), number) for number, minute in enumerate(minutes)]
)


@given(rows, st.integers(1, 12), st.booleans())
def test_what_is_told_is_a_range_of_time_in_full_from_its_beginning(told, most, newest_first):
    kept, truncated = cut(told, most, newest_first=newest_first)

    times = [row.at for row in kept]
    assert times == sorted(times)
    assert truncated == (len(kept) < len(told))
    if truncated:
        border = times[0] if newest_first else times[-1]
        assert {row for row in told if (row.at >= border if newest_first else row.at <= border)} == set(kept)
        assert len(kept) <= most or len(set(times)) == 2
        assert len(set(times)) > 1
    else:
        assert set(kept) == set(told)


@given(rows, st.integers(1, 12))
def test_the_latest_are_those_that_no_other_is_later_than(told, most):
    last = latest(told, most)

    assert len(last) == min(most, len(told))
    assert all(row.at <= last[-1].at for row in set(told) - set(last))
