# SPDX-License-Identifier: EUPL-1.2
"""A value that costs something: cached for as long as that is worth it, and given stale while it is made anew."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

WORTH: Final = 50
"""For so many times as long as it took it is fresh: so it takes a fiftieth of one connection at most."""


@dataclass(slots=True)
class Cached(Generic[T]):
    """A value that `make` makes, never twice at once."""

    make: Callable[[], Awaitable[T]]
    clock: Callable[[], float] = time.monotonic
    _value: T | None = None
    _made_at: float = 0
    _took: float = 0
    _task: asyncio.Task[T] | None = None

    def last(self) -> T | None:
        """The last value, at once; where it is too old, or there is none, a new one is begun."""
        is_old = self._value is None or self.clock() - self._made_at >= WORTH * self._took
        if is_old and self._task is None:
            self._begin()
        return self._value

    async def anew(self) -> T:
        """A value that was begun after this call; those who ask while another is being made share the next one."""
        if self._task is not None:
            await asyncio.wait({self._task})
        task = self._task or self._begin()
        # Another who asked must not lose the value when this one goes away.
        return await asyncio.shield(task)

    def close(self) -> None:
        """Give up what is being made."""
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> asyncio.Task[T]:
        self._task = asyncio.create_task(self._make())
        self._task.add_done_callback(self._finish)
        return self._task

    async def _make(self) -> T:
        begun = self.clock()
        value = await self.make()
        self._value, self._made_at = value, self.clock()
        self._took = self._made_at - begun
        return value

    def _finish(self, task: asyncio.Task[T]) -> None:
        self._task = None
        if not task.cancelled():
            # Whoever waits gets the error as well; nobody may be waiting.
            task.exception()
