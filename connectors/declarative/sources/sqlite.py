# SPDX-License-Identifier: EUPL-1.2
"""SQLite: a file that others write, opened read-only, asked in a thread, and left before its rows are used."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from allmende.errors import Retry
from connectors.declarative.kinds.sql import PLACE
from connectors.declarative.sources.columns import Row, name_columns
from connectors.declarative.sources.progress import MOST_ROWS

_STEPS = 10_000
"""Of SQLite's machine, between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A database file."""

    path: Path
    timeout: timedelta
    most_rows: int | None = MOST_ROWS
    """Rows are read at once: while a statement is open, nobody could write to the file."""

    @classmethod
    def of(cls, url: str, place: Path, timeout: timedelta) -> "SqliteFile":
        """Give the file of `sqlite:///path`, relative to a folder, or `sqlite:////absolute/path`."""
        return cls((place / unquote(url.removeprefix("sqlite:///"))).expanduser(), timeout)

    async def rows(self, query: str, value: Any, *, has_cursor: bool) -> AsyncGenerator[Row, None]:
        """Give the rows of a query, at most `most_rows`."""
        for row in await asyncio.to_thread(self._ask, query, {"cursor": value} if has_cursor else None):
            yield row

    async def check(self) -> None:
        """Open the file."""
        await asyncio.to_thread(self._ask, "SELECT count(*) FROM sqlite_schema", None)

    def _ask(self, query: str, parameters: dict[str, Any] | None) -> list[Row]:
        if parameters is not None:
            query = query.replace(PLACE, ":cursor").replace("%%", "%")
        if not self.path.is_file():
            raise Retry(f"Database {self.path} does not exist")
        try:
            address = f"file:{quote(str(self.path))}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, timeout=5)) as database:
                return self._rows(database, query, parameters or {})
        except sqlite3.OperationalError as error:
            words = f"takes longer than {self.timeout}" if str(error) == "interrupted" else str(error)
            raise Retry(f"Database {self.path}: {words}") from error
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            raise Retry(f"Database {self.path}: {error}") from error

    def _rows(self, database: sqlite3.Connection, query: str, parameters: dict[str, Any]) -> list[Row]:
        deadline = time.monotonic() + self.timeout.total_seconds()
        database.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        # Read-only is the file; this keeps temporary tables and attached files away, too.
        database.execute("PRAGMA query_only=ON")
        answer = database.execute(query, parameters)
        if answer.description is None:
            raise Retry("The query gives no rows: it must be a SELECT")
        names = name_columns([column[0] for column in answer.description])
        rows = answer.fetchmany(MOST_ROWS if parameters else MOST_ROWS + 1)
        return [dict(zip(names, row, strict=True)) for row in rows]
