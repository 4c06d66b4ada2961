# SPDX-License-Identifier: EUPL-1.2
"""Temporal queries that are sent as a body: each member is the parameter of the same query as a URL (5.2.21, 5.2.23)."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import shown
from broker.ngsi.querybodies import to_parameters

_TEXTS: Final = ("timerel", "timeAt", "endTimeAt", "timeproperty", "aggrPeriodDuration")
_TEMPORAL: Final = frozenset({*_TEXTS, "lastN", "aggrMethods"})
_AGGREGATION: Final = frozenset({"aggrMethods", "aggrPeriodDuration"})


def to_temporal_parameters(body: Mapping[str, Any], known: Collection[str]) -> dict[str, str]:
    """The parameters that a body stands for; `known` are those that a temporal query has."""
    rest = {name: member for name, member in body.items() if name not in {"temporalQ", "aggrParams"}}
    parameters = to_parameters(rest)
    for name in parameters:
        if name not in known:
            raise BadRequestData(f"A temporal query must not hold {name!r}: it follows no links, and has no geometry")
    nested = {"temporalQ": _TEMPORAL, "aggrParams": _AGGREGATION}
    for name, names in nested.items():
        if name in body:
            parameters |= _read(body[name], name, names)
    return parameters


def _read(value: Any, name: str, known: frozenset[str]) -> dict[str, str]:
    if type(value) is not dict:
        raise BadRequestData(f"Member {name!r} must be an object, not {shown(value)}")
    parameters: dict[str, str] = {}
    for key, member in value.items():
        what = f"Member '{name}.{key}'"
        if key not in known:
            raise BadRequestData(f"{what} is not known; known are: {', '.join(sorted(known))}")
        parameters[key] = _to_text(key, member, what)
    return parameters


def _to_text(key: str, member: Any, what: str) -> str:
    if key == "lastN":
        if type(member) is not int or member <= 0:
            raise BadRequestData(f"{what} must be a whole number greater than 0, not {shown(member)}")
        return str(member)
    if key == "aggrMethods" and type(member) is list and member and all(type(part) is str for part in member):
        return ",".join(member)
    if type(member) is not str or "\0" in member:
        kind = "a text or a list of texts" if key == "aggrMethods" else "a text"
        raise BadRequestData(f"{what} must be {kind}, not {shown(member)}")
    return member
