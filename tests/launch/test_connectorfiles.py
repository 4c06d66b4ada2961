# SPDX-License-Identifier: EUPL-1.2
"""The connector files of a folder, and when one of them counts as changed."""

import os
from pathlib import Path
from typing import Any

import pytest

from allmende.errors import SettingsError
from allmende.launch.connectorfiles import find_files, mark_of, require_folder
from allmende.launch.member import Member

NOTHING: Any = None


def test_files_and_the_folders_of_connectors_are_found_in_the_order_of_names(tmp_path: Path) -> None:
    for name in (
        "b.yml",
        "a.yaml",
        "c/connector.yaml",
        ".hidden.yaml",
        "..data/connector.yaml",
        "d/other.yaml",
        "e.txt",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    (tmp_path / "folder.yaml").mkdir()

    found = [str(path.relative_to(tmp_path)) for path in find_files(tmp_path)]

    assert found == ["a.yaml", "b.yml", "c/connector.yaml"]


def test_a_setting_that_names_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder"):
        require_folder(tmp_path / "missing")


def test_the_swap_of_a_config_map_changes_the_file_and_not_its_name(tmp_path: Path) -> None:
    swap(tmp_path, "..1", "one")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    before = find_files(tmp_path), mark_of(tmp_path / "a.yaml")

    swap(tmp_path, "..2", "two")

    assert find_files(tmp_path) == before[0] == [tmp_path / "a.yaml"]
    assert mark_of(tmp_path / "a.yaml") != before[1]


def swap(folder: Path, version: str, text: str) -> None:
    """Put a new version into the folder as Kubernetes does."""
    (folder / version).mkdir()
    (folder / version / "a.yaml").write_text(text)
    (folder / "..data_tmp").symlink_to(version)
    (folder / "..data_tmp").rename(folder / "..data")


@pytest.mark.parametrize("how", ["write", "rename", "touch", "more", "less"])
def test_whatever_changes_a_file_or_one_beside_it_changes_the_mark(tmp_path: Path, how: str) -> None:
    file, table = tmp_path / "a.yaml", tmp_path / "t" / "1.csv"
    table.parent.mkdir()
    file.write_text("one")
    table.write_text("one")
    before = mark_of(file, [str(tmp_path / "t" / "*.csv")])

    if how == "write":
        table.write_text("other")
    elif how == "rename":
        (tmp_path / "new").write_text("one")
        (tmp_path / "new").rename(file)
    elif how == "touch":
        os.utime(file, ns=(1, 1))
    elif how == "more":
        (table.parent / "2.csv").touch()
    else:
        table.unlink()

    assert mark_of(file, [str(tmp_path / "t" / "*.csv")]) != before


def test_a_file_that_is_being_written_is_left_alone_until_it_rests(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    member = Member(file, NOTHING)
    looks = []

    for size in (1, 2, 2, 2):
        file.write_text("x" * size) if size == len(looks) + 1 else None
        looks.append(member.has_settled(is_there=True))
    member.considered = member.seen
    looks.append(member.has_settled(is_there=True))

    assert looks == [False, False, True, True, False]


def test_a_file_that_is_away_for_a_moment_has_not_vanished(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.touch()
    member = Member(file, NOTHING)
    member.has_settled(is_there=True)
    member.considered = member.seen

    looks = [member.has_settled(is_there=is_there) for is_there in (False, True, False, False)]

    assert looks == [False, False, False, True]
