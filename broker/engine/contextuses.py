# SPDX-License-Identifier: EUPL-1.2
"""How often @contexts are used: counted in memory, told to the database now and then, so that no request waits for it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog

from allmende.database.failures import Refused
from allmende.database.pool import SERVING, Connection, Database
from allmende.errors import AllmendeError, LdContextNotAvailable
from broker.store.contexts import PLATFORM, ContextRow, Use, add_hits, insert_context

_EVERY_S: Final = 5.0
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Used:
    """A stored @context by the schema and the id of its row; `url` where it lies in the local folder.

    `sha256` is the digest of the text that was used, where it came from the row.
    """

    schema: str
    id: str
    url: str | None = field(default=None, compare=False)
    sha256: bytes = field(default=b"", compare=False)


@dataclass(slots=True, eq=False)
class Tally:
    """How often some were used together since that was told."""

    used: tuple[Used, ...]
    hits: int = 0
    used_at: float = 0.0


@dataclass(slots=True)
class Uses:
    """What was used and is not yet told; `row_of` makes the row of one that comes from the local folder."""

    database: Database
    row_of: Callable[[str], ContextRow]
    when_changed: Callable[[str], None] | None = None
    """Told the id of one that another process has deleted, or has given another text."""
    _tallies: list[Tally] = field(default_factory=list)
    _waiting: dict[Used, Use] = field(default_factory=dict)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, tally: Tally) -> None:
        """Count one use; requests do so for each document that they bring."""
        if not tally.hits:
            self._tallies.append(tally)
        tally.hits += 1
        tally.used_at = time.time()

    def forget(self, context_id: str) -> None:
        """One was deleted."""
        self._gather()
        for used in [used for used in self._waiting if used.id == context_id]:
            del self._waiting[used]

    async def tell(self) -> None:
        """Write what is waiting; where the database is away it goes on waiting."""
        async with self._telling:
            self._gather()
            for schema in {used.schema for used in self._waiting}:
                told = {used: use for used, use in self._waiting.items() if used.schema == schema}
                self._waiting = {used: use for used, use in self._waiting.items() if used.schema != schema}
                try:
                    await self._write(schema, told)
                except Refused:
                    _log.info("context_uses_dropped", schema=schema)  # of a tenant that was deleted
                except AllmendeError:
                    self._add(told)
                    raise

    async def keep_telling(self) -> None:
        """Write every few seconds."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.tell()
            except AllmendeError as error:
                _log.info("context_uses_wait", reason=str(error))

    def _gather(self) -> None:
        """Add up what was used together with this or that."""
        tallies, self._tallies = self._tallies, []
        for tally in tallies:
            self._add(dict.fromkeys(tally.used, Use(tally.hits, datetime.fromtimestamp(tally.used_at, UTC))))
            tally.hits = 0

    async def _write(self, schema: str, uses: dict[Used, Use]) -> None:
        by_id = {used.id: use for used, use in uses.items()}

        async def work(connection: Connection) -> dict[str, bytes]:
            stored = await add_hits(connection, schema, by_id)
            fresh = {used.id: used.url for used in uses if used.id not in stored and used.url is not None}
            for url in fresh.values():
                with suppress(LdContextNotAvailable):  # its file is gone
                    await insert_context(connection, schema, self.row_of(url))
            if fresh:
                await add_hits(connection, schema, {context_id: by_id[context_id] for context_id in fresh})
            return stored

        stored = await self.database.read(SERVING if schema == PLATFORM else schema, work)
        for used in uses:
            if self.when_changed and used.sha256 and stored.get(used.id) != used.sha256:
                self.when_changed(used.id)

    def _add(self, uses: dict[Used, Use]) -> None:
        for used, use in uses.items():
            known = self._waiting.get(used, use)
            hits = use.hits if known is use else use.hits + known.hits
            self._waiting[used] = Use(hits, max(use.used_at, known.used_at))
