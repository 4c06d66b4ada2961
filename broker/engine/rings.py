# SPDX-License-Identifier: EUPL-1.2
"""The last changes of one tenant in order, so that whoever was away for a while misses none of them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

MOST: Final = 10_000
KEPT_S: Final = 600.0
"""Changes that are kept, by number and by age."""


class Change(Struct, frozen=True, gc=False):
    """What became of an entity in a transaction that is committed.

    `types` are IRIs, of a deleted entity its last ones, `left` those that it had before and has no more. `observed` is
    the newest observedAt of what was written, a DateTime, and is there for listeners of the same process only.
    """

    id: str
    types: Sequence[str]
    modified_at: datetime
    observed: str | None = None
    deleted: bool = False
    left: Sequence[str] = ()


def unite(older: Change | None, newer: Change) -> Change:
    """Both as one: the newer, which also tells those who follow a type that only the older had."""
    if older is None or (older.types == newer.types and not older.left):
        return newer
    left = {*older.types, *older.left, *newer.left}.difference(newer.types)
    return replace(newer, left=sorted(left))


@dataclass(slots=True)
class Ring:
    """Changes with increasing numbers; the place of one is `<token>-<number>`, and `last` is the newest number."""

    token: str = field(default_factory=lambda: token_hex(6))
    """Of these numbers: places of another process, or of a time from which not all is known, are foreign."""
    last: int = 0
    followers: int = 0
    visits: int = 0
    """How many followers there ever were."""
    is_ended: bool = False
    """Nothing follows any more."""
    news: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something was added; then another takes its place."""
    _changes: deque[Change] = field(default_factory=lambda: deque(maxlen=MOST))
    _marks: deque[tuple[int, float]] = field(default_factory=deque)
    """When the change of a number was added, in seconds of a clock that only the caller knows."""

    def add(self, changes: Sequence[Change], now: float) -> None:
        """Put changes at the end."""
        self._changes.extend(changes)
        self.last += len(changes)
        self._marks.append((self.last, now))
        while self._marks[0][0] <= self.last - MOST:
            self._marks.popleft()
        self.wake()

    def begin_anew(self) -> None:
        """Something may have changed that nobody told: all places become foreign."""
        self.token, self.last = token_hex(6), 0
        self._changes.clear()
        self._marks.clear()
        self.wake()

    def wake(self) -> None:
        """Call those who wait for news."""
        self.news.set()
        self.news = asyncio.Event()

    def forget(self, now: float) -> None:
        """Drop what is too old."""
        while self._marks and self._marks[0][1] < now - KEPT_S:
            number, _ = self._marks.popleft()
            while self._changes and self.last - len(self._changes) < number:
                self._changes.popleft()

    def since(self, number: int, most: int) -> list[Change] | None:
        """At most so many of the changes after a number, the oldest first; None where some of them are forgotten."""
        start = len(self._changes) - (self.last - number)
        if start < 0:
            return None
        return [self._changes[at] for at in range(start, min(start + most, len(self._changes)))]

    def number_of(self, place: str) -> int | None:
        """The number in a place; None where it is foreign or what follows it is forgotten."""
        token, _, digits = place.partition("-")
        if token != self.token or not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            return None
        number = int(digits)
        return number if self.last - len(self._changes) <= number <= self.last else None
