# SPDX-License-Identifier: EUPL-1.2
"""A preview keeps what it read as a fixture; a preview of the fixture says the same."""

import json
from pathlib import Path

import pytest

from connectors.declarative.sources.cutting import cut_rows
from connectors.declarative.sources.layouts import Layout
from tests.connectors.test_testing import run
from tests.connectors.writing import HEAD, write_file

ENTITY = "entity: {type: T, id: id, attributes: {x: $number(x), file: $file}}\n"
LINES = ["id;x", 'a;"1"', "b;viel", 'c;"3', '"', "d;4"]


def write_folder(folder: Path, name: str, content: bytes, more: str = "") -> Path:
    write_file(folder, "", f"source/{name}").write_bytes(content)
    return write_file(folder, f"{HEAD}source: {{type: folder, path: source}}\n{more}{ENTITY}")


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("s.csv", "\r\n".join(LINES).encode(), b'id;x\r\na;"1"\r\nb;viel\r\n'),
        ("s.csv", "id;x\nä;1\n\nb;2\nc;3\n".encode("cp1252"), "id;x\nä;1\n\nb;2\n".encode("cp1252")),
        ("s.json", b'[{"id":"a","x":1},{"id":"b","x":2},{"id":"c"}]', None),
        ("s.geojson", b'{"type":"F","features":[{"id":"a","x":1},{"id":"b","x":2},{"id":"c","x":3}]}', None),
    ],
)
def test_what_was_recorded_gives_the_same_preview(tmp_path: Path, name: str, content: bytes, kept: bytes) -> None:
    path, fixture = write_folder(tmp_path, name, content), tmp_path / "fixture" / name

    recorded = run("preview", path, "--limit", "2", "--json", "--record", fixture)
    (tmp_path / "source" / name).unlink()
    replayed = run("preview", path, "--json", "--replay", fixture)

    assert json.loads(recorded.stdout.splitlines()[-1])["records"] == 2
    assert (replayed.exit_code, replayed.stdout) == (recorded.exit_code, recorded.stdout)
    assert recorded.stderr == f"{fixture} written: {name}, 2 records\n"
    assert kept is None or fixture.read_bytes() == kept


def test_a_fixture_is_one_file_of_a_folder(tmp_path: Path) -> None:
    path = write_folder(tmp_path, "a.csv", b"id,x\na,1\n")
    write_folder(tmp_path, "b.csv", b"id,x\nb,2\n")

    done = run("preview", path, "--json", "--record", tmp_path / "a.csv")

    assert json.loads(done.stdout)["records"] == 1
    assert (tmp_path / "a.csv").read_bytes() == b"id,x\na,1\n"


def test_a_source_is_neither_overwritten_nor_recorded_under_a_wrong_suffix(tmp_path: Path) -> None:
    path = write_folder(tmp_path, "a.csv", b"id,x\na,1\nb,2\n")

    itself = run("preview", path, "--limit", "1", "--record", tmp_path / "source" / "a.csv")
    suffix = run("preview", path, "--record", tmp_path / "a.json")
    both = run("preview", path, "--record", tmp_path / "b.csv", "--replay", tmp_path / "c.csv")

    assert "is the source itself" in str(itself.exception)
    assert "must have a suffix that says its format, which is csv" in str(suffix.exception)
    assert "exclude each other" in str(both.exception)
    assert (tmp_path / "source" / "a.csv").read_bytes() == b"id,x\na,1\nb,2\n"


def test_a_source_without_records_is_not_recorded(tmp_path: Path) -> None:
    path = write_folder(tmp_path, "a.csv", b"id,x\n")

    done = run("preview", path, "--record", tmp_path / "a.csv")

    assert done.exit_code == 1
    assert "holds no record" in done.stderr
    assert not (tmp_path / "a.csv").exists()


def test_a_fixture_that_does_not_exist_is_told(tmp_path: Path) -> None:
    done = run("preview", write_folder(tmp_path, "a.csv", b""), "--replay", tmp_path / "none.csv")

    assert done.exit_code == 1
    assert "none.csv" in done.stderr


@pytest.mark.parametrize(
    ("layout", "raw", "selected"),
    [
        (Layout(format="csv", encoding="utf-16"), "a,b\n1,2\n3,4\n".encode("utf-16"), False),
        (Layout(format="json"), b'{"rows": [1, 2]}', True),
        (Layout(format="json"), b'{"rows": [1, 2]}', False),
        (Layout(format="json"), b"[", False),
    ],
)
def test_what_cannot_be_cut_stays_whole(layout: Layout, raw: bytes, selected: bool) -> None:
    assert cut_rows(raw, layout, 1, selected=selected) == raw
