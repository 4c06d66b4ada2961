# SPDX-License-Identifier: EUPL-1.2
"""Where in a document the records are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {"and", "or", "in", "true", "false", "null", "function"}
_MAX_DEPTH = 12
_LOOKED_AT = 50
# A list that holds less of the document than this is an addition to the one record that the document is.
_MAIN_SHARE = 0.3
KEY = "key"

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The records of a document, and the JSONata that gives them; None: what is read without any."""

    rows: list[dict[str, Any]]
    records: str | None = None
    path: Path = ()
    keyed: bool = False
    """The records are the values of an object; each has its key as `key`."""


def find_records(content: Any) -> Found:
    """Give the records of a JSON or XML document: the list of objects that holds most of it, else the whole."""
    best, most = None, 0
    for candidate in _candidates(content, ()):
        weight = len(candidate.rows) * max(1, _weight(candidate.rows)) // (1 if len(candidate.rows) > 1 else 2)
        if weight > most:
            best, most = candidate, weight
    if isinstance(content, dict) and (
        best is None
        or most < _MAIN_SHARE * count_leaves(content)
        or count_leaves(best.rows) < _most_beside(content, best)
    ):
        return Found(rows=[content])
    return best or Found(rows=[])


def _most_beside(content: dict[str, Any], found: Found) -> int:
    """Give how much the largest object holds that stands beside a list, or beside what the list is in."""
    most = 0
    for name in found.path:
        beside = (inner for other, inner in content.items() if other != name and isinstance(inner, dict))
        most = max(most, *map(count_leaves, beside), 0)
        content = content[name]
    return most


def stated_aliases(content: Any) -> dict[str, str]:
    """Give the longer names that a document of ArcGIS has for its columns."""
    aliases = content.get("fieldAliases") if isinstance(content, dict) else None
    if not isinstance(aliases, dict):
        return {}
    return {name: alias for name, alias in aliases.items() if isinstance(alias, str)}


def write_path(path: Path) -> str:
    """Give a path as JSONata: names that are no identifiers stand in backticks."""
    return ".".join(quote(name) for name in path)


def quote(name: str) -> str:
    """Give one name as JSONata."""
    return name if _PLAIN.fullmatch(name) and name not in _WORDS else f"`{name}`"


def is_writable(name: str) -> bool:
    """Whether a name can stand in a path of JSONata, which knows no backtick within backticks."""
    return name != "" and "`" not in name


def count_leaves(content: Any) -> int:
    """Count the values in a document."""
    if isinstance(content, dict):
        return sum(map(count_leaves, content.values()))
    return sum(map(count_leaves, content)) if isinstance(content, list) else 1


def is_wrapper(content: Any) -> bool:
    """Whether an object is an attribute of NGSI: a value, and what is said about it."""
    return isinstance(content, dict) and "value" in content and isinstance(content.get("type"), str)


def is_geometry(content: Any) -> bool:
    """Whether an object is a GeoJSON geometry."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("type"), str)
        and isinstance(content.get("coordinates"), list)
    )


def _candidates(content: Any, path: Path) -> Iterator[Found]:
    if isinstance(content, list):
        rows = [row for row in content if isinstance(row, dict)]
        if rows and len(rows) == len(content):
            yield Found(rows=rows, records=write_path(path) or None, path=path)
    if not isinstance(content, dict) or len(path) > _MAX_DEPTH or is_geometry(content):
        return
    if is_table(content):
        yield _keyed(content, path)
    for name, inner in content.items():
        if is_writable(name):
            yield from _candidates(inner, (*path, name))


def is_table(content: Mapping[str, Any]) -> bool:
    """Whether an object holds records by their keys: several objects that have the same members."""
    rows = list(content.values())[:_LOOKED_AT]
    if len(rows) < 2 or not all(isinstance(row, dict) and row and not is_wrapper(row) for row in rows):
        return False
    return all(len(rows[0].keys() & row.keys()) * 2 >= len(rows[0].keys() | row.keys()) for row in rows[1:])


def _keyed(content: Mapping[str, Any], path: Path) -> Found:
    rows = [{**row, KEY: name} for name, row in content.items()]
    place = write_path(path) or "$"
    records = f"$each({place}, function($row, $key) {{ $merge([$row, {{'{KEY}': $key}}]) }})"
    return Found(rows=rows, records=records, path=path, keyed=True)


def _weight(rows: list[dict[str, Any]]) -> int:
    looked_at = rows[:_LOOKED_AT]
    return sum(map(count_leaves, looked_at)) // len(looked_at)
