# SPDX-License-Identifier: EUPL-1.2
"""Waits for what nobody announces."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_LONGEST_S = 0.1
"""The longest pause that the cost of a question makes."""


def until(condition: Callable[[], T], what: str, *, seconds: float = 60, every_s: float = 0.005) -> T:
    """Ask until the answer is true; return it. A question that costs time is asked the more rarely: others wait for it, too."""
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        if answer := condition():
            return answer
        answered = time.monotonic()
        assert answered < deadline, f"not within {seconds} s: {what}"
        time.sleep(max(every_s, min(answered - asked, _LONGEST_S)))
