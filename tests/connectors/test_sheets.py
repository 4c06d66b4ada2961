# SPDX-License-Identifier: EUPL-1.2
"""Excel sheets are rows of plain values."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import SettingsError
from connectors.declarative.sources.layouts import Layout, Unusable
from connectors.declarative.sources.readers import read_rows
from tests.connectors.workbooks import DATE, DATE_TIME, DURATION, TIME, make_workbook, pack
from tests.connectors.writing import declare, map_one, read_all

SHEET = '<row r="1"><c r="A1"><v>1</v></c></row>'


def rows_of(raw: bytes, **layout: Any) -> list[Any]:
    return list(read_rows(raw, Layout(format="xlsx", **layout)))


def problem_of(raw: bytes, **layout: Any) -> str:
    (row,) = rows_of(raw, **layout)
    assert isinstance(row, Unusable)
    return row.problem


def test_a_sheet_is_read_by_its_header() -> None:
    raw = make_workbook(places=[["id", "name", "free"], [1, "Nord & Süd", 12.5], [2, None, 0]])

    rows = rows_of(raw)

    assert rows == [{"id": 1, "name": "Nord & Süd", "free": 12.5}, {"id": 2, "name": "", "free": 0}]
    assert [type(row["id"]) for row in rows] == [int, int]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ((46110, DATE), "2026-03-29"),
        ((46110.5, DATE_TIME), "2026-03-29T12:00:00"),
        ((0.25, TIME), "06:00:00"),
        ((1.25, DURATION), "PT108000S"),
        (True, True),
        (-3.0, -3),
        (0.1, 0.1),
        (1e20, 1e20),
        ("007", "007"),
    ],
)
def test_a_cell_is_what_json_knows(cell: Any, expected: object) -> None:
    (row,) = rows_of(make_workbook(a=[["x", "y"], [cell, 1]]))

    assert row["x"] == expected
    assert type(row["x"]) is type(expected)


def test_empty_rows_and_the_empty_edge_are_left_out() -> None:
    raw = make_workbook(a=[[], [None, "id", None, "id"], [], [None, 1, 2, 3], []])

    assert rows_of(raw) == [{"id": 1, "2": 2, "id_2": 3}]


def test_columns_may_be_named_by_number_or_by_the_connector_file() -> None:
    raw = make_workbook(a=[[1, 2]])

    assert rows_of(raw, header=False) == [{"1": 1, "2": 2}]
    assert rows_of(raw, header=["a", "b"]) == [{"a": 1, "b": 2}]
    assert "Row 1 has 2 columns and not 3" in problem_of(raw, header=["a", "b", "c"])


def test_a_sheet_is_chosen_by_its_name() -> None:
    raw = make_workbook(first=[["a"], [1]], second=[["a"], [2]])

    assert rows_of(raw, sheet="second") == [{"a": 2}]
    assert "sheet 'third' does not exist; there is first, second" in problem_of(raw, sheet="third")


def test_an_empty_sheet_has_no_records() -> None:
    assert rows_of(make_workbook(a=[])) == []
    assert rows_of(make_workbook(a=[["id"]])) == []


@pytest.mark.parametrize("raw", [b"", b"id;name\n1;a\n", b"PK\x03\x04", pack({"a": SHEET})[:300], pack({})])
def test_what_is_no_workbook_is_one_error_in_words(raw: bytes) -> None:
    assert problem_of(raw).startswith("The file cannot be read as xlsx: it ")


@pytest.mark.parametrize(
    "far", ['<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "<x:c y='' r = 'XFD9999'/>", '<row r="99999999"/>']
)
def test_a_sheet_that_is_far_too_large_is_refused_before_it_is_laid_out(far: str) -> None:
    assert "more than 5000000 cells" in problem_of(pack({"a": SHEET + far}))


def test_a_workbook_that_boasts_of_its_texts_is_refused() -> None:
    packed = io.BytesIO(pack({"a": SHEET}))
    with zipfile.ZipFile(packed, "a") as file:
        file.writestr("xl/sharedStrings.xml", '<sst count="1" uniqueCount="4294967295"><si><t>a</t></si></sst>')

    assert "more than 5000000 texts" in problem_of(packed.getvalue())


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.declarative.sources.sheets.MAX_BYTES", 10_000)

    assert "unpacked it has more than" in problem_of(pack({"a": " " * 20_000}))


def test_source_and_lookup_are_known_by_their_suffix(tmp_path: Path) -> None:
    (tmp_path / "free.xlsx").write_bytes(make_workbook(a=[["id", "free"], [5, 7]]))
    (tmp_path / "sites.xlsx").write_bytes(make_workbook(notes=[["x"]], sites=[["nr", "name"], [5, "Nord"]]))
    connector = declare(
        tmp_path,
        """
        source: {type: file, path: free.xlsx}
        lookup: {sites: {path: sites.xlsx, sheet: sites, key: nr}}
        entity: {type: T, id: id, attributes: {free: free, name: "$lut('sites', id).name"}}
        """,
    )

    (record,) = read_all(connector)
    (entity,) = map_one(connector, record.content).entities

    assert (entity["free"]["value"], entity["name"]["value"]) == (7, "Nord")


def test_a_sheet_of_another_format_is_an_error(tmp_path: Path) -> None:
    text = "source: {type: file, path: a.csv, format: csv, sheet: b}\nentity: {type: T, id: a, attributes: {b: b}}"

    with pytest.raises(SettingsError, match="'sheet' is for format xlsx, not csv"):
        declare(tmp_path, text)
