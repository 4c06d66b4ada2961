# SPDX-License-Identifier: EUPL-1.2
"""The publisher: empties the spool, a message leaves it when its receipt has come."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from paho.mqtt.client import MQTTMessageInfo

from allmende.errors import Unavailable
from connectors.arrivals import Arrival, parse_receipt, parse_requests
from connectors.link import Link
from connectors.settling import Settled
from connectors.spool import Spool
from connectors.spoolfile import Stored

FIRST_REPEAT_S = 30.0
LAST_REPEAT_S = 300.0
FIRST_UNHEARD_S = 1.0

log = structlog.get_logger()
Request = Callable[[str, str, int], None]


@dataclass(slots=True)
class _Flight:
    """A message without a receipt: when it is sent again, and how often it was."""

    message: Stored
    info: MQTTMessageInfo
    due: float
    repeats: int = 0


class Publisher:
    """Sends at most as many messages as may be without a receipt, repeats, and settles receipts."""

    def __init__(
        self,
        spool: Spool,
        link: Link,
        *,
        on_request: Request,
        on_settled: Callable[[Settled], None],
        first_repeat_s: float = FIRST_REPEAT_S,
    ) -> None:
        self._spool = spool
        self._link = link
        self._on_request = on_request
        self._on_settled = on_settled
        self._first_repeat_s = first_repeat_s
        self._loop = asyncio.get_running_loop()
        self._flights: dict[str, _Flight] = {}
        self._arrivals: deque[Arrival] = deque()
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._sent_to = 0
        self._connections = link.connections
        self.requests = 0
        self.progressed = self._loop.time()
        link.listen(self._arrived, self.wake)

    def wake(self) -> None:
        """Look for something to do: the spool or the link has changed."""
        self._wake.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self._wake.clear()
            if self._link.refused is not None:
                raise self._link.refused
            await self._take_arrivals()
            if self._link.is_ready:
                self._repeat()
                self._send_new()
            async with self._moved:
                self._moved.notify_all()
            await self._wait()

    async def drained(self, *, patience_s: float) -> None:
        """Wait until every message has its receipt; raise Unavailable when nothing moves for too long."""
        self.progressed = max(self.progressed, self._loop.time())
        while self._spool.waiting:
            await self._change(patience_s)

    async def room(self, *, patience_s: float | None = None) -> None:
        """Wait until the spool takes more."""
        while self._spool.is_full:
            await self._change(patience_s)

    def drop_oldest(self) -> None:
        """Make room in the spool; what is dropped is not sent again."""
        for name in self._spool.drop_oldest(self._flights):
            self._flights.pop(name, None)
        self.wake()

    async def _change(self, patience_s: float | None) -> None:
        async with self._moved:
            try:
                async with asyncio.timeout(1.0):
                    await self._moved.wait()
            except TimeoutError:
                pass
        if patience_s is not None and self._loop.time() - self.progressed > patience_s:
            away = "sends no receipts" if self._link.is_ready else f"is away: {self._link.reason}"
            raise Unavailable(f"The platform {away}; what was read is kept and sent by the next run")

    async def _wait(self) -> None:
        due = min((flight.due for flight in self._flights.values()), default=None)
        timeout = None if due is None or not self._link.is_ready else max(due - self._loop.time(), 0.01)
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _arrived(self, arrival: Arrival) -> None:
        self._arrivals.append(arrival)
        self._wake.set()

    async def _take_arrivals(self) -> None:
        arrivals, self._arrivals = list(self._arrivals), deque()
        receipts = [receipt for arrival in arrivals if (receipt := parse_receipt(arrival)) is not None]
        if receipts:
            self._settle(receipts)
        for arrival in arrivals:
            if arrival.topic in {"replay", "drop"}:
                for message, index in parse_requests(arrival):
                    self._on_request(arrival.topic, message, index)
                    # There may be a hundred thousand: whoever reads and answers has a turn between two of them.
                    await asyncio.sleep(0)
                self.requests += 1
            self._link.acknowledge(arrival)

    def _settle(self, receipts: list[tuple[str, list[dict[str, Any]]]]) -> None:
        for message, _ in receipts:
            self._flights.pop(message, None)
        self.progressed = self._loop.time()
        settled = self._spool.settle(receipts)
        self._on_settled(settled)
        for message, index in settled.joined:
            # One reading may have spoilt those that it was joined with: each is sent again alone.
            self._on_request("replay", message, index)

    def _send_new(self) -> None:
        room = self._link.window - len(self._flights)
        if room <= 0 or not self._spool.waiting:
            return
        for message in self._spool.next_messages(self._sent_to, room):
            self._sent_to = message.seq
            info = self._link.send(message.kind, message.payload, message.id)
            self._flights[message.id] = _Flight(message, info, self._loop.time() + self._first_repeat_s)

    def _repeat(self) -> None:
        """Send again what is due; after a new connection, what was taken but has no receipt.

        What a broker took while nobody was subscribed is due soon, later each time.
        """
        reconnected, self._connections = self._link.connections != self._connections, self._link.connections
        unheard, self._link.unheard = self._link.unheard, set()
        now = self._loop.time()
        for flight in self._flights.values():
            if flight.info.mid in unheard:
                flight.due = min(flight.due, now + FIRST_UNHEARD_S * 2**flight.repeats)
            taken = _is_taken(flight.info)
            if flight.due <= now or (reconnected and taken):
                flight.repeats += 1
                pause = min(self._first_repeat_s * 2**flight.repeats, LAST_REPEAT_S)
                flight.due = now + pause * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
                if taken:
                    flight.info = self._link.send(flight.message.kind, flight.message.payload, flight.message.id)


def _is_taken(info: MQTTMessageInfo) -> bool:
    """Whether paho has done with a message; what it could not send at once it may have sent since."""
    try:
        return info.is_published()
    except (ValueError, RuntimeError):
        return True
