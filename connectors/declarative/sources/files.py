# SPDX-License-Identifier: EUPL-1.2
"""Sources `file` and `folder`: files in sorted order, each read on from where it was left."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from allmende.connector import Cursor, Record
from allmende.errors import Retry, Skip, Stop
from connectors.declarative.kinds.file import FileSource
from connectors.declarative.sources.cutting import cut_rows
from connectors.declarative.sources.folders import find_names
from connectors.declarative.sources.growing import continues, digest, was_cut, whole_rows
from connectors.declarative.sources.layouts import Layout, Unusable, format_of
from connectors.declarative.sources.readers import Select, read_rows

MAX_BYTES = 1024**3
SETTLE_S = 2.0
"""A file that seems to be written still is taken as it is once it has not changed for so long."""
YOUNG_S = 60.0
"""Nobody writes a file any more that has not changed for so long."""

Stamp = tuple[int, int]
"""Size and time of the last change: what a folder says of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    raw: bytes
    stamp: Stamp
    is_doubted: bool
    """It may be written still."""


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Reads the files that match, relative to the place of the connector file."""

    settings: FileSource
    place: Path
    select: Select | None = None
    settle_s: float = SETTLE_S

    async def read(self, cursor: Cursor) -> AsyncIterator[Record]:
        """Give the records that are new since the cursor: position = [row, size, time, digest] of each file.

        What seems to be written still is looked at once more: what is whole by then, or has not changed, is given; the
        rest is for the next pass.
        """
        reached: dict[str, Any] = {}
        unfinished: dict[str, Stamp] = {}
        refused: list[str] = []
        parts = self._changed(cursor)
        for is_again in (False, True):
            for part in parts:
                # Not in a thread: its garbage collection would meet expressions that belong to this one.
                await asyncio.sleep(0)
                content = self._try(part, unfinished.get(part), refused)
                if content is None:
                    continue
                rows, raw, is_whole = self._rows(part, content)
                if not is_whole:
                    unfinished[part] = content.stamp
                done = _rows_done(raw, self.format_of(part), reached.get(part, cursor.get(part)))
                for record in _records(part, rows, raw, done, content.stamp[1]):
                    reached[part] = record.position
                    yield record
            parts = list(unfinished)
            if is_again or not parts:
                break
            await asyncio.sleep(self.settle_s)
        if refused:
            raise Skip("; ".join(refused[:3]) + (f"; and {len(refused) - 3} more" if len(refused) > 3 else ""))

    async def check(self) -> None:
        """Say what to fix when there is nothing to read."""
        if not self.parts():
            raise Stop(f"{self.root} holds no file that matches {', '.join(self.settings.files)}")

    def parts(self) -> list[str]:
        """Name the files in the order in which they are read."""
        root = self.root
        kind, is_there = ("File", os.path.isfile) if self.settings.type == "file" else ("Folder", os.path.isdir)
        # A Path raises where a folder above may not be entered.
        if not is_there(root):
            raise Retry(f"{kind} {root} does not exist")
        if self.settings.type == "file":
            return [root.name]
        if not os.access(root, os.R_OK | os.X_OK):
            raise Retry(f"Folder {root} cannot be read: {os.strerror(errno.EACCES)}")
        return find_names(root, self.settings.files)

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

    def _changed(self, cursor: Mapping[str, Any]) -> list[str]:
        """Name the files that are not as the cursor knows them."""
        return [part for part in self.parts() if not _is_known(self.path_of(part), cursor.get(part))]

    def _try(self, part: str, before: Stamp | None, refused: list[str]) -> _Content | None:
        """Read a file; None where it has vanished since the folder was listed, or is refused."""
        try:
            return self._content(part, before)
        except FileNotFoundError:
            return None
        except OSError as error:
            refused.append(f"File {self.path_of(part)} cannot be read: {error.strerror}")
            return None

    def _content(self, part: str, before: Stamp | None) -> _Content:
        """Read a file; one that is as it was `before` is not written any more."""
        path = self.path_of(part)
        status = path.stat()
        stamp = (status.st_size, status.st_mtime_ns)
        if status.st_size > MAX_BYTES:
            raise OSError(errno.EFBIG, f"it has more than {MAX_BYTES // 1024**2} MiB")
        is_young = time.time() - status.st_mtime < YOUNG_S
        return _Content(
            raw=path.read_bytes(), stamp=stamp, is_doubted=self.settle_s > 0 and is_young and stamp != before
        )

    def _rows(self, part: str, content: _Content) -> tuple[Iterator[Any], bytes, bool]:
        """Give the rows of a file, of what bytes they are, and whether that is all: of what is written still, not."""
        layout, raw = self._layout(part), content.raw
        if content.is_doubted and layout.format == "csv":
            raw = whole_rows(raw, layout.encoding)
        rows = read_rows(raw, layout, self.select)
        if content.is_doubted and layout.format != "csv":
            first = next(rows, None)
            if isinstance(first, Unusable) and first.is_whole and not first.is_sound:
                return iter(()), raw, False
            rows = rows if first is None else chain([first], rows)
        return rows, raw, len(raw) == len(content.raw)

    def _layout(self, part: str) -> Layout:
        return Layout.of(self.settings, self.format_of(part))


def _is_known(path: Path, position: Any) -> bool:
    """Whether a file was read to its end, and has not changed since."""
    try:
        status = path.stat()
    except OSError:
        return False  # reading it will say why
    return bool(position) and [position[0] < 0, *position[1:3]] == [True, status.st_size, status.st_mtime_ns]


def _records(part: str, rows: Iterator[Any], raw: bytes, done: int, time_ns: int) -> Iterator[Record]:
    """Give the rows after the first `done`; the position of the last one is negative: the file is read."""
    stamp = (len(raw), time_ns, digest(raw))
    kept: Any = None
    for number, row in enumerate(rows, 1):
        if number <= done:
            continue
        if kept is not None:
            yield _record(part, kept, (number - 1, *stamp))
        kept = row
    if kept is not None:
        yield _record(part, kept, (-number, *stamp))


def _record(part: str, row: Any, position: tuple[int, int, int, str]) -> Record:
    content, problem = (row.content, row.problem) if type(row) is Unusable else (row, None)
    return Record(content=content, part=part, position=position, first=abs(position[0]) == 1, problem=problem)


def _rows_done(raw: bytes, form: str, position: Any) -> int:
    """Give how many rows of a file were read before."""
    row, size, _, known = position or (0, 0, 0, "")
    if not row or not continues(raw, form, size, known):
        return 0
    is_last_again = row < 0 and was_cut(raw, size)
    return int(abs(row)) - is_last_again
