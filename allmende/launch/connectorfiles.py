# SPDX-License-Identifier: EUPL-1.2
"""The connector files of a folder, and what tells whether one of them, or a file beside it, has changed."""

from collections.abc import Iterable
from glob import glob
from pathlib import Path
from typing import TypeAlias

from allmende.errors import SettingsError

SUFFIXES = (".yaml", ".yml")
INSIDE = "connector.yaml"
"""What the file of a connector is called that has a folder of its own, as shipped ones have."""

Mark: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""Of each file: its path, inode, size and time; a link counts as what it leads to."""


def require_folder(folder: Path | None) -> None:
    """Refuse a setting that names no folder."""
    if folder is not None and not folder.is_dir():
        raise SettingsError(f"--connectors {folder} is not a folder")


def find_files(folder: Path) -> list[Path]:
    """Every connector file of a folder in the order of names: `*.yaml`, and `connector.yaml` of the folders in it.

    Names that begin with a dot are left out: what editors keep, and the folders that a ConfigMap's links lead to. Links
    are not resolved: with the next version of a ConfigMap they lead elsewhere, and the file is still the same one.
    """
    found: list[Path] = []
    for entry in folder.absolute().iterdir():
        if entry.name.startswith("."):
            continue
        if entry.suffix in SUFFIXES and entry.is_file():
            found.append(entry)
        elif entry.is_dir() and (entry / INSIDE).is_file():
            found.append(entry / INSIDE)
    return sorted(found)


def mark_of(file: Path, watched: Iterable[str] = ()) -> Mark:
    """What changes whenever the file changes, or one of those watched; their paths may have `*`."""
    paths = [str(file)]
    for pattern in watched:
        paths += sorted(glob(pattern, recursive=True)) if "*" in pattern else [pattern]  # noqa: PTH207 - goes into links
    return tuple(_mark(path) for path in paths)


def _mark(path: str) -> tuple[str, int, int, int]:
    try:
        status = Path(path).stat()
    except OSError:
        return path, 0, 0, 0
    return path, status.st_ino, status.st_size, status.st_mtime_ns
