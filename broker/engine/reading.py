# SPDX-License-Identifier: EUPL-1.2
"""Reads of single entities, gathered: those that are asked for at the same time share a statement.

One statement for many ids costs PostgreSQL little more than for one, and a round trip is what a single read is made of.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from allmende.database.pool import Connection, Database
from allmende.errors import AllmendeError, NonexistentTenant, Unavailable
from auth.policy import Visible
from broker.ngsi.entities import State
from broker.ngsi.seeing import seen
from broker.ngsi.storage import from_document
from broker.store import SQL

Stored: TypeAlias = Sequence[Any]
"""id, types, scopes, document, created_at, modified_at."""

_AT_ONCE = 2
_MOST = 100


@dataclass(slots=True)
class Gathering:
    """What is asked of one tenant."""

    wanted: dict[str, list[asyncio.Future[Stored | None]]] = field(default_factory=dict)
    running: int = 0


@dataclass(slots=True)
class Reader:
    """Gathers reads by tenant; at most two statements of each run at once.

    What is hidden and what is not there runs the same statements: rights decide on what was read.
    """

    database: Database
    _gatherings: dict[str, Gathering] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def get(self, schema: str, entity_id: str, visible: Visible) -> State | None:
        """An entity as far as it may be seen; None where there is none, or where it is hidden."""
        row = await self._read(schema, entity_id)
        return None if row is None else seen(from_document(*row), visible)

    def _read(self, schema: str, entity_id: str) -> asyncio.Future[Stored | None]:
        """The stored row of an entity, or None where there is none."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Stored | None] = loop.create_future()
        gathering = self._gatherings.get(schema)
        if gathering is None:
            gathering = self._gatherings[schema] = Gathering()
        gathering.wanted.setdefault(entity_id, []).append(answer)
        if gathering.running < _AT_ONCE and len(gathering.wanted) <= 1:
            gathering.running += 1
            task = loop.create_task(self._drain(schema, gathering))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return answer

    async def _drain(self, schema: str, gathering: Gathering) -> None:
        try:
            while gathering.wanted:
                ids = list(gathering.wanted)[:_MOST]
                wanted = {entity_id: gathering.wanted.pop(entity_id) for entity_id in ids}
                await self._answer(schema, wanted)
        finally:
            gathering.running -= 1

    async def _answer(self, schema: str, wanted: dict[str, list[asyncio.Future[Stored | None]]]) -> None:
        ids = list(wanted)
        query = SQL.text("get_entities", schema)

        async def fetch(connection: Connection) -> list[Stored]:
            rows: list[Stored] = await connection.fetch(query, ids)
            return rows

        try:
            rows = await self.database.read(schema, fetch)
        except AllmendeError as error:
            failure: AllmendeError = (
                error
                if isinstance(error, Unavailable | NonexistentTenant)
                else Unavailable("The database did not answer in time")
            )
            _resolve_all(wanted.values(), failure)
            return
        except Exception as error:  # noqa: BLE001 - a fault of ours, which those who wait get
            _resolve_all(wanted.values(), error)
            return
        for row in rows:
            for answer in wanted.pop(row[0]):
                if not answer.done():
                    answer.set_result(row)
        _resolve_all(wanted.values(), None)


def _resolve_all(answers: Any, failure: Exception | None) -> None:
    for answer in (answer for group in answers for answer in group if not answer.done()):
        if failure is None:
            answer.set_result(None)
        else:
            answer.set_exception(failure)
