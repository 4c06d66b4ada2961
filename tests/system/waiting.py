# SPDX-License-Identifier: EUPL-1.2
"""Waits for what nobody announces."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], what: str, *, seconds: float = 60, every_s: float = 0.005) -> T:
    """Ask until the answer is true; return it."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every_s)
    return answer
