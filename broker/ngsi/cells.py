# SPDX-License-Identifier: EUPL-1.2
"""Cells of an index of values: parts of about as many values each, so that many matches can be merged in order of ids."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from broker.ngsi.boxes import Box, unrolled

COUNT: Final = 128
"""Cells of numbers, and of texts."""
SIDES: Final = 16
"""Cells of places from west to east, and from south to north."""

_TEXTS: Final = 1000
_PLACES: Final = 2000
_ROW: Final = 100
SHAPES: Final = -1
"""The cell of all places that are more than a point."""

V = TypeVar("V", float, str)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What divides the values of an attribute: a value belongs to the cell after the last bound that it reaches."""

    numbers: Sequence[float] = ()
    texts: Sequence[str] = ()
    easts: Sequence[float] = ()
    norths: Sequence[float] = ()


def divide(values: Sequence[V], count: int) -> list[V]:
    """Bounds of at most so many cells with about as many of the values each.

    >>> divide([1, 2, 2, 2, 3, 4], 3)
    [2, 3]
    """
    known = sorted(values)
    if not known:
        return []
    return sorted({known[len(known) * part // count] for part in range(1, count)} - {known[0]})


def cells_between(bounds: Bounds, low: float | str, high: float | str) -> list[int]:
    """The cells of all values from one to another."""
    if isinstance(low, str) and isinstance(high, str):
        return [_TEXTS + cell for cell in range(bisect_right(bounds.texts, low), bisect_right(bounds.texts, high) + 1)]
    return list(range(bisect_right(bounds.numbers, low), bisect_right(bounds.numbers, high) + 1))


def cells_within(bounds: Bounds, box: Box) -> dict[int, Box]:
    """The cells of all places that meet a box, each with the part of the box that it covers."""
    cells: dict[int, Box] = {SHAPES: box}
    for west, south, east, north in unrolled(box):
        rows = list(_parts(bounds.norths, south, north))
        for column, left, right in _parts(bounds.easts, west, east):
            cells.update({_PLACES + _ROW * column + row: (left, low, right, high) for row, low, high in rows})
    return cells


def _parts(bounds: Sequence[float], low: float, high: float) -> Iterator[tuple[int, float, float]]:
    """The parts into which bounds divide what lies from one number to another."""
    for part in range(bisect_right(bounds, low), bisect_right(bounds, high) + 1):
        yield part, max(low, bounds[part - 1]) if part else low, min(high, bounds[part]) if part < len(bounds) else high
