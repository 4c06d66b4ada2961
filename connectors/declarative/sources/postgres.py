# SPDX-License-Identifier: EUPL-1.2
"""PostgreSQL: a server of others, read in a read-only transaction, as many rows at a time as are used."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.rows import TupleRow

from allmende.errors import Retry
from connectors.declarative.sources.columns import Row, name_columns

CONNECT_S = 10
AT_A_TIME = 1000
MOST_IDLE = timedelta(minutes=5)
"""Who waits for room in the spool must not keep a transaction open: the server could not clean up its tables."""

_SETTINGS = """
SELECT set_config('statement_timeout', %s, true),
       set_config('idle_in_transaction_session_timeout', %s, true),
       set_config('TimeZone', 'UTC', true)
"""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A database of a server."""

    url: str = field(repr=False)
    timeout: timedelta
    most_rows: int | None = None
    most_idle: timedelta = MOST_IDLE

    async def rows(self, query: str, value: Any, *, has_cursor: bool) -> AsyncGenerator[Row, None]:
        """Give the rows of a query as they are used, by a cursor on the server."""
        async with self._connected() as connection, connection.cursor("allmende") as cursor:
            cursor.itersize = AT_A_TIME
            # The query is the file's own; without parameters a % in it is nothing special.
            await cursor.execute(query.encode(), {"cursor": value} if has_cursor else None)
            names = name_columns([column.name for column in cursor.description or ()])
            async for row in cursor:
                yield dict(zip(names, row, strict=True))

    async def check(self) -> None:
        """Connect."""
        async with self._connected():
            pass

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[psycopg.AsyncConnection[TupleRow]]:
        """A connection in a transaction that cannot write; Retry where the server is away, refuses, or breaks off."""
        try:
            connection = await psycopg.AsyncConnection.connect(self.url, connect_timeout=CONNECT_S)
            try:
                await connection.set_read_only(True)
                await connection.execute(_SETTINGS, (_ms(self.timeout), _ms(self.most_idle)))
                yield connection
            finally:
                await connection.close()
        except psycopg.Error as error:
            # The error that is the cause would show its words, and with them the password.
            raise Retry(f"Database {self._name()}: {self._words(error)}") from None

    def _name(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.hostname or 'of the local socket'}{parts.path}"

    def _words(self, error: psycopg.Error) -> str:
        """What the server said, in one line, without the password."""
        words = " ".join(str(error).split())[:500] or type(error).__name__
        parts = urlsplit(self.url)
        for secret in {parts.password or "", unquote(parts.password or ""), self.url}:
            words = words.replace(secret, "…") if secret else words
        return words


def _ms(time: timedelta) -> str:
    return f"{max(int(time.total_seconds() * 1000), 1)}ms"
