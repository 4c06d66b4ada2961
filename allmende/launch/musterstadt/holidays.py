# SPDX-License-Identifier: EUPL-1.2
"""The public holidays of Hesse: the town lives them as Sundays."""

from datetime import date, timedelta
from functools import cache
from typing import Final

_FIXED: Final = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
_AFTER_EASTER: Final = (-2, 1, 39, 50, 60)
"""Good Friday, Easter Monday, Ascension Day, Whit Monday, Corpus Christi: days after Easter Sunday."""


def is_holiday(day: date) -> bool:
    """Whether shops and offices are closed, although it may be no Sunday."""
    return day in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    moving = {easter(year) + timedelta(days=days) for days in _AFTER_EASTER}
    return frozenset(moving | {date(year, month, day) for month, day in _FIXED})


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar, by the rule that Butcher's Ecclesiastical Calendar gives."""
    golden = year % 19
    century, in_century = divmod(year, 100)
    moved = (8 * century + 13) // 25
    moon = (19 * golden + century - century // 4 - moved + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (in_century // 4) - moon - in_century % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    return date(year, 3, 22) + timedelta(days=moon + weekday - 7 * late)
