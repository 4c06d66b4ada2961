# SPDX-License-Identifier: EUPL-1.2
"""The hour on the town's clock, and curves over the day."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from allmende.launch.musterstadt.holidays import is_holiday

ZONE: Final = ZoneInfo("Europe/Berlin")
_MARKET_DAYS: Final = frozenset({2, 5})
"""Wednesday and Saturday."""


@dataclass(frozen=True, slots=True)
class LocalHour:
    """A moment as the town lives it; `day` counts from year 1, Monday is weekday 0, and a holiday is a Sunday (6)."""

    hour: float
    weekday: int
    day: int
    day_of_year: int

    @property
    def is_workday(self) -> bool:
        """Monday to Friday, and no holiday."""
        return self.weekday < 5

    @property
    def is_market_day(self) -> bool:
        """Whether the market is on the market square in the morning."""
        return is_market_day(date.fromordinal(self.day))


def is_market_day(day: date) -> bool:
    """Whether there is a market on this day: on Wednesdays and Saturdays that are no holidays."""
    return day.weekday() in _MARKET_DAYS and not is_holiday(day)


@lru_cache(512)
def to_local(at: datetime) -> LocalHour:
    """The local hour of a moment; kept, since all sensors tell of the same moments."""
    local = at.astimezone(ZONE)
    hour = local.hour + local.minute / 60 + local.second / 3600
    weekday = 6 if is_holiday(local.date()) else local.weekday()
    return LocalHour(hour, weekday, local.toordinal(), local.timetuple().tm_yday)


def peak(hour: float, centre: float, width: float) -> float:
    """A bell over the day: 1 at its centre, and it goes round midnight."""
    distance = abs(hour - centre)
    return math.exp(-((min(distance, 24 - distance) / width) ** 2))


def summer(day_of_year: int) -> float:
    """From -1 in mid January to 1 in mid July."""
    return -math.cos(2 * math.pi * (day_of_year - 15) / 365.25)
