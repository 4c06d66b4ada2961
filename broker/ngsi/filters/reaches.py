# SPDX-License-Identifier: EUPL-1.2
"""In which intervals of an attribute's values all lie that a filter may find: what an index of values can be asked.

An index holds numbers and the beginnings of texts, so an interval may hold more than what matches, and never less.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, TypeAlias

from broker.ngsi.filters.moments import Kind, Moment
from broker.ngsi.filters.tree import And, Compares, Equals, Filter, Holds, Or, Order, Scalar, Span, Test

TEXT: Final = 100
"""Characters of a text that an index holds."""
LAST_TEXT: Final = "\U0010ffff" * (TEXT + 1)
"""After all texts of an index."""

_LAST: Final = float("inf")
_LEAST: Final = 1e-300
_SECONDS: Final[dict[Kind, int]] = {"DateTime": 19, "Date": 10, "Time": 8}


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers, or texts, from one to another, both included; empty where the second comes first."""

    low: float | str
    high: float | str

    @property
    def is_text(self) -> bool:
        """Whether it holds texts."""
        return isinstance(self.low, str)


@dataclass(frozen=True, slots=True)
class Reach:
    """Each match has a value of the attribute, an IRI, in one of the intervals.

    `several` are the intervals where an entity has more than one value: of these, one may pass one test and another the
    next.
    """

    attribute: str
    intervals: tuple[Interval, ...]
    several: tuple[Interval, ...]


Way: TypeAlias = tuple[Reach, ...]
"""Each match lies in one of these reaches."""


def ways_of(wanted: Filter | None) -> list[Way]:
    """The ways to find by values all that a filter may find, each of which would do; none where values do not help."""
    match wanted:
        case Holds(path, test) if len(path.attributes) == 1 and path.member is None and not path.keys:
            intervals = _intervals(test)
            return [(Reach(path.attributes[0], intervals, intervals),)] if intervals else []
        case And(parts):
            return _narrowed([way for part in parts for way in ways_of(part)])
        case Or(parts):
            each = [ways_of(part) for part in parts]
            return [tuple(reach for ways in each for reach in ways[0])] if all(each) else []
        case _:
            return []


def attributes_of(wanted: Filter | None) -> list[str]:
    """The attributes an index of whose values would help a filter."""
    return list(dict.fromkeys(reach.attribute for way in ways_of(wanted) for reach in way))


def _narrowed(ways: Sequence[Way]) -> list[Way]:
    """Ways, those by one attribute alone put together: what has one value of it must pass all tests with that."""
    singles: dict[tuple[str, bool], Reach] = {}
    others: list[Way] = []
    for way in ways:
        reach = way[0]
        kinds = {interval.is_text for interval in reach.intervals}
        if len(way) > 1 or len(kinds) != 1:
            others.append(way)
            continue
        key = reach.attribute, kinds.pop()
        known = singles.get(key)
        singles[key] = reach if known is None else _both(known, reach)
    return [*((reach,) for reach in singles.values()), *others]


def _both(one: Reach, other: Reach) -> Reach:
    """What lies in an interval of each; where each has many, only neighbours are compared."""
    ours, theirs = _apart(one.intervals), _apart(other.intervals)
    met: list[Interval] = []
    while ours and theirs:
        shared = _shared(ours[-1], theirs[-1])
        if shared.low <= shared.high:  # type: ignore[operator]  # of one kind
            met.append(shared)
        (ours if ours[-1].high < theirs[-1].high else theirs).pop()  # type: ignore[operator]
    return Reach(one.attribute, tuple(met), one.several)


def _shared(one: Interval, other: Interval) -> Interval:
    return Interval(max(one.low, other.low), min(one.high, other.high))


def _apart(intervals: Sequence[Interval]) -> list[Interval]:
    """The same values in intervals that share none, the last ones first."""
    apart: list[Interval] = []
    for each in sorted(intervals, key=attrgetter("low")):
        if apart and each.low <= apart[-1].high:  # type: ignore[operator]  # of one kind
            apart[-1] = Interval(apart[-1].low, max(apart[-1].high, each.high))
        elif each.low <= each.high:  # type: ignore[operator]
            apart.append(each)
    return apart[::-1]


def _intervals(test: Test) -> tuple[Interval, ...]:
    match test:
        case Compares(order, value):
            return (_beside(order, value),)
        case Equals(values, negated=False):
            return tuple(_around(values))
        case _:
            return ()


def _around(values: Sequence[Scalar | Span]) -> Iterator[Interval]:
    for value in values:
        if isinstance(value, Span):
            yield Interval(_edges(value.low)[0], _edges(value.high)[1])
        else:
            yield Interval(*_edges(value))


def _beside(order: Order, value: Scalar) -> Interval:
    low, high = _edges(value)
    if order in {">", ">="}:
        return Interval(low, LAST_TEXT if isinstance(low, str) else _LAST)
    return Interval("" if isinstance(high, str) else -_LAST, high)


def _edges(value: Scalar) -> tuple[float | str, float | str]:
    """The first and the last entry of an index that a value may have."""
    if isinstance(value, Moment):
        second = value.key[: _SECONDS[value.kind]]
        # After the second comes a point or Z.
        return second, f"{second}~"
    if isinstance(value, str):
        return value[:TEXT], value[:TEXT]
    number = to_number(value)
    return number, number


def to_number(value: float) -> float:
    """A number as an index holds it: what no float can hold is the nearest that it can."""
    if abs(value) > 1e308:
        return _LAST if value > 0 else -_LAST
    return float(value) if abs(value) >= _LEAST else 0.0
