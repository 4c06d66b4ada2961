# SPDX-License-Identifier: EUPL-1.2
"""Messages of one client between their arrival and their commit, in order; no I/O."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from broker.mqtt.topics import Route

Arrival: TypeAlias = tuple[asyncio.Future[bytes | None], int, Route, int]
"""A message under way: its outcome, packet identifier (0: QoS 0), origin and size."""


class Arrivals:
    """A queue whose oldest message is listened to: with its commit come most of those behind it."""

    def __init__(self, wake: Callable[[asyncio.Future[bytes | None]], None]) -> None:
        self._wake = wake
        self._queue: deque[Arrival] = deque()
        self.bytes = 0
        self.unacknowledged = 0

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, outcome: asyncio.Future[bytes | None], packet_id: int, route: Route, size: int) -> None:
        """One more message; `wake` is called when it is committed and nothing before it waits."""
        queue = self._queue
        queue.append((outcome, packet_id, route, size))
        self.bytes += size
        if packet_id:
            self.unacknowledged += 1
        if len(queue) == 1:
            outcome.add_done_callback(self._wake)

    def take_settled(self) -> list[Arrival]:
        """Remove and return, in order of arrival, the messages whose outcome is known."""
        queue = self._queue
        settled: list[Arrival] = []
        while queue and queue[0][0].done():
            arrival = queue.popleft()
            settled.append(arrival)
            self.bytes -= arrival[3]
            if arrival[1]:
                self.unacknowledged -= 1
        if queue:
            queue[0][0].add_done_callback(self._wake)
        return settled
