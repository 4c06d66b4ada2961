# SPDX-License-Identifier: EUPL-1.2
"""How times are written, and the expression that reads them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

ZONE = "Europe/Berlin"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?")
_GERMAN = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}(?:[ T,]+\d{1,2}:\d{2}(?::\d{2})?)?(?: Uhr)?")
_LAYOUTS = (
    "%Y-%m-%d-%H.%M.%S.%f", "%Y-%m-%d-%H.%M.%S", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%dT%H%M%S", "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M", "%d.%m.%y %H:%M:%S", "%d.%m.%y %H:%M", "%d.%m.%Y - %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%d/%m/%y %H:%M", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d/%m/%YT%H:%M:%S",
)  # fmt: skip
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_EPOCHS = ((1, "epoch s"), (1000, "epoch ms"))
_LONGEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How the times of a column are written: `how` is iso, german, layout, epoch s or epoch ms."""

    how: str
    layout: str = ""
    clock: bool = True
    """It has a time of day."""
    offset: bool = False
    """It says its offset from UTC; else it is local."""
    text: bool = True

    def expression(self, path: str) -> str:
        """Give the expression that makes UTC of a path's values."""
        if self.how.startswith("epoch"):
            number = f"$number({path})" if self.text else path
            return f"$fromMillis({number} * 1000)" if self.how == "epoch s" else f"$fromMillis({number})"
        layout = f", '{self.layout}'" if self.layout else ""
        return f"$local({path}, '{ZONE}'{layout})"


def find_writing(values: Iterable[Any]) -> Writing | None:
    """Give how all of these values are written as times; None where they are none."""
    given = list(values)
    if not given:
        return None
    if all(isinstance(value, str) and len(value) <= _LONGEST for value in given):
        texts = [value.strip() for value in given]
        return _iso(texts) or _german(texts) or _laid_out(texts) or _epoch(texts)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return _epoch(given)
    return None


def _iso(texts: list[str]) -> Writing | None:
    if not all(_ISO.fullmatch(text) and _reads(text) for text in texts):
        return None
    times = [datetime.fromisoformat(text) for text in texts]
    return Writing(how="iso", clock=len(texts[0]) > len("2026-06-01"), offset=times[0].tzinfo is not None)


def _reads(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _german(texts: list[str]) -> Writing | None:
    return Writing(how="german", clock=":" in texts[0]) if all(_GERMAN.fullmatch(text) for text in texts) else None


def _laid_out(texts: list[str]) -> Writing | None:
    for layout in _LAYOUTS:
        if all(_fits(text, layout) for text in texts):
            return Writing(how="layout", layout=layout)
    return None


def _fits(text: str, layout: str) -> bool:
    try:
        time = datetime.strptime(text, layout)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    if text.isdecimal() and len(text) != len(time.strftime(layout)):
        # A number that could be cut into a time by chance.
        return False
    return _EARLIEST <= time.replace(tzinfo=UTC).timestamp() <= _LATEST


def _epoch(values: list[Any]) -> Writing | None:
    is_text = isinstance(values[0], str)
    if is_text and not all(value.isascii() and value.isdecimal() for value in values):
        return None
    for factor, how in _EPOCHS:
        if all(_EARLIEST * factor <= float(value) <= _LATEST * factor for value in values):
            return Writing(how=how, offset=True, text=is_text)
    return None
