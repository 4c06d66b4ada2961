# SPDX-License-Identifier: EUPL-1.2
"""Entities as lists beside a map show them, and those of them that have fallen silent. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from api.labels import label_of
from api.links import entity_link, to_key
from api.places import Spot, spot_of
from api.readings import Reading, to_glance
from api.vocabulary import to_words
from broker.ngsi.contents import geometry_of
from broker.ngsi.entities import State

_STEPS: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
_SILENT_AFTER: Final = timedelta(hours=1)
_SILENT_TIMES: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One entity; `key` names its row, `spot` is where its marker stands."""

    id: str
    key: str
    link: str
    label: str
    type: str
    kind: str
    readings: Sequence[Reading]
    observed_at: datetime | None
    spot: Spot | None


def to_row(state: State, language: str) -> Row:
    """An entity, with its numbers where it was observed with some."""
    glance = to_glance(state, language)
    geometry = geometry_of(state.attributes)
    return Row(
        id=state.id,
        key=to_key(state.id),
        link=entity_link(state.id),
        label=label_of(state, language),
        type=state.types[0],
        kind=to_words(state.types[0], language),
        readings=glance.readings if glance else (),
        observed_at=glance.observed_at if glance else None,
        spot=None if geometry is None else spot_of(geometry),
    )


def in_calm_order(rows: Iterable[Row], now: datetime) -> list[Row]:
    """Those of the last ten minutes, then those of the last hour, the last day, older ones and the others.

    Among these the first of each type by its label, then the second of each, so that all types are seen. A list that is
    renewed while somebody reads it would never stand still in the order of its times.
    """
    turns: Counter[tuple[int, str]] = Counter()
    ranked: list[tuple[tuple[int, int, str, str], Row]] = []
    for row in sorted(rows, key=lambda row: (row.label.casefold(), row.id)):
        step = _staleness(row, now)
        ranked.append(((step, turns[step, row.type], row.kind, row.id), row))
        turns[step, row.type] += 1
    return [row for _, row in sorted(ranked, key=lambda entry: entry[0])]


def _staleness(row: Row, now: datetime) -> int:
    if row.observed_at is None:
        return len(_STEPS) + 1
    age = now - row.observed_at
    return sum(age > step for step in _STEPS)


def silent_ones(rows: Iterable[Row], now: datetime) -> list[Row]:
    """Those whose newest reading is an hour old, and five times as old as is usual for their type; the oldest first."""
    by_type: dict[str, list[tuple[datetime, Row]]] = {}
    for row in rows:
        if row.observed_at is not None:
            by_type.setdefault(row.type, []).append((row.observed_at, row))
    silent = [entry for entries in by_type.values() for entry in _silent_of_type(entries, now)]
    return [row for _, row in sorted(silent, key=lambda entry: entry[0])]


def _silent_of_type(entries: Sequence[tuple[datetime, Row]], now: datetime) -> list[tuple[datetime, Row]]:
    usual = median((now - time).total_seconds() for time, _ in entries)
    bound = max(_SILENT_AFTER, timedelta(seconds=usual * _SILENT_TIMES))
    return [(time, row) for time, row in entries if now - time > bound]
