# SPDX-License-Identifier: EUPL-1.2
"""Durations as ISO 8601 writes them, for how long something is kept."""

import re
from datetime import timedelta
from typing import Any, Final

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import shown

_NUMBER: Final = r"[0-9]{1,9}(?:[.,][0-9]{1,6})?"
_DURATION: Final = re.compile(
    rf"P(?!$)(?:({_NUMBER})Y)?(?:({_NUMBER})M)?(?:({_NUMBER})W)?(?:({_NUMBER})D)?"
    rf"(?:T(?!$)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?"
)
_UNITS: Final = (365 * 86_400, 30 * 86_400, 7 * 86_400, 86_400, 3600, 60, 1)
"""Seconds; whoever keeps something for a month does not count its days."""


def parse_duration(text: Any, what: str, *, most: timedelta) -> timedelta:
    """A duration, cut to `most`; `what` begins the message where it is none.

    >>> parse_duration("P1DT12H", "It", most=timedelta(days=30))
    datetime.timedelta(days=1, seconds=43200)
    """
    match = _DURATION.fullmatch(text) if type(text) is str else None
    if match is None:
        raise BadRequestData(f"{what} must be an ISO 8601 duration such as PT1H or P1DT12H, not {shown(text)}")
    numbers = [float((number or "0").replace(",", ".")) for number in match.groups()]
    seconds = sum(number * unit for number, unit in zip(numbers, _UNITS, strict=True))
    return timedelta(seconds=min(seconds, most.total_seconds()))
