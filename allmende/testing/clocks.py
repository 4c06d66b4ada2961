# SPDX-License-Identifier: EUPL-1.2
"""Times that cannot be right: ahead of now, of 1970, without a zone; found in entities, and put into records; pure."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Skew = Callable[[Any], Any]
"""Gives another time for a value that may be one, None for one that is not."""

AHEAD = timedelta(minutes=5)
CENTURY_S = 36525 * 86400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAYS = datetime(1970, 2, 1, tzinfo=UTC)
_YEAR = re.compile(r"(?<!\d)(?:19|20)(\d\d)(?!\d)")
_ZONE = re.compile(r"(?<=\d)\s*(?:Z|[+-]\d\d:?(?:\d\d)?)$")
_SECONDS = re.compile(r"1\d{9}")
_MILLISECONDS = re.compile(r"1\d{12}")


def times_in(entity: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give attribute and `observedAt` of each instance that has one."""
    for name, member in entity.items():
        for instance in member if isinstance(member, list) else [member]:
            if isinstance(instance, dict) and "observedAt" in instance:
                yield name, instance["observedAt"]


def fault_of(time: Any, now: datetime, *, may_be_ahead: bool) -> str | None:
    """Say what is wrong with an `observedAt`, and what to do."""
    try:
        moment = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return f"{time!r} is no time in ISO 8601: let $local read it, with its layout as the third argument"
    if moment.tzinfo is None:
        return f"{time} has no zone: let $local read it, with the zone of the source"
    if _EPOCH <= moment < _FIRST_DAYS:
        return f"{time} is the beginning of 1970: seconds were read as milliseconds, or 0 stands for no time"
    if moment > now + AHEAD and not may_be_ahead:
        return f"{time} is ahead of now: look at the zone and the unit, or say 'future: allow' for forecasts"
    return None


def ahead(value: Any) -> Any:
    """The same time of another century."""
    return _shifted(value, lambda year: f"21{year}", CENTURY_S)


def at_1970(value: Any) -> Any:
    """The same day of 1970, or the moment that clocks without a battery start with."""
    return _shifted(value, lambda _: "1970", None)


def without_zone(value: Any) -> Any:
    """The same time without its zone; None where it has none."""
    if not isinstance(value, str) or ":" not in value or not _YEAR.search(value):
        return None
    bare = _ZONE.sub("", value)
    return None if bare == value else bare


def _shifted(value: Any, year: Callable[[str], str], later_s: int | None) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    digits = value if isinstance(value, str) else str(int(value))
    for pattern, unit in ((_SECONDS, 1), (_MILLISECONDS, 1000)):
        if pattern.fullmatch(digits):
            moved = 0 if later_s is None else int(digits) + later_s * unit
            return str(moved) if isinstance(value, str) else moved
    if not isinstance(value, str) or not _YEAR.search(value):
        return None
    return _YEAR.sub(lambda found: year(found[1]), value, count=1)
