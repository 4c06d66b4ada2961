# SPDX-License-Identifier: EUPL-1.2
"""Dates in the parameters of a request, counted from now: what many interfaces want to be told."""

import re
from datetime import datetime, timedelta

_PLACE = re.compile(r"\{(today|now)(?:([+-])(\d{1,5})([mhd]))?\}")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def fill_dates(text: str, now: datetime) -> str:
    """Put dates into `{today}`, `{today-1d}`, `{now+2h}`; `now` is in UTC. Anything else stays as it is."""

    def date(match: re.Match[str]) -> str:
        base, sign, count, unit = match.groups()
        shift = _UNITS[unit] * int(count) if unit else timedelta(0)
        time = now - shift if sign == "-" else now + shift
        return f"{time:%Y-%m-%d}" if base == "today" else f"{time:%Y-%m-%dT%H:%M:%SZ}"

    return _PLACE.sub(date, text)
