# SPDX-License-Identifier: EUPL-1.2
"""Which whole hours of a range can be told by their sums, and what is left of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

HOUR: Final = timedelta(hours=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
Range: TypeAlias = tuple[datetime, datetime]


class Divided(NamedTuple):
    """The half-open ranges of whole hours, and those in between; together they are the range that was divided."""

    hours: Sequence[Range]
    rest: Sequence[Range]


def is_whole(time: datetime) -> bool:
    """Whether an hour of UTC begins at a time.

    >>> [is_whole(EPOCH + HOUR * number) for number in (-1, 0.5, 2)]
    [True, False, True]
    """
    return not (time - EPOCH) % HOUR


def divide(start: datetime, stop: datetime, settled: Sequence[Range]) -> Divided:
    """Divide a half-open range by what is settled: ranges of whole hours in ascending order."""
    first, last = EPOCH - (EPOCH - start) // HOUR * HOUR, EPOCH + (stop - EPOCH) // HOUR * HOUR
    hours = [(max(begin, first), min(end, last)) for begin, end in settled if begin < last and end > first]
    hours = [(begin, end) for begin, end in hours if begin < end]
    edges = [start, *(edge for each in hours for edge in each), stop]
    rest = [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]
    return Divided(hours, rest)
