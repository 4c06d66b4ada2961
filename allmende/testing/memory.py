# SPDX-License-Identifier: EUPL-1.2
"""The platform's side of a message, in memory: parsed, checked and observed by its own code, without a database."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from msgspec import Struct

from allmende.errors import LdContextNotAvailable, RequestError
from allmende.testing.readings import Reading, to_readings
from broker.engine.contexts import ContextStore
from broker.engine.messages import Message, to_operation
from broker.engine.operations import Operation, Rejection
from broker.engine.reception import to_receipt
from broker.engine.requests import Request
from broker.ngsi.contexts import CORE, Context
from broker.ngsi.entities import State
from broker.ngsi.history import HistoryRow
from broker.ngsi.observing import Moment


class Arrival(Struct, frozen=True):
    """A message as it came; `is_repeat`: one of that id had come before."""

    kind: str
    id: str | None
    content: list[Any]
    is_repeat: bool


@dataclass(slots=True)
class Memory:
    """Takes messages as the platform's ingest does; what it holds is for a test to look at."""

    states: dict[str, State] = field(default_factory=dict)
    readings: set[tuple[str, HistoryRow]] = field(default_factory=set)
    arrivals: list[Arrival] = field(default_factory=list)
    letters: list[Rejection] = field(default_factory=list)
    sends_receipts: bool = True
    """False: messages are stored and acknowledged, and their receipts are lost."""
    pending: int = 0
    _receipts: dict[str, bytes] = field(default_factory=dict)
    _contexts: ContextStore = field(default_factory=ContextStore)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def accept(self, message: Message) -> asyncio.Future[bytes | None]:
        """Store a message, once; give its receipt."""
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        receipt = None if message.kind == "state" else self.take(message)
        answer.set_result(receipt if self.sends_receipts else None)
        self._arrived.set()
        return answer

    async def until(self, condition: Callable[[], bool], *, seconds: float) -> None:
        """Wait until what has arrived fulfils a condition; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._arrived.clear()
                await self._arrived.wait()

    def arrived(self) -> set[Reading]:
        """Every reading that came, whether or not it was taken."""
        entities = (arrival.content for arrival in self.arrivals if arrival.kind != "deadletters")
        return {reading for content in entities for reading in to_readings(content)}

    def take(self, message: Message) -> bytes | None:
        """Store a message unless one of its id was; give its receipt, None where it has no id."""
        is_repeat = message.id in self._receipts
        self.arrivals.append(Arrival(message.kind, message.id, _entries(message.payload), is_repeat))
        if message.id is not None and is_repeat:
            return self._receipts[message.id]
        rejected, stored = self._apply(to_operation(message, "memory", self._resolve))
        first = len(self.letters) + 1
        self.letters += rejected
        if message.id is None:
            return None
        numbered = [(rejection, first + place) for place, rejection in enumerate(rejected)]
        return self._receipts.setdefault(message.id, to_receipt(message.id, stored, numbered))

    def _apply(self, operation: Operation) -> tuple[list[Rejection], int]:
        rejected: list[Rejection] = []
        stored = 0
        now = Moment.of(datetime.now(UTC))
        for step in operation.steps():
            if isinstance(step, Rejection):
                rejected.append(step)
                continue
            try:
                changed = step.change(self.states.get(step.entity_id), now)
            except RequestError as error:
                rejected.append(Rejection(step.position, str(error), step.entity_id, error.attribute))
                continue
            if changed.state is not None:
                self.states[step.entity_id] = changed.state
            self.readings |= {(step.entity_id, row) for row in changed.rows}
            stored += 1
        return rejected, stored

    def _resolve(self, source: Any) -> Context:
        """A context of the internet is not fetched: names then stand for themselves, as in the core context."""
        try:
            return self._contexts.resolve(source)
        except LdContextNotAvailable:
            return CORE


def _entries(payload: bytes) -> list[Any]:
    try:
        content = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return []
    return content if isinstance(content, list) else [content]


class NoRequests:
    """Nobody asks a connector for anything."""

    async def pending(self, tenant: str, connector: str) -> Sequence[Request]:  # noqa: ARG002 - as the protocol has it
        """None."""
        return []

    async def taken(self, tenant: str, ids: Sequence[int]) -> None:
        """There were none."""

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """There will be none."""
