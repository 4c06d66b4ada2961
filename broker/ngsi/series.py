# SPDX-License-Identifier: EUPL-1.2
"""The numbers of an attribute instance over time, as charts and aggregation need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

DEFAULT_POINTS: Final = 500
MAX_POINTS: Final = 2_000
FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """Which numbers, and at most how many points they become; `start` and `end` belong to the range."""

    attribute: str
    """An IRI, or the short name of an attribute that the entity has."""
    dataset: str | None = None
    start: datetime = FIRST
    end: datetime = LAST
    points: int = DEFAULT_POINTS


class Point(NamedTuple):
    """The numbers of one step; `start` is where the step begins, or the time of a number that is told alone."""

    start: datetime
    minimum: float
    mean: float
    maximum: float
    numbers: int
    """How many."""


class Number(NamedTuple):
    """One number, in the unit of its series."""

    time: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """Points in ascending order; steps without a number have none. A width of zero: each point is one number."""

    width: timedelta
    points: Sequence[Point]
    newest: Number | None
    unit: str | None = None
    """UN/CEFACT code."""

    @property
    def minimum(self) -> float | None:
        """Of the whole range."""
        return min((point.minimum for point in self.points), default=None)

    @property
    def maximum(self) -> float | None:
        """Of the whole range."""
        return max((point.maximum for point in self.points), default=None)


def single_points(numbers: Sequence[Number]) -> Series:
    """The series of a range that holds no more numbers than points are wanted: as they are."""
    points = [Point(time, value, value, value, 1) for time, value in numbers]
    return Series(timedelta(0), points, numbers[-1] if numbers else None)
