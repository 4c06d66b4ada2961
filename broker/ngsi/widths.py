# SPDX-License-Identifier: EUPL-1.2
"""How wide the points of a series are: steps that people count in, begun where clocks and weeks of UTC begin."""

from datetime import UTC, datetime, timedelta
from typing import Final

ORIGIN: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Steps are counted from here. It is a Monday, and no time that is stored lies before it."""

_SMALL: Final = (1, 2, 5, 10, 15, 30)
_LADDER: Final = (
    *(timedelta(seconds=number) for number in _SMALL),
    *(timedelta(minutes=number) for number in _SMALL),
    *(timedelta(hours=number) for number in (1, 2, 3, 4, 6, 12)),
    *(timedelta(days=number) for number in (1, 7)),
)
_TICK: Final = timedelta(microseconds=1)


def choose_width(first: datetime, last: datetime, most: int) -> timedelta:
    """The narrowest step of which at most `most` hold all times from `first` to `last`; beyond weeks they double.

    >>> day = datetime(2026, 6, 1, tzinfo=UTC)
    >>> to_duration(choose_width(day, day + timedelta(days=7), 500))
    'PT30M'
    >>> to_duration(choose_width(day, day + timedelta(days=365), 2000))
    'PT6H'
    """
    for width in _LADDER:
        if count_steps(first, last, width) <= most:
            return width
    width = _LADDER[-1]
    while count_steps(first, last, width) > most:
        width *= 2
    return width


def count_steps(first: datetime, last: datetime, width: timedelta) -> int:
    """How many steps hold the times from `first` to `last`."""
    return (last - ORIGIN) // width - (first - ORIGIN) // width + 1


def floor_time(time: datetime, width: timedelta) -> datetime:
    """The beginning of the step that holds a time."""
    return ORIGIN + (time - ORIGIN) // width * width


def split_range(first: datetime, last: datetime, width: timedelta, parts: int) -> tuple[list[datetime], list[datetime]]:
    """The beginnings and ends of at most `parts` ranges that together are `first` to `last`, and cut no step in two.

    A range includes both of its ends, since there is no time after the last one of the year 9999.
    """
    begin = floor_time(first, width)
    length = -(-count_steps(first, last, width) // parts) * width
    borders = [begin + number * length for number in range(1, (last - begin) // length + 1)]
    return [first, *borders], [*(border - _TICK for border in borders), last]


def to_duration(width: timedelta) -> str:
    """A step as ISO 8601 writes it; zero is that of instances told one by one.

    >>> [to_duration(timedelta(seconds=number)) for number in (0, 30, 90, 14_400, 604_800)]
    ['PT0S', 'PT30S', 'PT90S', 'PT4H', 'P7D']
    """
    seconds = width // timedelta(seconds=1)
    if seconds and not seconds % 86_400:
        return f"P{seconds // 86_400}D"
    for letter, length in (("H", 3_600), ("M", 60)):
        if seconds and not seconds % length:
            return f"PT{seconds // length}{letter}"
    return f"PT{seconds}S"
