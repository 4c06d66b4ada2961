# SPDX-License-Identifier: EUPL-1.2
"""Readers: the content of a file as records."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from allmende.errors import Stop
from connectors.declarative.engines import ExpressionError

_DELIMITERS = ",;\t|"
_MAX_FIELD = 1024 * 1024
csv.field_size_limit(_MAX_FIELD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is written."""

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | list[str] = True


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row that cannot be a record, and why."""

    content: Any
    problem: str


def format_of(name: str, given: str | None) -> str:
    """Give the format: as said, else by the name's suffix."""
    if given:
        return given
    suffix = name.rsplit(".", 1)[-1].lower()
    return suffix if suffix in {"csv", "geojson"} else "csv" if suffix in {"tsv", "txt"} else "json"


def read_rows(raw: bytes, layout: Layout, select: Callable[[Any], list[Any]] | None = None) -> Iterator[Any]:
    """Give the records of a file: dicts, or Unusable."""
    try:
        if layout.format == "csv":
            return _csv_rows(decode(raw, layout.encoding), layout)
        return iter(_json_rows(raw, layout, select))
    except UnicodeDecodeError as error:
        reason = f"The file is not written in {layout.encoding}: {error.reason} at byte {error.start}"
        return iter([Unusable(raw[:4096].decode("cp1252", "replace"), reason)])


def decode(raw: bytes, encoding: str | None) -> str:
    """Give the text: as said, else UTF-8, else Windows-1252, which gives each byte a meaning."""
    try:
        if encoding:
            return raw.decode("utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding)
        return raw.decode("utf-8-sig")
    except LookupError as error:
        raise Stop(f"Encoding {encoding!r} does not exist") from error
    except UnicodeDecodeError:
        if encoding:
            raise
        return raw.decode("cp1252", "replace")


def _json_rows(raw: bytes, layout: Layout, select: Callable[[Any], list[Any]] | None) -> list[Any]:
    text: str | bytes = decode(raw, layout.encoding) if layout.encoding else raw.removeprefix(b"\xef\xbb\xbf")
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return [Unusable(decode(raw[:4096], layout.encoding), f"The file is not JSON: {error}")]
    if select is not None:
        try:
            return select(content)
        except ExpressionError as error:
            return [Unusable(decode(raw[:4096], layout.encoding), f"records: {error}")]
    if layout.format == "geojson" and isinstance(content, dict) and isinstance(content.get("features"), list):
        features: list[Any] = content["features"]
        return features
    return content if isinstance(content, list) else [content]


def _csv_rows(text: str, layout: Layout) -> Iterator[Any]:
    delimiter = layout.delimiter or find_delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = layout.header if isinstance(layout.header, list) else None
    if layout.header is True:
        columns = _distinct(next(rows, []))
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unusable({}, f"Line {rows.line_num} is not CSV: {error}")
            continue
        if not row:
            continue
        if columns is None:
            columns = [str(number) for number in range(1, len(row) + 1)]
        if len(row) == len(columns):
            yield dict(zip(columns, row, strict=True))
        else:
            yield _uneven(row, columns, rows.line_num)


def _uneven(row: list[str], columns: list[str], line: int) -> Any:
    record = dict(zip(columns, row, strict=False))
    if len(row) > len(columns) and not any(row[len(columns) :]):
        return record
    return Unusable(record, f"Line {line} has {len(row)} columns and not {len(columns)}")


def _distinct(names: list[str]) -> list[str]:
    """A name that comes twice gets a number."""
    seen: dict[str, int] = {}
    columns = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        columns.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return columns


def find_delimiter(text: str) -> str:
    """Give the delimiter that stands most often in the first line."""
    first = text.split("\n", 1)[0]
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)
