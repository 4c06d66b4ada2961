# SPDX-License-Identifier: EUPL-1.2
"""Messages in, receipts out: the way of a reading into the writer."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter

from allmende.database.pool import Database
from allmende.errors import AllmendeError, NonexistentTenant, Unavailable
from allmende.payloads import dump_json, parse_json
from auth.tenants import Tenants
from broker.engine.connectormetrics import ConnectorMetrics
from broker.engine.contexts import ContextStore
from broker.engine.messages import Message, to_operation
from broker.engine.operations import Operation, Outcomes
from broker.engine.writer import Writer
from broker.store import SQL

MOST_HEARD: Final = 1_000
"""Connectors of a tenant; by way of an outside broker, anybody may send under any name."""
_log = structlog.get_logger()


@dataclass(slots=True)
class IngestMetrics:
    """What came in and what became of it."""

    stored: Counter
    rejected: Counter
    connectors: ConnectorMetrics
    _known: dict[tuple[str, str], tuple[Counter, Counter]] = field(default_factory=dict)

    @classmethod
    def register(cls, registry: CollectorRegistry) -> "IngestMetrics":
        """The metrics of one process."""
        labels = ("tenant", "connector")
        return cls(
            Counter(
                "allmende_broker_entities_stored", "Entities of messages that are stored", labels, registry=registry
            ),
            Counter("allmende_broker_entities_rejected", "Entities and records set aside", labels, registry=registry),
            ConnectorMetrics.register(registry),
        )

    def count(self, tenant: str, connector: str, stored: int, rejected: int) -> None:
        """Count what became of a message."""
        counters = self._known.get((tenant, connector))
        if counters is None:
            counters = self.stored.labels(tenant, connector), self.rejected.labels(tenant, connector)
            self._known[tenant, connector] = counters
        counters[0].inc(stored)
        if rejected:
            counters[1].inc(rejected)


@dataclass(slots=True)
class Ingest:
    """Takes messages; the future of each resolves after the commit."""

    database: Database
    tenants: Tenants
    writer: Writer
    contexts: ContextStore
    clock: Callable[[], datetime]
    metrics: IngestMetrics
    _heard: dict[str, dict[str, datetime]] = field(default_factory=dict)
    """By tenant and connector, the newest last."""
    _opening: dict[str, asyncio.Task[str]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def pending(self) -> int:
        """Entities that are not committed yet; what reads messages stops reading where it is many."""
        return self.writer.pending

    def heard_of(self, tenant: str) -> Mapping[str, datetime]:
        """When something of each connector was stored last, since this process began; of the last `MOST_HEARD`."""
        return self._heard.get(tenant, {})

    def accept(self, message: Message) -> asyncio.Future[bytes | None]:
        """Queue a message; resolves with its receipt, or with None where it has no id.

        Fails with Unavailable when the platform stops, and with NonexistentTenant.
        """
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        schema = self.tenants.known_schema(message.tenant)
        if schema is not None and message.tenant not in self._opening:
            self._take(message, schema, answer)
            return answer
        opening = self._opening.get(message.tenant)
        if opening is None:
            opening = self._opening[message.tenant] = asyncio.ensure_future(self._open(message.tenant))
        # Callbacks run in the order of their messages.
        opening.add_done_callback(lambda done: self._take_opened(message, done, answer))
        return answer

    async def apply_again(self, message: Message, letter: int) -> bool:
        """Apply the payload of a dead letter as it came; whether it is stored now."""
        schema = await self.tenants.schema_of(message.tenant)
        operation = to_operation(message, schema, self.contexts.resolve, letter=letter)
        outcomes = await self.writer.submit(operation)
        self._count(operation, outcomes)
        return not outcomes.rejected

    async def _open(self, tenant: str) -> str:
        """The schema of a tenant, however long the database is away."""
        pause = 0.05
        while True:
            try:
                return await self.tenants.schema_of(tenant)
            except Unavailable:
                await asyncio.sleep(pause)
                pause = min(2 * pause, 2)

    def _take_opened(self, message: Message, opened: asyncio.Task[str], answer: asyncio.Future[bytes | None]) -> None:
        self._opening.pop(message.tenant, None)
        if opened.cancelled():
            answer.cancel()
        elif (error := opened.exception()) is not None:
            answer.set_exception(error)
        else:
            self._take(message, opened.result(), answer)

    def _take(self, message: Message, schema: str, answer: asyncio.Future[bytes | None]) -> None:
        if message.kind == "state":
            self._start(self._keep_state(message, schema, answer))
            return
        operation = to_operation(message, schema, self.contexts.resolve)
        self.writer.queue(operation, partial(self._answer, message, operation, answer))

    def _answer(
        self,
        message: Message,
        operation: Operation,
        answer: asyncio.Future[bytes | None],
        outcome: Outcomes | Exception,
    ) -> None:
        if isinstance(outcome, NonexistentTenant):
            self._start(self._take_again(message, operation.schema, answer, outcome))
            return
        if isinstance(outcome, Exception):
            if not answer.done():
                answer.set_exception(outcome)
            return
        self._count(operation, outcome)
        if not answer.done():
            answer.set_result(outcome.receipt)

    async def _take_again(
        self, message: Message, former: str, answer: asyncio.Future[bytes | None], error: Exception
    ) -> None:
        """Queue a message whose tenant was deleted by another process, where one of the same name was made anew."""
        try:
            schema = await self._open(message.tenant)
        except AllmendeError as failure:
            schema, error = former, failure
        if schema != former:
            self._take(message, schema, answer)
        elif not answer.done():
            answer.set_exception(error)

    def forget(self, tenant: str) -> None:
        """A tenant was deleted."""
        self._heard.pop(tenant, None)

    def _count(self, operation: Operation, outcomes: Outcomes) -> None:
        origin = operation.origin
        if origin is None:
            return
        self.metrics.count(operation.tenant, origin.connector, outcomes.stored, len(outcomes.rejected))
        if outcomes.stored:
            self._hear(operation.tenant, origin.connector)

    def _hear(self, tenant: str, connector: str) -> None:
        heard = self._heard.setdefault(tenant, {})
        heard.pop(connector, None)
        heard[connector] = self.clock()
        if len(heard) > MOST_HEARD:
            del heard[next(iter(heard))]

    async def _keep_state(self, message: Message, schema: str, answer: asyncio.Future[bytes | None]) -> None:
        """Keep what a connector says of itself; the next report comes within seconds, so a lost one is no loss."""
        try:
            state, now = parse_json(message.payload), self.clock()
            self.metrics.connectors.take(message.tenant, message.connector, state, now)
            arguments: list[Any] = [message.connector, dump_json(state).decode(), now]
            query = SQL.text("put_connector_state", schema)
            await self.database.read(schema, lambda connection: connection.execute(query, *arguments))
        except AllmendeError as error:
            _log.info("connector_state_lost", connector=message.connector, reason=str(error))
        if not answer.done():
            answer.set_result(None)

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
