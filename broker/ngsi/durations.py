# SPDX-License-Identifier: EUPL-1.2
"""Durations as ISO 8601 writes them, and the periods that one after the other make (ETSI GS CIM 009, 4.5.19.1)."""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import shown

LAST: Final = datetime.max.replace(tzinfo=UTC)
_MOST_MONTHS: Final = 12 * 10_000
_LONGEST: Final = timedelta(days=366 * 10_000)
_TIME: Final = r"T(?=.)(?:(?P<H>[0-9]{1,12})H)?(?:(?P<m>[0-9]{1,12})M)?(?:(?P<S>[0-9]{1,12}(?:[.,][0-9]{1,6})?)S)?"
_FORM: Final = re.compile(
    rf"P(?=.)(?:(?P<W>[0-9]{{1,9}})W|(?:(?P<Y>[0-9]{{1,9}})Y)?(?:(?P<M>[0-9]{{1,9}})M)?(?:(?P<D>[0-9]{{1,9}})D)?(?:{_TIME})?)"
)


class Duration(NamedTuple):
    """Months of the calendar, and a time of fixed length: a day has 24 hours, since times are in UTC."""

    months: int
    rest: timedelta


def parse_duration(text: str, what: str) -> Duration:
    """A duration such as PT1H, P1D, P1M or P3Y6M4DT12H30M5S; `what` begins the message otherwise.

    >>> parse_duration("P1Y2MT90S", "It")
    Duration(months=14, rest=datetime.timedelta(seconds=90))
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadRequestData(f"{what} must be a duration such as PT1H, P1D or P1M, not {shown(text)}")
    parts = {name: float(part.replace(",", ".")) for name, part in match.groupdict(default="0").items()}
    months = round(parts["Y"] * 12 + parts["M"])
    try:
        rest = timedelta(weeks=parts["W"], days=parts["D"], hours=parts["H"], minutes=parts["m"], seconds=parts["S"])
    except OverflowError:
        rest = timedelta.max
    if months > _MOST_MONTHS or rest > _LONGEST:
        raise BadRequestData(f"{what} must be at most 10,000 years, not {shown(text)}")
    return Duration(months, rest)


def parse_lifetime(text: Any, what: str, *, most: timedelta) -> timedelta:
    """How long something is kept, cut to `most`; whoever keeps it for a month does not count its days, but takes 30.

    >>> parse_lifetime("P1DT12H", "It", most=timedelta(days=30))
    datetime.timedelta(days=1, seconds=43200)
    """
    if type(text) is not str:
        raise BadRequestData(f"{what} must be a duration such as PT1H, P1D or P1M, not {shown(text)}")
    months, rest = parse_duration(text, what)
    years, months = divmod(months, 12)
    return min(timedelta(days=365 * years + 30 * months) + rest, most)


def later(time: datetime, duration: Duration, times: int = 1) -> datetime:
    """A time that is so many durations later: first the months, by the calendar, then the rest; at most `LAST`.

    Months go from the 31st to the last day of a shorter month, and from there on they count from the 31st again.

    >>> later(datetime(2026, 1, 31, tzinfo=UTC), Duration(1, timedelta(0))).isoformat()
    '2026-02-28T00:00:00+00:00'
    """
    if not duration.months:
        try:
            return time + duration.rest * times
        except OverflowError:
            return LAST
    year, month = divmod(time.year * 12 + time.month - 1 + duration.months * times, 12)
    try:
        day = min(time.day, monthrange(year, month + 1)[1])
        return time.replace(year=year, month=month + 1, day=day) + duration.rest * times
    except (ValueError, OverflowError):  # after the year 9999
        return LAST


def numbers_of(origin: datetime, first: datetime, last: datetime, duration: Duration) -> Sequence[int]:
    """The numbers of the periods that hold the times from `first` to `last`, of those that begin with `origin`."""
    if not duration.months:
        return range((first - origin) // duration.rest, (last - origin) // duration.rest + 1)
    every = range(_MOST_MONTHS)

    def start(number: int) -> datetime:
        return later(origin, duration, number)

    return range(bisect_right(every, first, key=start) - 1, bisect_right(every, last, key=start))
