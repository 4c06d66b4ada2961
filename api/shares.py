# SPDX-License-Identifier: EUPL-1.2
"""How many streams of events each client has: one that opens all it can leaves as many to others."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from allmende.errors import Unavailable

_AGAIN_S: Final = 30
"""What Retry-After says."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The open streams of a process, by the address of their client."""

    _held: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def taken(self, client: str, *, free: int) -> Iterator[None]:
        """One more for a client, which has fewer than are `free`."""
        held = self._held[client]
        if held and held >= free:
            words = f"Your address has {held} streams of events, and what is left is for others; close one of them"
            raise Unavailable(words, retry_after=_AGAIN_S)
        self._held[client] += 1
        try:
            yield
        finally:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]
