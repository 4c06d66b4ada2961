# SPDX-License-Identifier: EUPL-1.2
"""The one group-commit writer: gathers writes, and answers each after its commit.

Whatever has arrived is written at once, with no lingering: the time of a commit is what lets a batch grow. While the
database is away, messages wait and requests are told so.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeAlias

import structlog
from msgspec.structs import replace

from allmende.database.failures import Collided, Gone, Refused, TimedOut
from allmende.database.pool import Connection, Database
from allmende.errors import BadRequestData, Faulty, NonexistentTenant, RequestError, Unavailable
from broker.engine.feed import Feed
from broker.engine.operations import Operation, Outcomes, Step
from broker.engine.scheduling import Schedule
from broker.engine.transaction import Refusals, commit_batch, rehearse
from broker.store.vocabulary import Vocabulary

BATCH: Final = 500
"""Entities in a transaction, about: larger ones gain little and cost latency."""

MOST_VOCABULARIES: Final = 1_000
"""Tenants of which a process keeps the names in mind; of the others it asks the database again."""

Answer: TypeAlias = Callable[[Outcomes | Exception], None]
"""Takes what became of an operation."""

_PATIENCE: Final = timedelta(seconds=60)
_COLLISIONS: Final = 10
_log = structlog.get_logger()


@dataclass(slots=True)
class Writer:
    """Writes of all tenants through `connections` transactions at a time."""

    database: Database
    clock: Callable[[], datetime]
    feed: Feed
    connections: int = 3
    away: bool = False
    """Requests are refused; what came as a message waits."""
    _failures: int = 0
    """Transactions that failed one after another because the database was away, or had no room."""
    _is_lost: bool = False
    """What the log has said last."""
    _schedule: Schedule = field(default_factory=Schedule)
    _answers: dict[int, Answer] = field(default_factory=dict)
    _vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _workers: list[asyncio.Task[None]] = field(default_factory=list)
    _stopping: bool = False

    @property
    def pending(self) -> int:
        """Entities that wait."""
        return self._schedule.weight

    def start(self) -> None:
        """Begin to write; needs a running event loop."""
        self._workers = [asyncio.create_task(self._work(), name=f"writer-{n}") for n in range(self.connections)]

    async def stop(self) -> None:
        """Finish the transactions under way; what waits is told that the platform is away."""
        self._stopping = True
        self._arrived.set()
        await asyncio.wait(self._workers, timeout=10)
        for worker in self._workers:
            worker.cancel()
        for answer in self._answers.values():
            answer(Unavailable("The platform is stopping; try again"))
        self._answers.clear()

    def vocabulary(self, schema: str) -> Vocabulary:
        """The names of a tenant that this process knows; those of the tenants asked for last, each snapshot being one."""
        known = self._vocabularies.pop(schema, None) or Vocabulary()
        self._vocabularies[schema] = known
        if len(self._vocabularies) > MOST_VOCABULARIES:
            del self._vocabularies[next(iter(self._vocabularies))]
        return known

    def forget(self, schema: str) -> None:
        """A tenant was deleted."""
        self._vocabularies.pop(schema, None)

    def submit(self, operation: Operation) -> asyncio.Future[Outcomes]:
        """Queue a write; the future resolves after its commit."""
        future: asyncio.Future[Outcomes] = asyncio.get_running_loop().create_future()
        self.queue(operation, partial(_resolve, future))
        return future

    def queue(self, operation: Operation, answer: Answer) -> None:
        """Queue a write; `answer` is called once, after its commit or when it has failed."""
        if self._stopping or (self.away and operation.origin is None):
            answer(Unavailable("The database is away; try again"))
            return
        self._answers[id(operation)] = answer
        self._schedule.add(operation)
        self._arrived.set()

    async def _work(self) -> None:
        connection: Connection = None
        while not self._stopping:
            batch = self._schedule.take(BATCH)
            if not batch:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            try:
                if connection is None or connection.is_closed():
                    connection = await self.database.reach(statement_timeout=_PATIENCE)
                await self._commit(connection, batch)
                self._failures = 0
                self._set_away(away=False)
            except Unavailable as error:
                self._failures += 1
                self._set_away(away=True, why=error)
                self._give_back(batch)
                connection = await self._recover(connection)
            finally:
                self._schedule.release(batch)
                self._arrived.set()
        if connection is not None:
            with suppress(OSError):
                await connection.close(timeout=2)

    async def _commit(self, connection: Connection, batch: list[Operation]) -> None:
        """Write a batch; one that fails is halved until the culprit is alone, so that it fails nobody else."""
        try:
            outcomes = await self._transact(connection, batch)
        except Unavailable:
            raise
        except NonexistentTenant as error:
            self.forget(batch[0].schema)
            for operation in batch:
                self._answer(operation, error)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the others of the batch are not to suffer for it
            if len(batch) == 1:
                await self._commit_without_culprits(connection, batch[0], error)
                return
            middle = len(batch) // 2
            await self._commit(connection, batch[:middle])
            await self._commit(connection, batch[middle:])
            return
        for operation, outcome in zip(batch, outcomes, strict=True):
            self._answer(operation, outcome)

    async def _transact(
        self,
        connection: Connection,
        batch: list[Operation],
        refusals: Refusals | None = None,
    ) -> list[Outcomes]:
        vocabulary = self.vocabulary(batch[0].schema)
        for attempt in range(_COLLISIONS):
            try:
                return await commit_batch(connection, vocabulary, self.clock, batch, self.feed, refusals)
            except Collided:
                _log.info("transaction_collided", attempt=attempt)
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads the attempts
            except Gone as error:
                await self.database.require(connection, batch[0].schema, error)
                raise
        raise Unavailable("Too many writes of the same entities at once; try again")

    async def _commit_without_culprits(self, connection: Connection, operation: Operation, error: Exception) -> None:
        """Find the steps that fail, and write the others."""
        _log.warning("write_failed", tenant=operation.tenant, exc_info=error)
        try:
            positions = [at for at, step in enumerate(operation.steps()) if isinstance(step, Step)]
            refusals = await self._find_culprits(connection, operation, positions)
            outcomes = await self._transact(connection, [operation], refusals)
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 - its caller gets it
            self._answer(operation, _refusal(failure))
        else:
            self._answer(operation, outcomes[0])

    async def _find_culprits(self, connection: Connection, operation: Operation, positions: list[int]) -> Refusals:
        """The steps, of those at `positions`, that fail even without the others; found by halving."""
        steps = list(operation.steps())
        chosen = [steps[at] for at in positions]
        try:
            await rehearse(
                connection, self.vocabulary(operation.schema), self.clock, replace(operation, steps=lambda: chosen)
            )
        except Unavailable:
            raise
        except Exception as failure:  # noqa: BLE001 - it becomes the step's outcome
            if len(positions) == 1:
                return {positions[0]: _refusal(failure)}
            middle = len(positions) // 2
            return {
                **await self._find_culprits(connection, operation, positions[:middle]),
                **await self._find_culprits(connection, operation, positions[middle:]),
            }
        return {}

    def _answer(self, operation: Operation, outcome: Outcomes | Exception) -> None:
        answer = self._answers.pop(id(operation), None)
        if answer is not None:
            answer(outcome)

    def _give_back(self, batch: list[Operation]) -> None:
        """The database went away: messages wait for it, requests are told (their outcome is not known)."""
        unanswered = [operation for operation in batch if id(operation) in self._answers]
        for operation in unanswered:
            if operation.origin is None:
                self._answer(operation, Unavailable("The database went away while writing; try again"))
        for operation in self._schedule.withdraw_requests():
            self._answer(operation, Unavailable("The database is away; try again"))
        self._schedule.put_back([operation for operation in unanswered if operation.origin is not None])

    def _set_away(self, *, away: bool, why: Exception | None = None) -> None:
        self.away = away
        if away and not self._is_lost:
            self._is_lost = True
            _log.warning("database_lost", reason=str(why and why.__cause__))
        elif not away and self._is_lost and self._failures <= self.connections:
            self._is_lost = False
            _log.info("database_recovered")

    async def _recover(self, connection: Connection) -> Connection:
        """Come back with a new connection, trying ever less often.

        A database that takes connections may still take no write, as one without room on its disk does: then this
        waits before the next write is tried.
        """
        if connection is not None:
            connection.terminate()
        pause = 0.05
        if self._failures > self.connections:
            await asyncio.sleep(min(pause * 2 ** min(self._failures - self.connections, 10), 2))
        while not self._stopping:
            try:
                connection = await self.database.reach(statement_timeout=_PATIENCE)
            except Unavailable:
                await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads the attempts
                pause = min(pause * 2, 2)
            else:
                self._set_away(away=False)
                return connection
        return None


def _refusal(failure: Exception) -> RequestError:
    """What the sender of a step is told when it fails past every check; the log has the rest."""
    match failure:
        case RequestError():
            return failure
        case Refused() | TimedOut():
            return BadRequestData("The database refuses this entity; the log of the platform says why")
        case _:
            return Faulty("The platform failed on this entity; its log says why")


def _resolve(future: asyncio.Future[Outcomes], outcome: Outcomes | Exception) -> None:
    """Whoever waits for the future may have gone away."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
