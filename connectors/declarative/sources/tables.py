# SPDX-License-Identifier: EUPL-1.2
"""Tables as records: the rows of CSV and of Excel sheets by the names of their columns."""

import csv
from collections.abc import Iterator
from typing import Any, TextIO

from connectors.declarative.sources.layouts import Layout, Unusable
from connectors.declarative.sources.sheets import UnusableSheet, read_sheet

_DELIMITERS = ",;\t|"
_MAX_FIELD = 1024 * 1024
csv.field_size_limit(_MAX_FIELD)


def sheet_rows(raw: bytes, layout: Layout) -> list[Any]:
    """Give the rows of a sheet: dicts, or Unusable."""
    try:
        rows = read_sheet(raw, layout.sheet)
    except UnusableSheet as error:
        return [Unusable({}, f"The {layout.called} cannot be read as xlsx: {error}", is_whole=True)]
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


def csv_rows(lines: TextIO, layout: Layout) -> Iterator[Any]:
    """Give the rows of a CSV: dicts, or Unusable."""
    delimiter = layout.delimiter or find_delimiter(lines.readline())
    lines.seek(0)
    rows = csv.reader(lines, delimiter=delimiter)
    columns = layout.header if isinstance(layout.header, list) else None
    if layout.header is True:
        try:
            columns = _distinct(next(rows, []))
        except csv.Error as error:
            lines.seek(0)
            yield Unusable(lines.read(4096), f"The {layout.called} is not CSV: {error}", is_whole=True)
            return
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
