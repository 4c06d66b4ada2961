# SPDX-License-Identifier: EUPL-1.2
"""Excel workbooks for tests, as few parts as a reader needs."""

import io
import zipfile
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DATE, DATE_TIME, TIME, DURATION = 1, 2, 3, 4
_FORMATS = (0, 14, 22, 20, 46)

Cell = str | int | float | bool | tuple[float, int] | None


def make_workbook(**sheets: list[list[Cell]]) -> bytes:
    """A workbook of sheets by name; a cell (number, style) is a date or a time, None is empty."""
    return pack({name: "".join(map(_row, rows, range(1, len(rows) + 1))) for name, rows in sheets.items()})


def pack(sheets: dict[str, str]) -> bytes:
    """A workbook of sheets by name, each the XML of its rows."""
    numbered = list(enumerate(sheets.items(), 1))
    entries = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, (name, _) in numbered)
    targets = ((f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered)
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in _FORMATS)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": _relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(*targets),
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs>{styles}</cellXfs></styleSheet>',
    }
    for n, (_, rows) in numbered:
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return packed.getvalue()


def _relations(*targets: tuple[str, str, str]) -> str:
    entries = "".join(f'<Relationship Id="{i}" Type="{_LINKS}/{kind}" Target="{t}"/>' for i, kind, t in targets)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _row(cells: list[Cell], number: int) -> str:
    written = (_cell(cell, f"{_letters(column)}{number}") for column, cell in enumerate(cells) if cell is not None)
    return f'<row r="{number}">{"".join(written)}</row>'


def _cell(cell: Cell, place: str) -> str:
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    value, style = cell if isinstance(cell, tuple) else (cell, 0)
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def _letters(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)
