# SPDX-License-Identifier: EUPL-1.2
"""Excel sheets as rows of plain values."""

import io
import re
import struct
import zipfile
import zlib
from datetime import date, time, timedelta
from typing import Any

MAX_BYTES = 256 * 1024 * 1024
MAX_CELLS = 5_000_000

_EXACT = 2.0**53
_NO_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError, ValueError)
_COUNTS = re.compile(rb"""ount\s*=\s*["'](\d+)["']""")
_PLACES = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")


class UnusableSheet(Exception):
    """The file is no workbook that is read here, or has no such sheet; says why."""


def read_sheet(raw: bytes, sheet: str | None = None) -> list[list[Any]]:
    """Give the rows of a sheet (default: the first) from its first used cell on; raises UnusableSheet.

    Values are texts, integers, floats and bools; dates and times are ISO 8601, empty cells empty texts. Rows have one
    length; empty ones are left out.
    """
    from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

    _check_size(raw)
    names: list[str] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as workbook:
            names = workbook.sheet_names
            if not names:
                raise UnusableSheet("it has no sheets")
            rows = workbook.get_sheet_by_name(names[0] if sheet is None else sheet).to_python()
    except WorksheetNotFound as error:
        raise UnusableSheet(f"sheet '{sheet}' does not exist; there is {', '.join(names)}") from error
    except CalamineError as error:
        raise UnusableSheet(f"it is no workbook ({error})") from error
    plain = ([to_plain(cell) for cell in row] for row in rows)
    return [row for row in plain if any(cell != "" for cell in row)]


def sheet_names(raw: bytes) -> list[str]:
    """Name the sheets of a workbook; raises UnusableSheet."""
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(raw)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as workbook:
            return workbook.sheet_names
    except CalamineError as error:
        raise UnusableSheet(f"it is no workbook ({error})") from error


def to_plain(cell: Any) -> Any:
    """Give a cell's value as JSON knows it. Excel holds every number as a float; whole ones are integers."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return int(cell)
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return f"PT{cell.total_seconds():.12g}S"
    return "" if cell is None else cell


def _check_size(raw: bytes) -> None:
    """Refuse what would take more memory than there is, before it is taken: a sheet is laid out from edge to edge."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as file:
            if sum(member.file_size for member in file.infolist()) > MAX_BYTES:
                raise UnusableSheet(f"unpacked it has more than {MAX_BYTES // 1024 // 1024} MiB")
            for member in file.infolist():
                _check_cells(file.read(member))
    except _NO_ZIP as error:
        raise UnusableSheet(f"it is no workbook ({error})") from error


def _check_cells(member: bytes) -> None:
    # Room is made for as many texts as a file says that it has, before one is read.
    if any(int(count) > MAX_CELLS for count in _COUNTS.findall(member)):
        raise UnusableSheet(f"it says that it has more than {MAX_CELLS} texts")
    height = 0
    columns: set[bytes] = set()
    for place in _PLACES.finditer(member):
        columns.add(place[1])
        height = max(height, int(place[2]))
    width = max(map(_column_number, columns), default=0)
    if height * max(width, 1) > MAX_CELLS:
        raise UnusableSheet(f"it has a sheet of {height} rows and {width} columns: more than {MAX_CELLS} cells")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
