# SPDX-License-Identifier: EUPL-1.2
"""Whole tables of a tenant, out of PostgreSQL and into it, as CSV."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Final

from allmende.database.pool import Connection
from auth.archives.manifest import Table
from auth.store import SQL

_SCHEMA: Final = "platform"
# Texts of values that do not depend on how the server is set up.
_FORMS: Final = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; SET LOCAL IntervalStyle = 'postgres';"
    " SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'"
)


async def list_tables(connection: Connection, schema: str) -> list[Table]:
    """The tables of a schema, those that others refer to before these."""
    rows = {row["name"]: row for row in await connection.fetch(SQL.text("list_tables", _SCHEMA), schema)}
    ordered: dict[str, Table] = {}

    def put(name: str, above: tuple[str, ...] = ()) -> None:
        if name in ordered or name in above or name not in rows:
            return
        row = rows[name]
        for other in row["refers"]:
            put(other, (*above, name))
        ordered[name] = Table(name, tuple(row["columns"]), row["number"])

    for name in rows:
        put(name)
    return list(ordered.values())


async def begin_reading(connection: Connection, schema: str, tables: Iterable[Table]) -> None:
    """Begin to read tables as they are at one moment; none of their parts is dropped until the end.

    Locks come before the first statement that sees rows, so that what is seen is what is locked.
    """
    names = ", ".join(_table(schema, table.name) for table in tables)
    await connection.execute(
        f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '5s'; SET LOCAL ROLE {schema};"
        f" LOCK TABLE {names} IN ACCESS SHARE MODE; SET LOCAL ROLE none; {_FORMS}"
    )


async def begin_writing(connection: Connection) -> None:
    """Begin to fill a tenant; nothing is waited for that takes long, as another import of the same name does."""
    await connection.execute(f"BEGIN; SET LOCAL lock_timeout = '5s'; {_FORMS}")


async def become(connection: Connection, role: str) -> None:
    """Take the role of a tenant until the end of the transaction, or none."""
    await connection.execute(f"SET LOCAL ROLE {role}")


async def copy_out(connection: Connection, schema: str, table: Table, take: Callable[[bytes], Awaitable[None]]) -> None:
    """Give out the rows of a table, some at a time and each whole."""
    columns = ", ".join(map(_quoted, table.columns))
    # COPY of a hypertable by its name would leave out its chunks.
    query = f"SELECT {columns} FROM {_table(schema, table.name)}"
    await connection.copy_from_query(query, output=take, format="csv")


async def clear(connection: Connection, schema: str, tables: Sequence[Table]) -> None:
    """Take away the rows that the steps put into tables, those that refer to others first."""
    for table in reversed(tables):
        await connection.execute(f"DELETE FROM {_table(schema, table.name)}")


async def copy_in(connection: Connection, schema: str, table: Table, content: AsyncIterator[bytes]) -> None:
    """Put rows into a table; the first line names its columns."""
    await connection.copy_to_table(
        table.name, source=content, schema_name=schema, columns=table.columns, format="csv", header=True
    )


async def get_last_number(connection: Connection, schema: str, table: Table) -> int | None:
    """The last number that PostgreSQL gave to a row of a table."""
    query = SQL.text("get_last_number", _SCHEMA)
    number: int | None = await connection.fetchval(query, f"{schema}.{_quoted(table.name)}", table.number)
    return number


async def set_last_number(connection: Connection, schema: str, table: Table, last: int) -> None:
    """Go on with numbers after one."""
    query = SQL.text("set_last_number", _SCHEMA)
    await connection.fetchval(query, f"{schema}.{_quoted(table.name)}", table.number, last)


def header_of(table: Table) -> bytes:
    """The first line of a file."""
    return (",".join(table.columns) + "\n").encode()


def _table(schema: str, name: str) -> str:
    return f"{schema}.{_quoted(name)}"


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
