# SPDX-License-Identifier: EUPL-1.2
"""Connections that keep the role of a tenant, and transactions that take it.

The driver's own pool resets every connection, which costs half of the reads per second (docs/decisions); here the role
stays on a connection and changes only with the tenant.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar

import asyncpg

from allmende.database.failures import FAILURES, Gone, Refused, TimedOut, translated, translation
from allmende.errors import NonexistentTenant, Unavailable

Connection: TypeAlias = Any
"""An asyncpg connection; the driver is untyped."""

Idle: TypeAlias = tuple[str, Connection]
"""A connection that nobody uses, and the role that it has."""

T = TypeVar("T")
SERVING = "none"
"""The role of a connection that serves no tenant: the login role itself."""


class Database:
    """Connections to one PostgreSQL, opened when they are needed, at most `size` for reading."""

    def __init__(self, url: str, *, size: int = 8, statement_timeout: timedelta = timedelta(seconds=5)) -> None:
        self.url = url
        self._size = size
        self.statement_timeout = statement_timeout
        self._opened = 0
        self._idle: deque[Idle] = deque()
        self._waiters: deque[asyncio.Future[Idle | None]] = deque()
        self.when_gone: Callable[[str], None] = lambda _schema: None
        """Is told of a schema that was asked for and is not there any more."""

    async def reach(self, *, statement_timeout: timedelta | None = None, application: str = "allmende") -> Connection:
        """As `connect`; a server that refuses a connection, as one that is being restored, is away until it takes one."""
        try:
            return await self.connect(statement_timeout=statement_timeout, application=application)
        except (Refused, TimedOut) as error:
            raise Unavailable("The database takes no connections; try again") from error

    async def connect(self, *, statement_timeout: timedelta | None = None, application: str = "allmende") -> Connection:
        """A connection outside the pool; whoever asks for it closes it. PostgreSQL shows it under `application`."""
        milliseconds = int((statement_timeout or self.statement_timeout).total_seconds() * 1000)
        # By default PostgreSQL counts with a disk that turns, and reads whole tables where an index would do.
        settings = {
            "application_name": application,
            "jit": "off",
            "random_page_cost": "1.1",
            "statement_timeout": str(milliseconds),
        }
        with translated():
            return await asyncpg.connect(self.url, timeout=5, server_settings=settings, statement_cache_size=1024)

    async def read(self, schema: str, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Run `work` as the role of `schema`; once more on a new connection where the first had gone stale."""
        try:
            return await self._read(schema, work)
        except Unavailable:
            self._drop_closed()
            return await self._read(schema, work)

    async def _read(self, schema: str, work: Callable[[Connection], Awaitable[T]]) -> T:
        # As `reading`, but without the two context managers, which take a twentieth of a page's time.
        connection = await self._take(schema)
        try:
            return await work(connection)
        except FAILURES as error:
            failure = translation(error)
            if isinstance(failure, Gone):
                await self.require(connection, schema, failure)
            raise failure from error
        finally:
            self._give_back(schema, connection)

    @asynccontextmanager
    async def reading(self, schema: str = SERVING) -> AsyncIterator[Connection]:
        """A connection whose role is that of `schema`; without one, that of the platform's tables.

        NonexistentTenant where the schema was deleted after its name had been asked for.
        """
        connection = await self._take(schema)
        try:
            with translated():
                yield connection
        except Gone as error:
            await self.require(connection, schema, error)
            raise
        finally:
            self._give_back(schema, connection)

    async def require(self, connection: Connection, schema: str, error: Gone) -> None:
        """NonexistentTenant where there is no such schema, which is why there was `error`."""
        with translated():
            is_gone = await connection.fetchval("SELECT to_regnamespace($1::text) IS NULL", schema)
        if is_gone and schema != SERVING:
            self.when_gone(schema)
            raise NonexistentTenant("The tenant does not exist any more") from error

    def platform(self) -> Any:
        """A connection for the tables of schema `platform`."""
        return self.reading(SERVING)

    async def close(self) -> None:
        """Close what is idle; connections in use close when they come back."""
        self._size = 0
        while self._waiters:
            self._hand_over(None)
        while self._idle:
            await self._idle.pop()[1].close(timeout=2)

    async def _take(self, schema: str) -> Connection:
        while True:
            self._drop_closed()
            for position, (role, connection) in enumerate(self._idle):
                if role == schema:
                    del self._idle[position]
                    return connection
            if self._opened < self._size:
                return await self._open(schema)
            if self._idle:
                return await self._become(schema, *self._idle.popleft())
            if not self._size:
                raise Unavailable("The platform is stopping; try again")
            handed = await self._wait()
            if handed is not None:
                return await self._become(schema, *handed)

    async def _wait(self) -> Idle | None:
        """Wait for a connection that somebody gives back, the first one first; None: look again.

        Whoever is called and has gone away gives it to the next.
        """
        waiter: asyncio.Future[Idle | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                handed = waiter.result()
                if handed is None:
                    self._hand_over(None)
                else:
                    self._give_back(*handed)
            raise

    async def _open(self, schema: str) -> Connection:
        self._opened += 1
        try:
            connection = await self.reach()
        except BaseException:
            self._opened -= 1
            self._hand_over(None)
            raise
        return await self._become(schema, SERVING, connection)

    async def _become(self, schema: str, role: str, connection: Connection) -> Connection:
        if role == schema:
            return connection
        try:
            await self._set_role(schema, connection)
        except BaseException:
            self._opened -= 1
            connection.terminate()
            self._hand_over(None)
            raise
        return connection

    async def _set_role(self, schema: str, connection: Connection) -> None:
        try:
            with translated():
                await connection.execute(f"SET ROLE {schema}")
        except Gone as error:
            await self.require(connection, schema, error)
            raise

    def _give_back(self, schema: str, connection: Connection) -> None:
        if connection.is_closed() or not self._size or connection.is_in_transaction():
            connection.terminate()
            self._opened -= 1
            self._hand_over(None)
        elif not self._hand_over((schema, connection)):
            self._idle.append((schema, connection))

    def _drop_closed(self) -> None:
        closed = [entry for entry in self._idle if entry[1].is_closed()]
        for entry in closed:
            self._idle.remove(entry)
            self._opened -= 1

    def _hand_over(self, connection: Idle | None) -> bool:
        """Give it to the one who has waited longest; None: there is room for a new one. False where nobody waits."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False


@asynccontextmanager
async def writing(connection: Connection, schema: str) -> AsyncIterator[None]:
    """A transaction as the role of `schema`: role and BEGIN in one round trip, COMMIT at the end."""
    with translated():
        try:
            await connection.execute(f"BEGIN; SET LOCAL ROLE {schema}")
            yield
        except BaseException:
            if not connection.is_closed():
                await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")
