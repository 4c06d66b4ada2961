# SPDX-License-Identifier: EUPL-1.2
"""Rows of history as the columns of one statement."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from broker.ngsi.history import HistoryRow
from broker.ngsi.instants import to_instant
from broker.store.literals import EMPTY, booleans, numerals, plain, quoted
from broker.store.slots import Written
from broker.store.vocabulary import Numbers


class Columns(Struct):
    """History rows, no two of the same key; `modified` are DateTimes, `attributes` and `datasets` IRIs."""

    seqs: list[int]
    attributes: list[str]
    datasets: list[str | None]
    times: list[str]
    modified: list[str]
    observed: list[bool]
    deleted: list[bool]
    numbers: list[float | None]
    values: list[str | None]

    def literals(self, names: Numbers, ordinary: str) -> tuple[str, ...]:
        """The first nine parameters of `write_changes`; `ordinary` is the time of most of its rows."""
        if not self.seqs:
            return (EMPTY,) * 9
        return (
            numerals(self.seqs),
            numerals([names.attributes[name] for name in self.attributes]),
            numerals([names.dataset(uri) for uri in self.datasets]) if any(self.datasets) else EMPTY,
            plain(self.times),
            EMPTY if set(self.modified) == {ordinary} else plain(self.modified),
            numerals(self.numbers),
            quoted(self.values),
            EMPTY if all(self.observed) else booleans(self.observed),
            booleans(self.deleted) if any(self.deleted) else EMPTY,
        )


def to_columns(written: Sequence[Written], *, may_repeat: bool) -> Columns:
    """The columns of all rows; where keys may repeat, only the last row of each."""
    if may_repeat:
        return _columns(_latest(written))
    return _columns([(one.seq, one.modified_at, row) for one in written for row in one.rows])


def _columns(entries: Sequence[tuple[int, str, HistoryRow]]) -> Columns:
    rows = [row for _, _, row in entries]
    return Columns(
        seqs=[seq for seq, _, _ in entries],
        attributes=[row.attribute for row in rows],
        datasets=[row.dataset for row in rows],
        times=[row.time for row in rows],
        modified=[modified for _, modified, _ in entries],
        observed=[row.observed for row in rows],
        deleted=[row.deleted for row in rows],
        numbers=[row.number for row in rows],
        values=[row.value for row in rows],
    )


def _latest(written: Sequence[Written]) -> Sequence[tuple[int, str, HistoryRow]]:
    """Of rows of the same key the last; one time has many spellings."""
    latest: dict[tuple[Any, ...], tuple[int, str, HistoryRow]] = {}
    for one in written:
        for row in one.rows:
            latest[one.seq, row.attribute, row.dataset, to_instant(row.time)] = (one.seq, one.modified_at, row)
    return list(latest.values())
