# SPDX-License-Identifier: EUPL-1.2
"""Lookups: further files as tables by key, read once at the start; those with an address are asked."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from allmende.errors import SettingsError, SourceError
from connectors.declarative.beside import matching
from connectors.declarative.engines import FILE_TIMEOUT_MS, ExpressionError
from connectors.declarative.expressions import Expressions
from connectors.declarative.format import Lookup
from connectors.declarative.nulls import without_nulls
from connectors.declarative.scopes import Scope
from connectors.declarative.sources.layouts import Layout, Unusable, format_of
from connectors.declarative.sources.readers import read_rows
from connectors.declarative.values import is_nothing, to_key


class NotRead(dict[str, Any]):
    """The table of an address before its first answer: a record that asks it fails, instead of lacking values."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def get(self, *_: Any) -> Any:
        """Say that nothing is known yet."""
        raise ExpressionError(f"lookup {self._name!r} has not been read yet")


def read_lookup(name: str, lookup: Lookup, place: Path, expressions: Expressions) -> dict[str, Any]:
    """Read a table; rows by the text of their key. A missing optional one is empty, an address is asked later."""
    if lookup.path is None:
        return NotRead(name)
    pattern = (place / lookup.path).expanduser()
    paths = sorted(matching(pattern))
    if not paths and not lookup.optional:
        raise SettingsError(f"Lookup {name}: file {pattern} does not exist")
    return to_table(lookup.key, (row for path in paths for row in _rows(name, lookup, path, expressions)))


def to_table(key: str, rows: Iterable[Any]) -> dict[str, Any]:
    """Give rows by the text of their key; of two with one key the first."""
    table: dict[str, Any] = {}
    for row in rows:
        value = _value_of(row, key)
        if not is_nothing(value):
            table.setdefault(to_key(value), without_nulls(row))
    return table


def _value_of(row: Any, key: str) -> Any:
    """Give the value of a column, else of a path: a column may have a point in its name."""
    if not isinstance(row, dict):
        return None
    if key in row or "." not in key:
        return row.get(key)
    first, rest = key.split(".", 1)
    return _value_of(row.get(first), rest)


def _rows(name: str, lookup: Lookup, path: Path, expressions: Expressions) -> list[Any]:
    layout = Layout.of(lookup, format_of(path.name, lookup.format))
    try:
        rows = list(read_rows(path.read_bytes(), layout, selector(lookup.records, f"lookup.{name}", expressions)))
    except (OSError, SourceError, ExpressionError) as error:
        raise SettingsError(f"Lookup {name}: {path} cannot be read: {error}") from error
    for row in rows:
        if isinstance(row, Unusable):
            raise SettingsError(f"Lookup {name}: {path}: {row.problem}")
    return rows


def selector(records: str | None, place: str, expressions: Expressions) -> Any:
    """Compile `records`: the content of a file -> list of records."""
    if records is None:
        return None
    expression = expressions.compile(records, place, timeout_ms=FILE_TIMEOUT_MS)

    def select(content: Any) -> list[Any]:
        answer = expression.compute(Scope(content, content, "", 0))
        if answer is None:
            return []
        return answer if isinstance(answer, list) else [answer]

    return select
