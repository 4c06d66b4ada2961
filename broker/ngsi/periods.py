# SPDX-License-Identifier: EUPL-1.2
"""Ends of a range of time, as people write them: a day, or a moment with its zone."""

import re
from datetime import UTC, datetime, time
from typing import Final

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import shown

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?"
)


def parse_start(text: str, what: str) -> datetime:
    """Where a range begins; a day does with its first moment in UTC."""
    return _parse(text, what, time.min)


def parse_end(text: str, what: str) -> datetime:
    """The last moment of a range; of a day it is the last one in UTC."""
    return _parse(text, what, time.max)


def _parse(text: str, what: str, of_day: time) -> datetime:
    is_day, moment = _DAY.fullmatch(text), _MOMENT.fullmatch(text)
    if is_day is None and moment is None:
        remedy = "; write its + as %2B" if _MOMENT.fullmatch(text.replace(" ", "+")) else ""
        raise BadRequestData(
            f"{what} must be a date or a time such as 2026-11-25 or 2026-11-25T01:50:31Z, not {shown(text)}{remedy}"
        )
    if moment is not None and moment["zone"] is None:
        raise BadRequestData(f"{what} must name the zone of its time: {text}Z for UTC, or an offset such as %2B01:00")
    try:
        if is_day:
            return datetime.combine(datetime.fromisoformat(text), of_day, UTC)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadRequestData(f"{what} names a time that does not exist: {shown(text)}") from error
