# SPDX-License-Identifier: EUPL-1.2
"""Which rows of history one answer tells, where there are more than a broker gives at once (ETSI GS CIM 009, 6.3.10).

All that is told is told in full for a range of time, so that a reader can go on from its end.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class Dated(Protocol):
    """What has the time that a window compares."""

    @property
    def at(self) -> datetime:
        """That time."""


Row = TypeVar("Row", bound=Dated)


def latest(rows: Iterable[Row], most: int) -> list[Row]:
    """The last rows in time."""
    return sorted(rows, key=_time, reverse=True)[:most]


def cut(rows: Sequence[Row], most: int, *, newest_first: bool) -> tuple[list[Row], bool]:
    """The first rows in time, or the last, in ascending order; and whether that is not all of them.

    They are cut at a time, so that before it nothing is told by half; at least one time is told.

    >>> from typing import NamedTuple
    >>> class At(NamedTuple):
    ...     at: datetime
    >>> [row.at.day for row in cut([At(datetime(2026, 1, day)) for day in (3, 1, 2, 2)], 2, newest_first=False)[0]]
    [1]
    """
    ordered = sorted(rows, key=_time, reverse=newest_first)
    if len(ordered) <= most:
        return sorted(ordered, key=_time), False
    border = ordered[most].at
    kept = [row for row in ordered[:most] if row.at != border]
    return sorted(kept or [row for row in ordered if row.at == border], key=_time), True


def _time(row: Dated) -> datetime:
    return row.at
