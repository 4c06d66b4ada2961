# SPDX-License-Identifier: EUPL-1.2
"""The time of writes: UTC, and never the same twice in a process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_STEP = timedelta(microseconds=1)


def system_clock() -> datetime:
    """The time of the machine."""
    return datetime.now(UTC)


def increasing(source: Callable[[], datetime] = system_clock) -> Callable[[], datetime]:
    """A clock that gives each caller a later time, so that writes without observedAt keep apart in history."""
    last = datetime.min.replace(tzinfo=UTC)

    def tick() -> datetime:
        nonlocal last
        last = max(source(), last + _STEP)
        return last

    return tick
