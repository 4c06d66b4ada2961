# SPDX-License-Identifier: EUPL-1.2
"""Which operations may be written at the same time.

Several transactions are under way at once, yet the changes of an entity keep their order of arrival: an operation waits
while one of its entities is in flight, or is wanted by an operation that waits before it. Tenants take turns, since a
transaction holds one tenant.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from broker.engine.operations import Operation


class Waiting(Struct, frozen=True):
    """An operation with its entities."""

    operation: Operation
    ids: frozenset[str]


@dataclass(slots=True)
class Queue:
    """What waits for one tenant, in order of arrival, and which entities are in flight."""

    waiting: deque[Waiting] = field(default_factory=deque)
    busy: set[str] = field(default_factory=set)


class Schedule:
    """The operations that wait, by tenant."""

    def __init__(self) -> None:
        self._queues: dict[str, Queue] = {}
        self._turns: deque[str] = deque()
        self.weight = 0

    def add(self, operation: Operation) -> None:
        """Put an operation at the end of its tenant's queue."""
        entry = Waiting(operation, frozenset(operation.ids))
        self._queue(operation.schema).waiting.append(entry)
        self.weight += operation.weight

    def put_back(self, batch: Iterable[Operation]) -> None:
        """Put operations of a failed batch back before all others, in their order."""
        for operation in reversed(list(batch)):
            entry = Waiting(operation, frozenset(operation.ids))
            self._queue(operation.schema).waiting.appendleft(entry)
            self.weight += operation.weight

    def withdraw_requests(self) -> list[Operation]:
        """Take out what did not come as a message; those who ask are told, and do not wait."""
        withdrawn: list[Operation] = []
        for queue in self._queues.values():
            requests = [entry.operation for entry in queue.waiting if entry.operation.origin is None]
            if requests:
                queue.waiting = deque(entry for entry in queue.waiting if entry.operation.origin is not None)
                withdrawn += requests
        self.weight -= sum(operation.weight for operation in withdrawn)
        return withdrawn

    def take(self, most: int) -> list[Operation]:
        """The next operations of one tenant, of a weight of about `most`; their entities are in flight from now on."""
        for _ in range(len(self._turns)):
            schema = self._turns[0]
            self._turns.rotate(-1)
            batch = self._take_of(self._queues[schema], most)
            if batch:
                return batch
        return []

    def release(self, batch: Iterable[Operation]) -> None:
        """The operations of a batch are written, or have failed."""
        for operation in batch:
            self._queues[operation.schema].busy.difference_update(operation.ids)

    def _queue(self, schema: str) -> Queue:
        queue = self._queues.get(schema)
        if queue is None:
            queue = self._queues[schema] = Queue()
            self._turns.append(schema)
        return queue

    def _take_of(self, queue: Queue, most: int) -> list[Operation]:
        taken: list[Operation] = []
        held: list[Waiting] = []
        wanted: set[str] = set()
        entities: set[str] = set()
        weight = 0
        while queue.waiting and weight < most and len(held) < most:
            entry = queue.waiting.popleft()
            if queue.busy.isdisjoint(entry.ids) and wanted.isdisjoint(entry.ids):
                taken.append(entry.operation)
                entities |= entry.ids
                weight += entry.operation.weight
            else:
                held.append(entry)
                wanted |= entry.ids
        queue.waiting.extendleft(reversed(held))
        queue.busy |= entities
        self.weight -= weight
        return taken
