# SPDX-License-Identifier: EUPL-1.2
"""A range is divided into whole hours that are settled, and all the rest."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broker.ngsi.hours import EPOCH, HOUR, divide, is_whole

moments = st.integers(-3 * 3600, 30 * 3600).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
edges = st.lists(st.integers(-2, 28), max_size=8, unique=True).map(sorted)


@given(moments, moments, edges)
def test_hours_and_rest_together_are_the_range(start, stop, edges):
    settled = [(EPOCH + HOUR * one, EPOCH + HOUR * other) for one, other in zip(edges[::2], edges[1::2], strict=False)]
    start, stop = sorted((start, stop))

    hours, rest = divide(start, stop, settled)

    pieces = sorted([*hours, *rest])
    assert sum((end - begin for begin, end in pieces), timedelta()) == stop - start
    assert all(one[1] == other[0] for one, other in pairwise(pieces))
    assert all(is_whole(begin) and is_whole(end) for begin, end in hours)
    assert all(any(known[0] <= begin < end <= known[1] for known in settled) for begin, end in hours)
    assert all(not _holds_hour(begin, end, settled) for begin, end in rest)


def _holds_hour(start: datetime, stop: datetime, settled: list[tuple[datetime, datetime]]) -> bool:
    """Whether a range has a whole hour that is settled."""
    first = EPOCH - (EPOCH - start) // HOUR * HOUR
    hours = [first + HOUR * number for number in range((stop - first) // HOUR)]
    return any(begin <= hour < end for hour in hours for begin, end in settled)


def test_an_hour_of_another_zone_is_one_of_utc():
    assert is_whole(datetime(1969, 12, 31, 23, tzinfo=UTC))
    assert not is_whole(datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
