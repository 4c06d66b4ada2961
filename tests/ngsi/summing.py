# SPDX-License-Identifier: EUPL-1.2
"""Aggregation instance by instance, as the tables of clause 4.5.19.1 say it: what the database is compared with."""

import math
import re
import statistics
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from broker.ngsi.durations import Duration, later
from broker.ngsi.entities import VALUE_MEMBERS, Instance
from tests.ngsi.strategies import geometries, language_maps, one_or_more_words, texts, uris

_SIZED = {"Property": "value", "JsonProperty": "json", "ListProperty": "valueList"}
_clocks = st.times().map(lambda time: time.isoformat() + "Z")
_moments = st.datetimes().map(lambda time: time.isoformat() + "Z")
_typed = st.one_of(
    st.fixed_dictionaries({"@type": st.just("Time"), "@value": _clocks}),
    st.fixed_dictionaries(
        {"@type": st.sampled_from(["DateTime", "https://uri.etsi.org/ngsi-ld/DateTime"]), "@value": _moments}
    ),
    st.fixed_dictionaries({"@type": st.just("Date"), "@value": st.dates().map(str)}),
)
_plain = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ä"])
_objects = st.dictionaries(st.sampled_from(["a", "b"]), _plain, max_size=2)
_lists = st.lists(_plain | _objects, max_size=3)
_numbers = st.integers(-(10**6), 10**6) | st.floats(-1e9, 1e9) | st.sampled_from([0, 0.1, 2**60, -(2**60)])

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Property": _numbers | st.booleans() | texts | _objects | _lists | _typed,
    "GeoProperty": geometries,
    "Relationship": uris | st.lists(uris, min_size=1, max_size=2),
    "LanguageProperty": language_maps,
    "VocabProperty": one_or_more_words,
    "JsonProperty": _objects | _lists,
    "ListProperty": _lists,
    "ListRelationship": st.lists(uris.map(lambda uri: {"object": uri}), max_size=3),
}


@st.composite
def instances(draw: st.DrawFn, kinds: Sequence[str] = ("Property",) * 5 + tuple(VALUES)) -> Instance:
    """An attribute instance without its time."""
    kind = draw(st.sampled_from(kinds))
    instance = {"type": kind, VALUE_MEMBERS[kind]: draw(VALUES[kind])}
    return instance | {"unitCode": "CEL"} if kind == "Property" and draw(st.booleans()) else instance


def sum_up(
    told: Iterable[tuple[datetime, Instance]], origin: datetime, period: Duration, methods: Iterable[str]
) -> dict[str, list[list[Any]]]:
    """The values of each method with the edges of their periods, of the instances of one type of attribute."""
    groups: dict[datetime, tuple[datetime, list[Instance]]] = {}
    for time, instance in sorted(told, key=lambda one: one[0]):
        number = _number(origin, period, time)
        start, end = later(origin, period, number), later(origin, period, number + 1)
        groups.setdefault(start, (end, []))[1].append(instance)
    summed = {}
    for method in methods:
        values = [[value_of(method, group), start, end] for start, (end, group) in groups.items()]
        summed[method] = [value for value in values if value[0] is not None]
    return summed


def _number(origin: datetime, period: Duration, time: datetime) -> int:
    number = int((time - origin) / (period.rest + timedelta(days=31) * period.months))
    while later(origin, period, number + 1) <= time:
        number += 1
    return number - (later(origin, period, number) > time)


def value_of(method: str, group: Sequence[Instance]) -> Any:
    """What a method says of the instances of one period."""
    if method == "totalCount":
        return len(group)
    if method == "distinctCount":
        return len({_key(value) for instance in group for value in _targets(instance)})
    values = [instance[_SIZED[instance["type"]]] for instance in group if instance["type"] in _SIZED]
    numbers = [float(value) for value in values if type(value) in {int, float, bool}]
    sizes = [float(len(value)) for value in values if type(value) is list]
    if method in {"stddev", "sumsq"}:
        return _spread(method, numbers)
    if numbers or sizes:
        return {"avg": statistics.fmean, "sum": math.fsum, "min": min, "max": max}[method](numbers + sizes)
    return None if method == "sum" else _of_words(method, values)


def _spread(method: str, numbers: Sequence[float]) -> float | None:
    if not numbers:
        return None
    return statistics.pstdev(numbers) if method == "stddev" else math.fsum(number * number for number in numbers)


def _of_words(method: str, values: Sequence[Any]) -> Any:
    words = [value for value in values if type(value) is str]
    typed = [value for value in values if type(value) is dict and "@type" in value]
    kind = max((re.split("[/#:]", value["@type"])[-1] for value in typed), default="")
    moments = [value["@value"].removesuffix("Z") for value in typed]
    if method == "avg":
        clocks = [_seconds(value["@value"]) for value in typed if value["@type"] == "Time"]
        return (kind, statistics.fmean(clocks)) if clocks else None
    choose = {"min": min, "max": max}[method]
    return choose(words) if words else (kind, choose(moments)) if moments else None


def _seconds(clock: str) -> float:
    time = datetime.fromisoformat(f"2000-01-01T{clock}")
    return (time - time.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


def _targets(instance: Instance) -> list[Any]:
    value = instance[VALUE_MEMBERS[instance["type"]]]
    return value if instance["type"].endswith("Relationship") and type(value) is list else [value]


def _key(value: Any) -> Any:
    """Equal for values that are equal as JSON."""
    if type(value) is dict:
        return ("object", frozenset((name, _key(member)) for name, member in value.items()))
    if type(value) is list:
        return ("list", *map(_key, value))
    return ("boolean" if type(value) is bool else "value", value)
