# SPDX-License-Identifier: EUPL-1.2
"""How often @contexts are used: counted in memory, told to the database now and then, so that no request waits for it."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from allmende.database.failures import Refused
from allmende.database.pool import SERVING, Connection, Database
from allmende.errors import AllmendeError
from broker.store.contexts import PLATFORM, ContextRow, Use, add_hits, insert_context

_EVERY_S: Final = 5.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Used:
    """A stored @context by the schema and the id of its row; `url` where it lies in the local folder."""

    schema: str
    id: str
    url: str | None = None


@dataclass(slots=True)
class Uses:
    """What was used and is not yet told; `row_of` makes the row of one that comes from the local folder."""

    database: Database
    clock: Callable[[], datetime]
    row_of: Callable[[str], ContextRow]
    _waiting: dict[Used, Use] = field(default_factory=dict)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, used: Iterable[Used]) -> None:
        """Count one use of each."""
        now = self.clock()
        for each in used:
            known = self._waiting.get(each)
            self._waiting[each] = Use(1 if known is None else known.hits + 1, now)

    def forget(self, context_id: str) -> None:
        """One was deleted."""
        for used in [used for used in self._waiting if used.id == context_id]:
            del self._waiting[used]

    async def tell(self) -> None:
        """Write what is waiting; where the database is away it goes on waiting."""
        async with self._telling:
            waiting, self._waiting = self._waiting, {}
            for schema in {used.schema for used in waiting}:
                told = {used: use for used, use in waiting.items() if used.schema == schema}
                try:
                    await self._write(schema, told)
                except Refused:
                    _log.info("context_uses_dropped", schema=schema)  # of a tenant that was deleted
                except AllmendeError:
                    self._put_back(told)
                    raise

    async def keep_telling(self) -> None:
        """Write every few seconds."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.tell()
            except AllmendeError as error:
                _log.info("context_uses_wait", reason=str(error))

    async def _write(self, schema: str, uses: dict[Used, Use]) -> None:
        by_id = {used.id: use for used, use in uses.items()}

        async def work(connection: Connection) -> None:
            stored = await add_hits(connection, schema, by_id)
            fresh = {used.id: used.url for used in uses if used.id not in stored and used.url is not None}
            for url in fresh.values():
                await insert_context(connection, schema, self.row_of(url))
            if fresh:
                await add_hits(connection, schema, {context_id: by_id[context_id] for context_id in fresh})

        await self.database.read(SERVING if schema == PLATFORM else schema, work)

    def _put_back(self, uses: dict[Used, Use]) -> None:
        for used, use in uses.items():
            later = self._waiting.get(used)
            self._waiting[used] = use if later is None else Use(use.hits + later.hits, later.used_at)
