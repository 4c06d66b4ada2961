# SPDX-License-Identifier: EUPL-1.2
"""What is remembered of an address: the pages that were read, and where reading broke off; no I/O.

As JSON, the position of each record: {"request": fingerprint, "pages": [digest of each page that was read to its end],
"open": [number of a page, its digest, its rows that were read], "etag": …, "modified": …}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ASKED_BY = {"etag": "If-None-Match", "modified": "If-Modified-Since"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier passes have read."""

    pages: tuple[str, ...] = ()
    open: tuple[int, str, int] | None = None
    validators: Mapping[str, str] = field(default_factory=dict)
    """Headers that ask whether the answer is still the one that was read."""


def parse_position(position: Any, fingerprint: str) -> Known:
    """Read a position; that of another request says nothing."""
    if not isinstance(position, dict) or position.get("request") != fingerprint:
        return Known()
    opened = position.get("open")
    validators = {header: position[key] for key, header in _ASKED_BY.items() if key in position}
    return Known(
        pages=tuple(position["pages"]),
        open=None if opened is None else (opened[0], opened[1], opened[2]),
        # Where reading broke off, the answer is wanted once more.
        validators={} if opened else validators,
    )


class Marks:
    """The positions of one pass, page after page."""

    def __init__(self, fingerprint: str, known: Known) -> None:
        self._fingerprint = fingerprint
        self._known = known
        self._read: list[str] = []

    @property
    def is_first(self) -> bool:
        """Whether no page was read yet."""
        return not self._read

    def rows_done(self, digest: str) -> int | None:
        """Give how many rows of the page that comes now were read before; None: all of them."""
        number = len(self._read)
        opened = self._known.open
        if opened is not None and opened[:2] == (number, digest):
            return opened[2]
        pages = self._known.pages
        return None if number < len(pages) and pages[number] == digest else 0

    def within(self, digest: str, row: int) -> dict[str, Any]:
        """Give the position behind a row of the page."""
        number = len(self._read)
        # What an earlier pass has read of later pages stays true; of this page nothing is known to be the newest.
        pages = [*self._read, "", *self._known.pages[number + 1 :]]
        return {"request": self._fingerprint, "pages": pages, "open": [number, digest, row]}

    def behind(self, digest: str, validators: Mapping[str, str]) -> dict[str, Any]:
        """Close the page; give the position behind its last row. `validators`: etag and modified, where known."""
        self._read.append(digest)
        pages = [*self._read, *self._known.pages[len(self._read) :]]
        return {"request": self._fingerprint, "pages": pages, **validators}
