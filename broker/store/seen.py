# SPDX-License-Identifier: EUPL-1.2
"""A connection that sees only what its caller may see: every statement reads through its rights.

The tables of the tenant in a statement's text give way to parts of WITH in which what is hidden is not there. So no
statement can forget a right: filters, counts, orders and links see what the answer may show. A table that has no such part
is not opened at all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from allmende.database.pool import Connection
from allmende.errors import Forbidden
from auth.policy import Visible
from broker.store.parameters import Parameters
from broker.store.seeing import Sight
from broker.store.seentables import FUNCTIONS, TABLES

GUARD: Final = "seen_only()"
"""A condition of statements that are made for callers who do not see all: it holds on their connections alone, and on any
other the statement fails, since there is no such function."""

_PLACEHOLDER: Final = re.compile(r"\$([0-9]+)")


def guard(visible: Visible) -> str:
    """The condition that a statement runs where what is hidden is not there."""
    return "true" if visible.whole else GUARD


def is_safe(connection: Connection, visible: Visible) -> bool:
    """Whether a connection shows no more than is visible."""
    return visible.whole or isinstance(connection, SeenConnection)


@dataclass(frozen=True, slots=True)
class SeenConnection:
    """A connection whose statements see what is visible of a schema; they read, and nothing else."""

    connection: Connection
    schema: str
    visible: Visible

    async def fetch(self, text: str, *values: Any) -> Any:
        """The rows of a statement."""
        seen, rights = self._through(text, values)
        return await self.connection.fetch(seen, *values, *rights)

    async def fetchrow(self, text: str, *values: Any) -> Any:
        """The first row of a statement."""
        seen, rights = self._through(text, values)
        return await self.connection.fetchrow(seen, *values, *rights)

    async def fetchval(self, text: str, *values: Any) -> Any:
        """The first value of a statement."""
        seen, rights = self._through(text, values)
        return await self.connection.fetchval(seen, *values, *rights)

    async def execute(self, text: str, *values: Any) -> Any:
        """Run a statement for what it does to the connection."""
        seen, rights = self._through(text, values)
        return await self.connection.execute(seen, *values, *rights)

    def transaction(self, **options: Any) -> Any:
        """A transaction of the connection."""
        return self.connection.transaction(**options)

    def _through(self, text: str, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return through(text, len(values), self.schema, self.visible)


@lru_cache(maxsize=2_000)
def through(text: str, length: int, schema: str, visible: Visible) -> tuple[str, Sequence[Any]]:
    """A statement of so many parameters as the caller may run it, and what is to be added to its parameters.

    Forbidden where it needs a table whose rights are not decided row by row.
    """
    parameters = Parameters([None] * length)
    sight = Sight.of(schema, visible, parameters)
    found: dict[str, None] = {}

    def replace(match: re.Match[str]) -> str:
        if match[1] in FUNCTIONS:
            return match[0]
        if match[1] not in TABLES:
            raise Forbidden("This is not decided by datasets and grants yet: use an administrator's key")
        found[match[1]] = None
        return f"seen_{match[1]}"

    read = _tables_of(schema).sub(replace, text).replace(GUARD, "true")
    parts = ", ".join(f"seen_{table} AS NOT MATERIALIZED ({TABLES[table](sight)})" for table in found)
    if not parts:
        return read, ()
    parts, rights = _used(parts, parameters.values, length)
    return _joined(parts, read), rights


def _used(text: str, values: Sequence[Any], length: int) -> tuple[str, list[Any]]:
    """A text with the parameters behind the first `length` that it has: PostgreSQL knows no type of any other."""
    numbers = sorted({int(number) for number in _PLACEHOLDER.findall(text)})
    places = {number: length + place for place, number in enumerate(numbers, 1)}
    renumbered = _PLACEHOLDER.sub(lambda match: f"${places[int(match[1])]}", text)
    return renumbered, [values[number - 1] for number in numbers]


def _joined(parts: str, text: str) -> str:
    """A statement with more parts of WITH before its own."""
    for start in ("WITH RECURSIVE ", "WITH "):
        if text.startswith(start):
            return f"{start}{parts}, {text.removeprefix(start)}"
    return f"WITH {parts} {text}"


@lru_cache(maxsize=2_000)
def _tables_of(schema: str) -> re.Pattern[str]:
    """What names a table or a function of a schema."""
    return re.compile(rf"\b{re.escape(schema)}\.([a-z_]+)\b")
