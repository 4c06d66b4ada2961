# SPDX-License-Identifier: EUPL-1.2
"""Records as columns: for each path its values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.proposing.documents import is_geometry, is_table, is_wrapper, is_writable, quote
from connectors.proposing.times import find_writing

MAX_COLUMNS = 400
_MAX_DEPTH = 10
MAX_ROWS = 2_000
# Members by which the elements of a list may be told apart: sensor values by what they measure.
_PIVOT_KEYS = ("value_type", "parameter", "phenomenon", "longname", "shortname", "title", "name", "type", "key", "id")
_VALUE, _UNITS = "value", ("unit", "uom", "unitCode")
_MOST_PIVOTS = 30
_SAFE_KEY = re.compile(r"[^'\\`]{1,60}")

Segment = str | tuple[str, str, str]
"""A name, or (list, member, its value): the element of a list whose member has that value."""
Path = tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A path through the records with its JSONata, and its value in each record; None where there is none."""

    path: Path
    expression: str
    values: list[Any]

    @property
    def names(self) -> list[str]:
        """The names on the path, the last one last; a value of many is called by what tells it from the others."""
        path = self.element if self.element and self.path[-1] == _VALUE else self.path
        return [part if isinstance(part, str) else part[2] for part in path]

    @property
    def element(self) -> Path:
        """The path of the element that it is in, of a list whose elements are told apart; empty where there is none."""
        length = next((n for n, part in enumerate(self.path, 1) if not isinstance(part, str)), 0)
        return self.path[:length]

    @property
    def unit_paths(self) -> list[Path]:
        """The paths at which its unit may be said: beside the value, or beside what holds it."""
        if self.path[-1] != _VALUE:
            return []
        length = len(self.element) or len(self.path) - 1
        return [(*self.path[:n], name) for n in range(len(self.path) - 1, length - 1, -1) for name in _UNITS]

    @property
    def given(self) -> list[Any]:
        """The values that are something."""
        return [value for value in self.values if not _is_blank(value)]

    @property
    def fill(self) -> float:
        """The share of records that have a value."""
        return len(self.given) / len(self.values) if self.values else 0.0


def _is_blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def make_columns(rows: list[dict[str, Any]]) -> list[Column]:
    """Give the columns in the order in which they come."""
    rows = rows[:MAX_ROWS]
    listed: set[Path] = set()
    table: dict[Path, list[Any]] = {}
    for number, row in enumerate(rows):
        for path, value in _leaves(row, (), listed):
            if path not in table:
                if len(table) >= MAX_COLUMNS:
                    continue
                table[path] = [None] * len(rows)
            table[path][number] = value
    return [
        Column(path=path, expression=_expression(path, listed), values=values)
        for path, values in table.items()
        # Where an object stands in some records only, its place is none of a value.
        if any(value is not None for value in values)
    ]


def _leaves(content: Any, path: Path, listed: set[Path]) -> Iterator[tuple[Path, Any]]:
    if isinstance(content, list) and content and all(isinstance(element, dict) for element in content):
        pivot = _pivot(content)
        if pivot and path and isinstance(path[-1], str):
            for key, element in pivot.items():
                yield from _leaves(element, (*path[:-1], (path[-1], *key)), listed)
            return
        listed.add(path)
        content = content[0]
    is_value = not isinstance(content, dict) or not content or is_geometry(content)
    if is_value or len(path) >= _MAX_DEPTH or (path and is_table(content)):
        # Nothing in it: no value.
        yield path, content if content not in ([], {}) else None
    elif is_wrapper(content) and path:
        yield from _leaves(content["value"], (*path, "value"), listed)
    else:
        for name, inner in content.items():
            if is_writable(name):
                yield from _leaves(inner, (*path, name), listed)


def _pivot(elements: list[dict[str, Any]]) -> dict[tuple[str, str], Any] | None:
    """Give the elements of a list of values by (member, its value), where one member tells them apart."""
    if len(elements) > _MOST_PIVOTS or not any(_holds_value(one) for one in elements):
        return None
    for member in _PIVOT_KEYS:
        keys = [element.get(member) for element in elements]
        if all(isinstance(key, str) and _SAFE_KEY.fullmatch(key) for key in keys) and len(set(keys)) == len(keys):
            return {(member, str(key)): _reading(one) for key, one in zip(keys, elements, strict=True)}
    return None


def _holds_value(element: dict[str, Any]) -> bool:
    return _VALUE in element or any(isinstance(inner, dict) and _VALUE in inner for inner in element.values())


def _reading(element: dict[str, Any]) -> dict[str, Any]:
    """Give the members that are a value, hold one, or say its unit or time."""
    return {
        name: inner
        for name, inner in element.items()
        if name in (_VALUE, *_UNITS) or (isinstance(inner, dict) and _VALUE in inner) or _is_time(inner)
    }


def _is_time(content: Any) -> bool:
    # Asked of every element: what has no clock is not looked at further.
    return isinstance(content, str) and ":" in content and find_writing([content]) is not None


def _expression(path: Path, listed: set[Path]) -> str:
    parts = []
    for length, part in enumerate(path, 1):
        if isinstance(part, str):
            parts.append(quote(part) + ("[0]" if path[:length] in listed else ""))
        else:
            name, member, key = part
            parts.append(f"{quote(name)}[{quote(member)} = '{key}']")
    return ".".join(parts)
