# SPDX-License-Identifier: EUPL-1.2
"""Entries of many cells merged in the order of ids: of each cell only as much is read as it turns out to give.

Where only a part of a cell is asked for, what lies before it is passed over entry by entry. So cells that are asked for as a
whole come first: what they give bounds how far the others are looked through.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Final, TypeAlias

from allmende.database.failures import TimedOut
from broker.store.values import Entries, Part

FIRST: Final = 4
"""Entries that are read of each cell at first."""
GROWTH: Final = 4
LONGEST: Final = 512
BOUNDED: Final = 32
"""The least that is read where it is known up to which id: then it is seldom more than is needed, and saves turns."""

Read: TypeAlias = Callable[[Sequence[Part], str], Awaitable[Entries]]
"""Reads parts of cells up to an id; an empty one is none."""


def never() -> bool:
    """It is not late."""
    return False


@dataclass(slots=True)
class _Cell:
    """What is read of a cell and not given out: `after` is the last id that was read, `length` how many were asked for."""

    number: int
    after: str
    length: int
    pending: list[tuple[str, int]] = field(default_factory=list)
    is_read: bool = False
    """Whether there is nothing left to read."""

    @property
    def is_short(self) -> bool:
        """Whether more should be read: what is short soon holds up the others."""
        return not self.is_read and len(self.pending) * 4 <= self.length


class CellWalk:
    """A walk through cells, a part at a time."""

    def __init__(
        self,
        read: Read,
        cells: Iterable[int],
        *,
        after: str,
        wanted: int,
        whole: Collection[int] = (),
        is_late: Callable[[], bool] = never,
    ) -> None:
        """Go on after an id; `wanted` entries are hoped for in all, and all of those of the cells `whole` are asked for."""
        self._read = read
        self._is_late = is_late
        self._wanted = wanted
        self._cells = [_Cell(number, after, 0) for number in cells]
        self._first = min(max(FIRST, 4 * wanted // max(1, len(self._cells))), LONGEST)
        self._whole = whole
        self.is_over = not self._cells

    async def next(self) -> list[int]:
        """The next entities, by number, in the order of ids; TimedOut where it is late."""
        if self._is_late():
            raise TimedOut("The walk through cells took longer than a statement may")
        until = self._bound()
        short = {cell.number: cell for cell in self._short() if not until or cell.after < until}
        if short:
            await self._read_on(short, until)
        given = self._give()
        # Whoever goes on has found less among these than was hoped for: with bounds that stay as near, a walk of many takes
        # a turn for each few of them.
        self._wanted += GROWTH * len(given)
        return given

    def _short(self) -> list[_Cell]:
        """The cells of which more should be read; at first only those that are asked for as a whole."""
        whole, self._whole = self._whole, ()
        return [cell for cell in self._cells if cell.number in whole] or [cell for cell in self._cells if cell.is_short]

    def _bound(self) -> str:
        """The last id that is needed, as far as it is known."""
        if sum(len(cell.pending) for cell in self._cells) < self._wanted:
            return ""
        return nsmallest(self._wanted, (entity_id for cell in self._cells for entity_id, _ in cell.pending))[-1]

    async def _read_on(self, short: dict[int, _Cell], until: str) -> None:
        for cell in short.values():
            length = min(cell.length * GROWTH, LONGEST) or self._first
            cell.length = max(length, BOUNDED) if until else length
        entries = await self._read([(cell.number, cell.after, cell.length) for cell in short.values()], until)
        counts = dict.fromkeys(short, 0)
        for number, entity_id, seq in entries:
            cell = short[number]
            cell.pending.append((entity_id, seq))
            cell.after = entity_id
            counts[number] += 1
        for number, cell in short.items():
            if counts[number] < cell.length:
                cell.after = until
                cell.is_read = not until

    def _give(self) -> list[int]:
        """Take out what no entry that is not read yet comes before."""
        edge = min((cell.after for cell in self._cells if not cell.is_read), default=None)
        self.is_over = edge is None
        given: list[tuple[str, int]] = []
        for cell in self._cells:
            ready = [entry for entry in cell.pending if edge is None or entry[0] <= edge]
            given += ready
            cell.pending = cell.pending[len(ready) :]
        return list(dict.fromkeys(seq for _, seq in sorted(given)))
