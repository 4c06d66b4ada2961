# SPDX-License-Identifier: EUPL-1.2
"""Files are read in order and on from where they were left."""

import os
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import Retry
from connectors.declarative.sources.layouts import Layout, Unusable
from connectors.declarative.sources.readers import read_rows
from tests.connectors.writing import declare, read_all

FOLDER = """
source: {type: folder, path: data, files: ["**/*.csv", "!**/meta.csv"]}
entity: {type: T, id: a, attributes: {b: b}}
"""


def write(folder: Path, name: str, text: str) -> None:
    """A file that nobody writes any more."""
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    long_ago = path.stat().st_mtime_ns - 3600 * 1_000_000_000
    os.utime(path, ns=(long_ago, long_ago))


def cursor_of(records: list[Any]) -> dict[str, Any]:
    return {record.part: list(record.position) for record in records}


def test_a_folder_is_read_at_any_depth_in_sorted_order(tmp_path: Path) -> None:
    for name in ("z.csv", "b/1.csv", "a/deep/2.csv", "meta.csv", "b/meta.csv", "note.txt"):
        write(tmp_path, name, f"a,b\n{name},1\n")

    records = read_all(declare(tmp_path, FOLDER))

    assert [record.content["a"] for record in records] == ["a/deep/2.csv", "b/1.csv", "z.csv"]


def test_a_folder_is_read_on_from_the_cursor(tmp_path: Path) -> None:
    write(tmp_path, "1.csv", "a,b\n1,1\n2,2\n")
    write(tmp_path, "2.csv", "a,b\n3,3\n4,4\n")
    connector = declare(tmp_path, FOLDER)

    rest = read_all(connector, cursor_of(read_all(connector)[:3]))

    assert [record.content["a"] for record in rest] == ["4"]


def test_what_is_new_in_any_file_is_read_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "1.csv", "a,b\n1,1\n")
    write(tmp_path, "3.csv", "a,b\n3,3\n")
    connector = declare(tmp_path, FOLDER)
    cursor = cursor_of(read_all(connector))

    write(tmp_path, "1.csv", "a,b\n1,1\n2,2\n")
    write(tmp_path, "2.csv", "a,b\n5,5\n")
    records = read_all(connector, cursor)

    assert [(record.part, record.content["a"], record.first) for record in records] == [
        ("1.csv", "2", False), ("2.csv", "5", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a,b\n1,1\n2,2", "a,b\n1,1\n2,25\n3,3\n", [("2", "25"), ("3", "3")]),
        ("a,b\n1,1\n2,2", "a,b\n1,1\n2,2\n3,3", [("3", "3")]),
        ("a,b\n1,1\n2,2\n", "a,b\n1,1\n2,2\n3,3\n", [("3", "3")]),
    ],
)
def test_a_row_that_was_still_being_written_is_read_once_it_is_whole(
    tmp_path: Path, before: str, after: str, expected: list[tuple[str, str]]
) -> None:
    write(tmp_path, "1.csv", before)
    connector = declare(tmp_path, FOLDER)
    cursor = cursor_of(read_all(connector))

    write(tmp_path, "1.csv", after)
    records = read_all(connector, cursor)

    assert [(record.content["a"], record.content["b"]) for record in records] == expected


def test_a_file_that_was_written_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    write(tmp_path, "1.csv", "a,b\n1,1\n2,2\n")
    connector = declare(tmp_path, FOLDER)
    cursor = cursor_of(read_all(connector))

    write(tmp_path, "1.csv", "a,b\n7,7\n8,8\n9,9\n")
    records = read_all(connector, cursor)

    assert [record.content["a"] for record in records] == ["7", "8", "9"]
    assert records[0].first


def test_a_file_that_is_as_it_was_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path, "1.csv", "a,b\n1,1\n")
    connector = declare(tmp_path, FOLDER)
    cursor = cursor_of(read_all(connector))
    path = tmp_path / "data/1.csv"
    status = path.stat()

    path.write_text("a,b\n2,2\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert read_all(connector, cursor) == []


def test_a_json_document_that_changes_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "feed.json").write_text('{"features": [{"a": 1}, {"a": 2}]}')
    connector = declare(
        tmp_path,
        "source: {type: file, path: feed.json}\nrecords: features\nentity: {type: T, id: a, attributes: {b: b}}",
    )
    records = read_all(connector)

    assert [record.content for record in records] == [{"a": 1}, {"a": 2}]
    assert read_all(connector, cursor_of(records)) == []
    (tmp_path / "feed.json").write_text('{"features": [{"a": 1}, {"a": 3}]}')
    assert len(read_all(connector, cursor_of(records))) == 2


def test_a_folder_that_is_missing_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Retry, match="does not exist"):
        read_all(declare(tmp_path, FOLDER))


@pytest.mark.parametrize(
    ("raw", "layout", "expected"),
    [
        ('"Name";"Frei"\n"Süd";"12,5"\n'.encode("latin-1"), {}, [{"Name": "Süd", "Frei": "12,5"}]),
        ("\ufeffa,b\n1,2\n".encode(), {}, [{"a": "1", "b": "2"}]),
        (b"a\tb\r\n1\t2\r\n\r\n", {}, [{"a": "1", "b": "2"}]),
        (b"1;2\n3;4\n", {"header": False}, [{"1": "1", "2": "2"}, {"1": "3", "2": "4"}]),
        (b"1;2\n", {"header": ["x", "y"]}, [{"x": "1", "y": "2"}]),
        (b"a,a\n1,2\n", {}, [{"a": "1", "a_2": "2"}]),
        (b'a,b\n"x\ny",2', {}, [{"a": "x\ny", "b": "2"}]),
        (b"a;b\n1;2;\n", {}, [{"a": "1", "b": "2"}]),
        (b"", {}, []),
    ],
)
def test_csv_files_of_all_kinds_are_read(raw: bytes, layout: dict[str, Any], expected: list[dict[str, str]]) -> None:
    assert list(read_rows(raw, Layout(format="csv", **layout))) == expected


def test_a_truncated_row_is_an_error_of_that_record() -> None:
    good, bad = read_rows(b"a,b,c\n1,2,3\n4,5", Layout(format="csv"))

    assert good == {"a": "1", "b": "2", "c": "3"}
    assert isinstance(bad, Unusable)
    assert bad.problem == "Line 3 has 2 columns and not 3"


def test_a_file_that_is_not_json_is_an_error_and_not_the_end() -> None:
    (bad,) = read_rows(b'{"a": [1, 2', Layout(format="json"))

    assert isinstance(bad, Unusable)
    assert "not JSON" in bad.problem


def test_a_file_in_another_encoding_than_said_is_an_error_and_not_the_end() -> None:
    (bad,) = read_rows("a\nSüd\n".encode("latin-1"), Layout(format="csv", encoding="utf-8"))

    assert isinstance(bad, Unusable)
    assert "not written in utf-8" in bad.problem


@pytest.mark.parametrize("encoding", ["utf-8", None])
@pytest.mark.parametrize(("form", "words"), [("json", "is not JSON"), ("xml", "cannot be read as XML")])
def test_the_beginning_of_a_broken_file_ends_with_a_whole_character(
    form: str, words: str, encoding: str | None
) -> None:
    raw = ("<x>" + "ä" * 4096).encode()

    (bad,) = read_rows(raw, Layout(format=form, encoding=encoding))

    assert words in bad.problem
    assert bad.content == "<x>" + "ä" * 4093


def test_linked_folders_are_read(tmp_path: Path) -> None:
    write(tmp_path, "../elsewhere/1.csv", "a,b\n1,1\n")
    (tmp_path / "data/link").symlink_to(tmp_path / "elsewhere")

    records = read_all(declare(tmp_path, FOLDER))

    assert [record.part for record in records] == ["link/1.csv"]


def test_a_first_line_that_cannot_be_read_is_a_dead_letter_and_ends_nothing(tmp_path: Path) -> None:
    write(tmp_path, "1.csv", "a" * (2 * 1024 * 1024) + "\n1\n")
    write(tmp_path, "2.csv", "a\n2\n")

    first, second = read_all(declare(tmp_path, FOLDER))

    assert (first.problem or "").startswith("The file is not CSV: field larger than")
    assert (len(first.content), second.content) == (4096, {"a": "2"})
