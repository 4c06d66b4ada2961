# SPDX-License-Identifier: EUPL-1.2
"""What a page says of a number over time: its range, its lowest, highest and newest value, and a table. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.entities import Row
from api.measures import Measure, measure_of
from broker.ngsi.contexts import CORE
from broker.ngsi.series import Series

RANGES: Final[dict[str, timedelta | None]] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
    "all": None,
}
"""How far charts reach back from now."""
DEFAULT_RANGE: Final = "week"
TABLE_POINTS: Final = 100
"""A table that people read: a week in steps of two hours, a day in quarters of an hour."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One number with its time; `until`: it lies between the two."""

    text: str
    time: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table of a chart."""

    start: datetime
    lowest: str
    mean: str
    highest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a series tells in words."""

    lowest: Mark
    highest: Mark
    newest: Mark
    is_single: bool
    """Each line of the table is one number."""
    lines: list[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A number over time; `summary` is None where the chart is not open, or where its range holds no number."""

    key: str
    words: str
    attribute: str
    """Its name in the core @context, or its IRI."""
    term: str
    dataset: str | None
    unit: str
    scale: int
    """By which values are multiplied: parts of one are told in per cent."""
    is_open: bool
    is_slow: bool
    """Its numbers took too long to read."""
    summary: Summary | None


def numbers_of(rows: Iterable[Row]) -> list[Row]:
    """The instances that charts can show, those that are measured first."""
    return sorted((row for row in rows if row.number is not None), key=lambda row: row.group != "measured")


def to_chart(row: Row, series: Series | None, language: str, *, is_slow: bool = False) -> Chart:
    """The chart of an instance; `series` is None where its chart is not open, or takes too long."""
    low, high = (None, None) if series is None else (series.minimum, series.maximum)
    bounds = (row.number or 0,) if low is None or high is None else (low, high)
    measure = measure_of(row.iri, row.unit, language, *bounds)
    return Chart(
        key=row.key,
        words=row.words,
        attribute=CORE.compact(row.iri),
        term=row.term,
        dataset=row.dataset,
        unit=measure.unit,
        scale=measure.scale,
        is_open=series is not None or is_slow,
        is_slow=is_slow,
        summary=None if series is None else _summarize(series, measure),
    )


def _summarize(series: Series, measure: Measure) -> Summary | None:
    def mark(value: float, time: datetime, width: timedelta) -> Mark:
        return Mark(measure.to_words(value), time, time + width if width else None)

    if series.newest is None or not series.points:
        return None
    decimals = _decimals(series)
    lowest = min(series.points, key=lambda one: one.minimum)
    highest = max(series.points, key=lambda one: one.maximum)
    return Summary(
        lowest=mark(lowest.minimum, lowest.start, series.width),
        highest=mark(highest.maximum, highest.start, series.width),
        newest=mark(series.newest.value, series.newest.time, timedelta(0)),
        is_single=not series.width,
        lines=[
            Line(one.start, *map(measure.to_text, (one.minimum, round(one.mean, decimals), one.maximum)))
            for one in series.points
        ],
    )


def _decimals(series: Series) -> int:
    """Decimals of means: one more than those of the numbers that they are made of."""
    numbers = [edge for one in series.points for edge in (one.minimum, one.maximum)]
    return 1 + max(len(f"{number:.3f}".rstrip("0").partition(".")[2]) for number in numbers)
