# SPDX-License-Identifier: EUPL-1.2
"""Histories summed up period by period: what is asked for, and what a period tells (ETSI GS CIM 009, 4.5.19)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple

from allmende.errors import BadRequestData
from broker.ngsi.durations import Duration, parse_duration

METHODS: Final = ("avg", "distinctCount", "max", "min", "stddev", "sum", "sumsq", "totalCount")
PARAMETERS: Final = frozenset({"aggrMethods", "aggrPeriodDuration"})


@dataclass(frozen=True, slots=True)
class Aggregation:
    """The methods in the order in which they are asked for; without a period one that spans the whole range."""

    methods: tuple[str, ...]
    period: Duration | None = None


class Told(NamedTuple):
    """What is known of the values in a period; None where there is no value of that kind.

    Numbers are those of Properties, 1 and 0 for true and false, and the sizes of arrays. `deviation` and `squares` leave
    the arrays out. NaN: the numbers are too large to be added up.
    """

    instances: int
    mean: float | None = None
    total: float | None = None
    least: float | None = None
    greatest: float | None = None
    deviation: float | None = None
    squares: float | None = None
    first_text: str | None = None
    last_text: str | None = None
    first_moment: str | None = None
    last_moment: str | None = None
    """Date, time of day or both, without the Z."""
    moment_type: str | None = None
    mean_clock: float | None = None
    """Seconds since midnight."""
    distinct: int | None = None


_NUMBERS: Final[dict[str, Callable[[Told], float | None]]] = {
    "avg": attrgetter("mean"),
    "sum": attrgetter("total"),
    "stddev": attrgetter("deviation"),
    "sumsq": attrgetter("squares"),
}


class Period(NamedTuple):
    """What an attribute instance was from `start` until before `end`."""

    start: datetime
    end: datetime
    told: Told


class Summary(NamedTuple):
    """The periods of an attribute instance in ascending order; those without instances are left out."""

    dataset: str | None
    is_relationship: bool
    periods: list[Period]


def parse_aggregation(parameters: Mapping[str, str]) -> Aggregation:
    """What `aggrMethods` and `aggrPeriodDuration` ask for."""
    text = parameters.get("aggrMethods")
    if text is None:
        raise BadRequestData(f"Parameter 'aggrMethods' is required with aggregatedValues: some of {', '.join(METHODS)}")
    methods = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in methods:
        if name not in METHODS:
            raise BadRequestData(f"Parameter 'aggrMethods' must be some of {', '.join(METHODS)}, not {name!r}")
    return Aggregation(methods, _parse_period(parameters.get("aggrPeriodDuration")))


def _parse_period(text: str | None) -> Duration | None:
    if text is None:
        return None
    duration = parse_duration(text, "Parameter 'aggrPeriodDuration'")
    return None if duration == (0, timedelta(0)) else duration


def value_of(method: str, told: Told) -> Any:
    """What a method says of a period; None where it says nothing of such values (tables 4.5.19.1-1 to -3)."""
    if method == "totalCount":
        return told.instances
    if method == "distinctCount":
        return told.distinct
    if method == "min":
        return _first_of(told.least, told.first_text, told.first_moment, told.moment_type)
    if method == "max":
        return _first_of(told.greatest, told.last_text, told.last_moment, told.moment_type)
    if method == "avg" and told.mean is None and told.mean_clock is not None:
        return _typed(told.moment_type, _to_clock(told.mean_clock))
    number = _NUMBERS[method](told)
    return None if number is None or not math.isfinite(number) else number


def _first_of(number: float | None, text: str | None, moment: str | None, moment_type: str | None) -> Any:
    if number is not None:
        return number
    return text if moment is None or text is not None else _typed(moment_type, moment)


def _typed(kind: str | None, moment: str) -> dict[str, str]:
    """A date or time as NGSI-LD writes the value of a Property (4.6.3)."""
    is_date = kind is not None and kind.endswith("Date")
    return {"@type": kind or "DateTime", "@value": moment if is_date else f"{moment}Z"}


def _to_clock(seconds: float) -> str:
    moment = datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment.time().isoformat()


def split_periods(
    origin: datetime, first: datetime, last: datetime, width: timedelta, parts: int
) -> list[tuple[datetime, datetime]]:
    """At most `parts` half-open ranges that hold the times from `first` to `last`, and cut no period in two."""
    begin = origin + (first - origin) // width * width
    steps = (last - begin) // width + 1
    length = -(-steps // parts) * width
    borders = [begin + number * length for number in range(1, (last - begin) // length + 1)]
    return list(zip([first, *borders], [*borders, last + timedelta(microseconds=1)], strict=True))
