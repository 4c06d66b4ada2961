# SPDX-License-Identifier: EUPL-1.2
"""Instants as connectors write them in what they say of themselves."""

from datetime import datetime


def instant(time: datetime) -> str:
    """Write a time as reports of state do: UTC, whole seconds."""
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def instant_or_none(time: datetime | None) -> str | None:
    """Write a time, where there is one."""
    return None if time is None else instant(time)


def to_time(text: str | None) -> datetime | None:
    """Read what `instant` wrote."""
    return None if text is None else datetime.fromisoformat(text)
