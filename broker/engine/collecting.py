# SPDX-License-Identifier: EUPL-1.2
"""Instances of many series at once, as far as one answer holds them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from allmende.database.pool import Connection
from broker.ngsi.truncation import latest
from broker.store.timeseries import Past, Series, find_instances
from broker.store.where_history import Window


class Collected(NamedTuple):
    """Rows, among them the first that an answer holds and one more in the window's order; and the first row of each series."""

    rows: Sequence[Past]
    firsts: Sequence[Past]


@dataclass(frozen=True, slots=True)
class Collection:
    """Reads so much of many series that what an answer can hold is among it, and little more.

    A first statement reads a few rows of each; further ones more of those that may go on before the limit is reached.
    """

    connection: Connection
    schema: str
    window: Window
    cap: int
    """How many instances an answer holds at most."""
    last_n: int | None
    """The newest instances of each attribute; None: all, the oldest first."""

    async def read(self, series: Sequence[Series]) -> Collected:
        """What there is of some series: of each attribute no more than the last N."""
        most = self.cap + 1 if self.last_n is None else min(self.last_n, self.cap + 1)
        length = min(most, 2 * (self.cap + 1) // max(len(series), 1) + 2)
        found: dict[Series, list[Past]] = {}
        pending = list(series)
        kept: list[Past] = []
        while pending:
            found |= await find_instances(
                self.connection,
                self.schema,
                pending,
                self.window,
                limit=length,
                newest_first=self.last_n is not None,
            )
            kept, borders = self._keep(found)
            border = self._border(kept)
            pending = [
                one
                for one, rows in found.items()
                if len(rows) == length < most
                and self._is_before(rows[-1].at, border)
                and self._is_before(rows[-1].at, borders.get((one.seq, one.attribute)))
            ]
            length = min(4 * length, most)
        return Collected(kept, [rows[0] for rows in found.values() if rows])

    def _keep(self, found: Mapping[Series, Sequence[Past]]) -> tuple[list[Past], dict[tuple[int, int], datetime]]:
        """The rows without those beyond the last N of their attribute, and where these end, if there are so many."""
        if self.last_n is None:
            return [past for rows in found.values() for past in rows], {}
        groups: dict[tuple[int, int], list[Past]] = {}
        for one, rows in found.items():
            groups.setdefault((one.seq, one.attribute), []).extend(rows)
        trimmed = {key: latest(rows, self.last_n) for key, rows in groups.items()}
        borders = {key: rows[-1].at for key, rows in trimmed.items() if len(rows) == self.last_n}
        return [past for rows in trimmed.values() for past in rows], borders

    def _border(self, rows: Iterable[Past]) -> datetime | None:
        """The time of the first row that an answer cannot hold."""
        times = sorted((past.at for past in rows), reverse=self.last_n is not None)
        return times[self.cap] if len(times) > self.cap else None

    def _is_before(self, time: datetime, border: datetime | None) -> bool:
        """Whether what follows a time may come before the border, or with it."""
        if border is None:
            return True
        return time >= border if self.last_n is not None else time <= border
