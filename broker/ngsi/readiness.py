# SPDX-License-Identifier: EUPL-1.2
"""The short way of parsing: most instances that sensors send are in the broker's form already.

What is not recognized here goes the long way (`instances.py`), which alone says what is wrong.
"""

from typing import Any, Final

from broker.ngsi.datatypes import is_instant, is_uri
from broker.ngsi.entities import NULL
from broker.ngsi.instances import SPECIAL
from broker.ngsi.values import is_plain

_POINT: Final = frozenset({"type", "coordinates"})
_DEGREES: Final = frozenset({int, float})
_NO_UNITS: Final = frozenset({"", NULL})
_NUMBERS: Final = frozenset({int, float, bool})


def is_ready(iri: str, instance: dict[str, Any], time: str) -> bool:
    """Whether an instance of the attribute `iri` is plain and without fault; `time` is a DateTime known to be right."""
    is_timed = "observedAt" in instance
    members = len(instance) - is_timed
    kind = instance.get("type")
    if kind == "Property":
        ready = "value" in instance and iri not in SPECIAL and _is_property(instance, members)
    elif kind == "Relationship":
        ready = "object" in instance and iri not in SPECIAL and members == 2 and _is_target(instance["object"])
    else:
        ready = kind == "GeoProperty" and "value" in instance and members == 2 and _is_point(instance["value"])
    if not is_timed or not ready:
        return ready
    observed_at = instance["observedAt"]
    return type(observed_at) is str and (observed_at == time != "" or is_instant(observed_at))


def _is_property(instance: dict[str, Any], members: int) -> bool:
    value = instance["value"]
    kind = type(value)
    if kind is str:
        if value == NULL:
            return False
    elif kind not in _NUMBERS and (value is None or not is_plain(value)):
        return False
    if members == 2:
        return True
    unit = instance.get("unitCode")
    return members == 3 and type(unit) is str and unit not in _NO_UNITS


def _is_target(target: Any) -> bool:
    return type(target) is str and target != NULL and is_uri(target)


def _is_point(place: Any) -> bool:
    if type(place) is not dict or place.keys() != _POINT:
        return False
    position = place["coordinates"]
    if place["type"] != "Point" or type(position) is not list or len(position) != 2:
        return False
    longitude, latitude = position
    if type(longitude) not in _DEGREES or type(latitude) not in _DEGREES:
        return False
    return bool(-180 <= longitude <= 180 and -90 <= latitude <= 90)
