# SPDX-License-Identifier: EUPL-1.2
"""`$local`: local times without a zone become UTC, also when the clocks change."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.declarative.engines import ExpressionError

_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?: Uhr)?")
_END_OF_DAY = re.compile(r"(?<=[ T])24:00(?::00(?:[.,]0+)?)?(?![\d:.,])")
_ZERO = timedelta(0)
_DAY = timedelta(days=1)

Seen = dict[str, list[Any]]
"""For each place where `$local` is called: the last time of the file, and whether the repeated hour is in its second run."""


class LocalTimes:
    """Resolves local times in the order of a file; what it has seen is part of the cursor."""

    def __init__(self) -> None:
        self.seen: Seen = {}

    def resolve(self, place: str, text: Any, zone: Any, layout: Any = None) -> str | None:
        """Give the UTC time of a local one; nothing for nothing."""
        if text is None or text == "":
            return None
        if not isinstance(text, str):
            raise ExpressionError(f"{text!r} is not a text with a time")
        if not isinstance(zone, str):
            raise ExpressionError("$local needs a time zone, such as 'Europe/Berlin'")
        try:
            time, summer, winter, utc = _place(text, zone, str(layout) if layout else None)
        except OverflowError as error:
            raise ExpressionError(f"{text!r} lies outside the years 1 to 9999 in UTC") from error
        if time.tzinfo is not None:
            return utc
        if summer == winter:
            self.seen[place] = [time, False]
            return utc
        if summer < winter:
            self.seen[place] = [time, False]
            raise ExpressionError(f"{text} does not exist in {zone}: the clocks go forward")
        second = self._is_second_run(place, time, _zone(zone))
        self.seen[place] = [time, second]
        return _utc(time - (winter if second else summer))

    def _is_second_run(self, place: str, time: datetime, zone: ZoneInfo) -> bool:
        last, second = self.seen.get(place, (None, False))
        if last is None:
            return False
        if isinstance(last, str):
            last = datetime.fromisoformat(last)
        if time <= last:
            return True
        before, after = _offsets(last, zone)
        return bool(second) and before > after and time - last < timedelta(hours=2)


def parse_time(text: str, layout: Any = None) -> datetime:
    """Read a time: ISO 8601, the German way of writing, or a layout with % directives. 24:00 is the end of a day."""
    if layout is None and _END_OF_DAY.search(text):
        return parse_time(_END_OF_DAY.sub("00:00", text)) + _DAY
    try:
        if layout:
            return datetime.strptime(text, str(layout))  # noqa: DTZ007 - local by purpose
        german = _GERMAN.fullmatch(text.strip())
        if german:
            day, month, year, hour, minute, second = (int(part or 0) for part in german.groups())
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - local by purpose
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ExpressionError(f"{text!r} is not a time that is understood") from error


@lru_cache(maxsize=10_000)
def _place(text: str, zone: str, layout: str | None) -> tuple[datetime, timedelta, timedelta, str]:
    """The local time, both offsets that it may have, and what it is in UTC by the first; many files share their times."""
    time = parse_time(text, layout)
    if time.tzinfo is not None:
        return time, _ZERO, _ZERO, _utc(time.astimezone(UTC).replace(tzinfo=None))
    summer, winter = _offsets(time, _zone(zone))
    return time, summer, winter, _utc(time - summer)


def _offsets(time: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    first, second = time.replace(tzinfo=zone), time.replace(tzinfo=zone, fold=1)
    return first.utcoffset() or _ZERO, second.utcoffset() or _ZERO


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ExpressionError(f"{name!r} is not a time zone") from error


def _utc(time: datetime) -> str:
    return time.isoformat() + "Z"
