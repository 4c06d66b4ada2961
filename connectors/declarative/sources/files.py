# SPDX-License-Identifier: EUPL-1.2
"""Sources `file` and `folder`: files in sorted order, each read on from where it was left."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path
from typing import Any

from allmende.connector import Cursor, Record
from allmende.errors import Retry, Stop
from connectors.declarative.kinds.file import FileSource
from connectors.declarative.sources.cutting import cut_rows
from connectors.declarative.sources.layouts import Layout, Unusable, format_of
from connectors.declarative.sources.readers import Select, read_rows


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Reads the files that match, relative to the place of the connector file."""

    settings: FileSource
    place: Path
    select: Select | None = None

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records that are new since the cursor: position = [row, size, time, digest] of each file."""
        for part, path in self._files():
            for record in self._read_file(part, path, cursor.get(part)):
                yield record

    async def check(self) -> None:
        """Say what to fix when there is nothing to read."""
        if not self._files():
            raise Stop(f"{self.root} holds no file that matches {', '.join(self.settings.files)}")

    def parts(self) -> list[str]:
        """Name the files in the order in which they are read."""
        return [part for part, _ in self._files()]

    def path_of(self, part: str) -> Path:
        """Give the file of that name."""
        return self.root if self.settings.type == "file" else self.root / part

    def format_of(self, part: str) -> str:
        """Give the format of a file: as said, else by its suffix."""
        return format_of(part, self.settings.format)

    def sample(self, part: str, count: int) -> bytes:
        """Give the content of a file, cut after so many records where its format allows it."""
        path = self.path_of(part)
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise Retry(f"File {path} cannot be read: {error.strerror}") from error
        return cut_rows(raw, self._layout(part), count, selected=self.select is not None)

    @property
    def root(self) -> Path:
        """The file or folder."""
        return (self.place / self.settings.path).expanduser()

    def _files(self) -> list[tuple[str, Path]]:
        root = self.root
        if self.settings.type == "file":
            if not root.is_file():
                raise Retry(f"File {root} does not exist")
            return [(root.name, root)]
        if not root.is_dir():
            raise Retry(f"Folder {root} does not exist")
        wanted = [pattern for pattern in self.settings.files if not pattern.startswith("!")] or ["**/*"]
        unwanted = [pattern[1:] for pattern in self.settings.files if pattern.startswith("!")]
        # Path.glob does not go into linked folders.
        found = {name for pattern in wanted for name in glob(pattern, root_dir=root, recursive=True)}  # noqa: PTH207
        names = sorted(name for name in found if (root / name).is_file())
        return [(name, root / name) for name in names if not any(_matches(name, pattern) for pattern in unwanted)]

    def _read_file(self, part: str, path: Path, position: Any) -> Iterator[Record]:
        try:
            status = path.stat()
            row, size, time, digest = position or (0, 0, 0, "")
            if position and (status.st_size, status.st_mtime_ns, True) == (size, time, row < 0):
                return
            raw = path.read_bytes()
        except OSError as error:
            raise Retry(f"File {path} cannot be read: {error.strerror}") from error
        layout = self._layout(part)
        done = abs(row) if position and _continues(raw, layout, size, digest) else 0
        if done and row < 0 and _was_cut(raw, size):
            done -= 1
        stamp = (len(raw), status.st_mtime_ns, hashlib.sha256(raw).hexdigest()[:32])
        yield from _records(part, read_rows(raw, layout, self.select), done, stamp)

    def _layout(self, part: str) -> Layout:
        return Layout.of(self.settings, self.format_of(part))


def _continues(raw: bytes, layout: Layout, size: int, digest: str) -> bool:
    """Whether the file is as it was, or (a CSV) has grown at its end; else it is read anew."""
    if layout.format != "csv" and len(raw) != size:
        return False
    return len(raw) >= size and hashlib.sha256(raw[:size]).hexdigest()[:32] == digest


def _was_cut(raw: bytes, size: int) -> bool:
    """Whether the last row was not written to its end when the file was read: it is read once more."""
    around = raw[size - 1 : size + 1]
    return len(around) == 2 and not set(around) & set(b"\r\n\0")


def _records(part: str, rows: Iterator[Any], done: int, stamp: tuple[int, int, str]) -> Iterator[Record]:
    """Give the rows after the first `done`; the position of the last one is negative: the file is read."""
    kept: Any = None
    number = 0
    for number, row in enumerate(rows, 1):
        if number <= done:
            continue
        if kept is not None:
            yield kept
        problem = None
        content = row
        if type(row) is Unusable:
            content, problem = row.content, row.problem
        kept = Record(content=content, part=part, position=(number, *stamp), first=number == 1, problem=problem)
    if kept is not None:
        yield Record(
            content=kept.content,
            part=part,
            position=(-number, *stamp),
            first=kept.first,
            problem=kept.problem,
        )


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or (pattern.startswith("**/") and fnmatchcase(name, pattern[3:]))
