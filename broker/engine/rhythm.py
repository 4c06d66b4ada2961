# SPDX-License-Identifier: EUPL-1.2
"""How often something is usually observed, and whether it is late by that. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

_FEWEST: Final = 3
_PATIENCE: Final = 3
_GRACE: Final = timedelta(minutes=2)


def usual_pause(series: Sequence[Sequence[datetime]]) -> timedelta | None:
    """The pause between two observations that three in four are not longer than; None where there are too few.

    Each series holds the times of one sensor in their order.
    """
    pauses = sorted(later - earlier for times in series for earlier, later in pairwise(times))
    return pauses[len(pauses) * 3 // 4] if len(pauses) >= _FEWEST else None


def is_late(newest: datetime | None, usual: timedelta | None, now: datetime) -> bool:
    """Whether the newest observation is older than usual: by three pauses and two minutes."""
    return newest is not None and usual is not None and now - newest > _PATIENCE * usual + _GRACE
