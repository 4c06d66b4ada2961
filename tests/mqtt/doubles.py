# SPDX-License-Identifier: EUPL-1.2
"""Stand-ins for the engine: an ingest whose commits the test decides, and requests in a list."""

import asyncio
from collections.abc import Callable, Sequence

import orjson

from broker.engine.messages import Message
from broker.engine.requests import Request


class Intake:
    """Takes messages; commits at once, or when the test says so."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.outcomes: list[asyncio.Future[bytes | None]] = []
        self.at_once = True
        self.pending = 0
        self._moved = asyncio.Event()

    def accept(self, message: Message) -> asyncio.Future[bytes | None]:
        outcome: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self.messages.append(message)
        self.outcomes.append(outcome)
        self._moved.set()
        if self.at_once:
            self.commit(len(self.outcomes) - 1)
        return outcome

    def commit(self, index: int) -> None:
        message = self.messages[index]
        receipt = None if message.id is None else orjson.dumps({"id": message.id, "stored": 1, "rejected": []})
        self.outcomes[index].set_result(receipt)

    async def wait_for(self, count: int) -> None:
        """Until so many messages have come."""
        async with asyncio.timeout(10):
            while len(self.messages) < count:
                self._moved.clear()
                await self._moved.wait()


class WaitingRequests:
    """Requests that wait for their connector."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, str], list[Request]] = {}
        self.listeners: list[Callable[[str, str], None]] = []
        self.forgotten = asyncio.Event()
        self.asked = asyncio.Event()

    def ask(self, tenant: str, connector: str, request: Request) -> None:
        self.waiting.setdefault((tenant, connector), []).append(request)
        for listener in self.listeners:
            listener(tenant, connector)

    async def pending(self, tenant: str, connector: str) -> Sequence[Request]:
        self.asked.set()
        return list(self.waiting.get((tenant, connector), ()))

    async def taken(self, tenant: str, ids: Sequence[int]) -> None:
        for key, requests in self.waiting.items():
            if key[0] == tenant:
                requests[:] = [request for request in requests if request.id not in ids]
        self.forgotten.set()

    def listen(self, listener: Callable[[str, str], None]) -> None:
        self.listeners.append(listener)
