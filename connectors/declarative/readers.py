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
from connectors.declarative.sheets import UnusableSheet, read_sheet
from connectors.declarative.trees import UnusableXml, read_xml

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
    sheet: str | None = None


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
    return suffix if suffix in {"csv", "geojson", "xml", "xlsx"} else "csv" if suffix in {"tsv", "txt"} else "json"


def read_rows(raw: bytes, layout: Layout, select: Callable[[Any], list[Any]] | None = None) -> Iterator[Any]:
    """Give the records of a file: dicts, or Unusable."""
    try:
        if layout.format == "csv":
            return _csv_rows(decode(raw, layout.encoding), layout)
        if layout.format == "xlsx":
            return iter(_sheet_rows(raw, layout))
        return iter(_document_rows(raw, layout, select))
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


def _document_rows(raw: bytes, layout: Layout, select: Callable[[Any], list[Any]] | None) -> list[Any]:
    try:
        content = _read_xml(raw, layout) if layout.format == "xml" else _read_json(raw, layout)
        if select is not None:
            return select(content)
    except (orjson.JSONDecodeError, UnusableXml) as error:
        words = "cannot be read as XML" if layout.format == "xml" else "is not JSON"
        return [Unusable(_beginning(raw, layout), f"The file {words}: {error}")]
    except ExpressionError as error:
        return [Unusable(_beginning(raw, layout), f"records: {error}")]
    if layout.format == "geojson" and isinstance(content, dict) and isinstance(content.get("features"), list):
        features: list[Any] = content["features"]
        return features
    return content if isinstance(content, list) else [content]


def _read_json(raw: bytes, layout: Layout) -> Any:
    return orjson.loads(decode(raw, layout.encoding) if layout.encoding else raw.removeprefix(b"\xef\xbb\xbf"))


def _read_xml(raw: bytes, layout: Layout) -> Any:
    return read_xml(decode(raw, layout.encoding) if layout.encoding else raw)


def _beginning(raw: bytes, layout: Layout) -> str:
    return decode(raw[:4096], layout.encoding)


def _sheet_rows(raw: bytes, layout: Layout) -> list[Any]:
    try:
        rows = read_sheet(raw, layout.sheet)
    except UnusableSheet as error:
        return [Unusable({}, f"The file cannot be read as xlsx: {error}")]
    columns = layout.header if isinstance(layout.header, list) else None
    if layout.header is True and rows:
        # A column without a name is called by its number, as where there is no header.
        columns = _distinct([str(name) or str(number) for number, name in enumerate(rows.pop(0), 1)])
    if columns is None:
        columns = [str(number) for number in range(1, len(rows[0]) + 1)] if rows else []
    return [
        dict(zip(columns, row, strict=True)) if len(row) == len(columns) else _uneven(row, columns, "Row", number)
        for number, row in enumerate(rows, 1)
    ]


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
            yield _uneven(row, columns, "Line", rows.line_num)


def _uneven(row: list[Any], columns: list[str], place: str, number: int) -> Any:
    record = dict(zip(columns, row, strict=False))
    if len(row) > len(columns) and all(cell == "" for cell in row[len(columns) :]):
        return record
    return Unusable(record, f"{place} {number} has {len(row)} columns and not {len(columns)}")


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
