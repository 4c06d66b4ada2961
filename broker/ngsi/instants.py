# SPDX-License-Identifier: EUPL-1.2
"""Times as NGSI-LD writes them: ISO 8601 in UTC with `Z` (ETSI GS CIM 009, 4.6.3)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

MICROSECONDS: Final = len("2026-11-25T01:50:31.123456Z")


def to_instant(text: str) -> datetime:
    """The time that a checked DateTime names; fractions beyond microseconds are cut."""
    return datetime.fromisoformat(text)


@lru_cache(maxsize=10_000)
def from_instant(time: datetime) -> str:
    """`2026-11-25T01:50:31.123456Z`: always microseconds, so that texts of this form compare as times.

    What was written in one transaction bears one time, hence the cache.
    """
    return _in_utc(time).isoformat(timespec="microseconds")[:-6] + "Z"


def short_instant(time: datetime) -> str:
    """As `from_instant`, without a fraction that is zero."""
    return _in_utc(time).isoformat().replace("+00:00", "Z")


def _in_utc(time: datetime) -> datetime:
    """The first and the last moment of the calendar come from the database without a zone: its driver keeps them as infinity."""
    if time.tzinfo is UTC:
        return time
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def cut_instant(text: str) -> str:
    """A DateTime without what is finer than microseconds, which PostgreSQL would round."""
    return text if len(text) <= MICROSECONDS else text[: MICROSECONDS - 1] + "Z"


def is_later(one: str, other: str) -> bool:
    """Whether the DateTime `one` lies after `other`: as text where that decides, which nearly always it does."""
    if len(one) == len(other):
        return one > other
    second, other_second = one[:19], other[:19]
    if second != other_second:
        return second > other_second
    return to_instant(one) > to_instant(other)


def newest_of(times: Iterable[str], newest: str | None = None) -> str | None:
    """The latest of some DateTimes and of `newest`; what was observed together bears the same one again and again."""
    for time in times:
        if time != newest and (newest is None or is_later(time, newest)):
            newest = time
    return newest
