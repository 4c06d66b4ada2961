# SPDX-License-Identifier: EUPL-1.2
"""Lookups: further files as tables by key, read once at the start."""

from pathlib import Path
from typing import Any

from allmende.errors import SettingsError, SourceError
from connectors.declarative.beside import matching
from connectors.declarative.engines import FILE_TIMEOUT_MS, ExpressionError
from connectors.declarative.expressions import Expressions, Scope
from connectors.declarative.format import Lookup
from connectors.declarative.functions import is_nothing, to_key
from connectors.declarative.sources.layouts import Layout, Unusable, format_of
from connectors.declarative.sources.readers import read_rows


def read_lookup(name: str, lookup: Lookup, place: Path, expressions: Expressions) -> dict[str, Any]:
    """Read a table; rows by the text of their key. A missing optional one is empty."""
    pattern = (place / lookup.path).expanduser()
    paths = sorted(matching(pattern))
    if not paths and not lookup.optional:
        raise SettingsError(f"Lookup {name}: file {pattern} does not exist")
    table: dict[str, Any] = {}
    for path in paths:
        for row in _rows(name, lookup, path, expressions):
            key = row.get(lookup.key)
            if not is_nothing(key):
                table.setdefault(to_key(key), row)
    return table


def _rows(name: str, lookup: Lookup, path: Path, expressions: Expressions) -> list[dict[str, Any]]:
    layout = Layout.of(lookup, format_of(path.name, lookup.format))
    try:
        rows = list(read_rows(path.read_bytes(), layout, selector(lookup.records, f"lookup.{name}", expressions)))
    except (OSError, SourceError, ExpressionError) as error:
        raise SettingsError(f"Lookup {name}: {path} cannot be read: {error}") from error
    for row in rows:
        if isinstance(row, Unusable):
            raise SettingsError(f"Lookup {name}: {path}: {row.problem}")
    return [row for row in rows if isinstance(row, dict)]


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
