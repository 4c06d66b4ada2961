# SPDX-License-Identifier: EUPL-1.2
"""Values of columns: as JSON in a record, and with their type in a cursor. Pure."""

import hashlib
import math
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from allmende.errors import Retry

Row = dict[str, Any]
"""A row as the database's driver gives it, by the names of its columns."""

_LARGEST = 2**63
_TYPES: tuple[tuple[str, type, Callable[[Any], Any], Callable[[Any], Any]], ...] = (
    ("number", int, int, int),
    ("number", float, float, float),
    ("decimal", Decimal, str, Decimal),
    ("text", str, str, str),
    ("timestamp", datetime, datetime.isoformat, datetime.fromisoformat),
    ("date", date, date.isoformat, date.fromisoformat),
    ("uuid", UUID, str, UUID),
)


def to_json(value: Any) -> Any:
    """Give a column's value as JSON; what JSON does not know is a text."""
    if value is None or isinstance(value, bool | str):
        return value
    write = next((write for kinds, write in _WRITERS if isinstance(value, kinds)), str)
    return write(value)


def _number(value: float | Decimal) -> int | float | None:
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else float(value)
    if not math.isfinite(value):
        return None
    return int(value) if isinstance(value, Decimal) and value == int(value) and abs(value) < _LARGEST else float(value)


_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (int | float | Decimal, _number),
    (datetime | date | time, lambda value: value.isoformat()),
    (timedelta, lambda value: f"PT{value.total_seconds():g}S"),
    (bytes | bytearray | memoryview, lambda value: bytes(value).hex()),
    (list | tuple, lambda value: [to_json(inner) for inner in value]),
    (dict, lambda value: {str(key): to_json(inner) for key, inner in value.items()}),
)


def name_columns(names: Sequence[str]) -> list[str]:
    """Give the names of columns; Retry where one comes twice, since a record holds it once."""
    for name in names:
        if list(names).count(name) > 1:
            raise Retry(f"The query gives two columns {name!r}: name one of them by AS")
    return list(names)


def digest(record: Any) -> str:
    """Give what tells a row from any other."""
    return hashlib.blake2b(orjson.dumps(record), digest_size=8).hexdigest()


def keep_value(value: Any) -> list[Any]:
    """Give the last value of the cursor's column as JSON, with its type; Retry where it cannot be a cursor."""
    for name, kind, write, _ in _TYPES:
        if isinstance(value, kind) and not isinstance(value, bool):
            return [name, write(value)]
    raise Retry(f"The cursor's column gives {value!r}, which is no number, text, date, timestamp or UUID")


def kept_value(kept: Sequence[Any]) -> Any:
    """Give a kept value back as it was."""
    name, value = kept
    return value if name == "number" else next(read for known, _, _, read in _TYPES if known == name)(value)
