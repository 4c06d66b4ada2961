# SPDX-License-Identifier: EUPL-1.2
"""Source `sql`: the rows of a query as records, read on from the last value of a column, or those that changed."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson

from allmende.connector import Cursor, Record
from connectors.declarative.kinds.sql import SqlSource as SqlBlock
from connectors.declarative.sources.columns import Row, to_json
from connectors.declarative.sources.progress import Answered, Reached
from connectors.declarative.sources.sqlite import SqliteFile

MOST_SHOWN = 1000


class Database(Protocol):
    """What answers a query."""

    @property
    def most_rows(self) -> int | None:
        """How many rows it gives at a time; None: all."""
        ...

    def rows(self, query: str, value: Any, *, has_cursor: bool) -> AsyncGenerator[Row, None]:
        """Give the rows of the query; Retry where it cannot be answered."""
        ...

    async def check(self) -> None:
        """Connect; Retry with what to fix."""
        ...


def open_database(settings: SqlBlock, place: Path) -> Database:
    """Give the database of a URL. Connects to nothing."""
    url = settings.url.get_secret_value()
    if url.startswith("sqlite:"):
        return SqliteFile.of(url, place, settings.timeout)
    from connectors.declarative.sources.postgres import PostgresServer  # its driver takes a while to import

    return PostgresServer(url, settings.timeout)


@dataclass(frozen=True, slots=True)
class SqlSource:
    """Asks a database."""

    settings: SqlBlock
    database: Database
    _shown: list[Any] = field(default_factory=list)
    """The first rows that were read, for a fixture."""

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the rows that are new since the cursor."""
        records = self._read_on(cursor.get("")) if self.settings.cursor else self._read_all(cursor.get(""))
        async with aclosing(records):
            async for record in records:
                if len(self._shown) < MOST_SHOWN:
                    self._shown.append(record.content)
                yield record

    async def _read_on(self, position: Any) -> AsyncGenerator[Record, None]:
        """Read from the cursor on; a position has its value, and digests of the rows from that value on."""
        reached = Reached(self.settings.cursor or "", position, self.settings.start)
        is_cut = True
        while is_cut:
            given = 0
            async with aclosing(self.database.rows(self.settings.query, reached.value, has_cursor=True)) as rows:
                async for row in rows:
                    given += 1
                    content = _content(row)
                    if reached.take(row, content):
                        yield Record(content=content, position=reached.position)
            is_cut = given == self.database.most_rows

    async def _read_all(self, position: Any) -> AsyncGenerator[Record, None]:
        """Read all rows; the last new one carries the digests of all."""
        answered = Answered(position)
        waiting: list[Any] = []
        async with aclosing(self.database.rows(self.settings.query, None, has_cursor=False)) as rows:
            async for row in rows:
                content = _content(row)
                if not answered.take(content):
                    continue
                if waiting:
                    yield Record(content=waiting.pop())
                waiting.append(content)
        for content in waiting:
            yield Record(content=content, position=answered.position)

    async def check(self) -> None:
        """Connect; say what to fix."""
        await self.database.check()

    def parts(self) -> list[str]:
        """A query has no parts."""
        return []

    def format_of(self, _: str) -> str:
        """Rows are shown as JSON."""
        return "json"

    def sample(self, _: str, count: int) -> bytes:
        """Give the first rows that were read."""
        return orjson.dumps(self._shown[:count], option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def path_of(self, _: str) -> Path | None:
        """No part is a file."""
        return None


def _content(row: Row) -> dict[str, Any]:
    return {name: to_json(value) for name, value in row.items()}
