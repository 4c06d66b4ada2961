# SPDX-License-Identifier: EUPL-1.2
"""The short way of parsing: most instances that sensors send are in the broker's form already.

What is not recognized here goes the long way (`instances.py`), which alone says what is wrong.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, permutations
from typing import Any, Final

from broker.ngsi.datatypes import is_instant, is_uri
from broker.ngsi.entities import NULL
from broker.ngsi.values import holds_null


def _shapes(needed: Iterable[str], possible: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Every order in which the names of an instance's members may stand: one look-up instead of a set operation."""
    possible = tuple(possible)
    for count in range(len(possible) + 1):
        for chosen in combinations(possible, count):
            yield from permutations((*needed, *chosen))


_PROPERTY: Final = frozenset(_shapes(("type", "value"), ("unitCode", "observedAt")))
_RELATIONSHIP: Final = frozenset(_shapes(("type", "object"), ("observedAt",)))
_GEO_PROPERTY: Final = frozenset(_shapes(("type", "value"), ("observedAt",)))
_POINT: Final = frozenset({"type", "coordinates"})
_DEGREES: Final = frozenset({int, float})
_NO_UNITS: Final = frozenset({"", NULL})
_NUMBERS: Final = frozenset({int, float, bool})


def is_ready(instance: dict[str, Any], time: str, *, special: bool) -> bool:
    """Whether an instance is plain and without fault.

    `time` is a DateTime known to be right; `special`: the attribute has rules of its own.
    """
    kind = instance.get("type")
    if kind == "Property":
        ready = not special and tuple(instance) in _PROPERTY and _is_property(instance)
    elif kind == "Relationship":
        ready = not special and tuple(instance) in _RELATIONSHIP and _is_relationship(instance)
    else:
        ready = kind == "GeoProperty" and tuple(instance) in _GEO_PROPERTY and _is_point(instance)
    if not ready:
        return False
    if "observedAt" not in instance:
        return True
    observed_at = instance["observedAt"]
    return type(observed_at) is str and (observed_at == time != "" or is_instant(observed_at))


def _is_property(instance: dict[str, Any]) -> bool:
    value = instance["value"]
    if type(value) not in _NUMBERS and (value is None or value == NULL or holds_null(value)):
        return False
    unit = instance.get("unitCode", "1")
    return type(unit) is str and unit not in _NO_UNITS


def _is_relationship(instance: dict[str, Any]) -> bool:
    target = instance["object"]
    return type(target) is str and target != NULL and is_uri(target)


def _is_point(instance: dict[str, Any]) -> bool:
    place = instance["value"]
    if type(place) is not dict or place.keys() != _POINT:
        return False
    position = place["coordinates"]
    if place["type"] != "Point" or type(position) is not list or len(position) != 2:
        return False
    longitude, latitude = position
    if type(longitude) not in _DEGREES or type(latitude) not in _DEGREES:
        return False
    return bool(-180 <= longitude <= 180 and -90 <= latitude <= 90)
