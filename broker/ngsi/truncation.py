# SPDX-License-Identifier: EUPL-1.2
"""Which rows of history one answer tells, where there are more than a broker gives at once (ETSI GS CIM 009, 6.3.10).

All that is told is told in full for a range of time, so that a reader can go on from its end.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

_LEAST: Final = 2


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

    They are cut at a time, so that before it nothing is told by half. At least two times are told, however many rows
    that are: who goes on from the end of an answer, which is told again, gets on.

    >>> from typing import NamedTuple
    >>> class At(NamedTuple):
    ...     at: datetime
    >>> rows = [At(datetime(2026, 1, day)) for day in (4, 1, 2, 3, 3)]
    >>> [row.at.day for row in cut(rows, 3, newest_first=False)[0]]
    [1, 2]
    """
    ordered = sorted(rows, key=_time, reverse=newest_first)
    if len(ordered) > most:
        border = ordered[most].at
        kept = [row for row in ordered[:most] if row.at != border]
        if len({row.at for row in kept}) < _LEAST:
            told = list(dict.fromkeys(row.at for row in ordered))[:_LEAST]
            kept = [row for row in ordered if row.at in told]
    else:
        kept = ordered
    return sorted(kept, key=_time), len(kept) < len(ordered)


def _time(row: Dated) -> datetime:
    return row.at
