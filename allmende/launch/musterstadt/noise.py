# SPDX-License-Identifier: EUPL-1.2
"""Chance that repeats: the same key and time always give the same number."""

import math
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b


def fraction(*key: object) -> float:
    """A number from 0 to 1 (exclusive) that looks random and depends on the key only."""
    digest = blake2b("|".join(map(str, key)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


@lru_cache(4096)
def _knot(key: str, number: int) -> float:
    """Kept, since neighbouring times lie between the same knots."""
    return fraction(key, number)


def wander(key: str, at: datetime, *, hours: float) -> float:
    """A smooth curve from -1 to 1 that takes a new direction every so many hours."""
    position = at.timestamp() / (hours * 3600)
    knot = math.floor(position)
    before, after = _knot(key, knot), _knot(key, knot + 1)
    share = (1 - math.cos(math.pi * (position - knot))) / 2
    return 2 * (before + (after - before) * share) - 1


def between(low: float, value: float, high: float) -> float:
    """The value, or the bound that it passes."""
    return max(low, min(high, value))
