# SPDX-License-Identifier: EUPL-1.2
"""The history of scopes: what they are from a time on, as instances of a Property (ETSI GS CIM 009, 4.5.6, 4.18)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import parse_instant, parse_scopes, shown
from broker.ngsi.entities import NULL, State
from broker.ngsi.history import SCOPE_IRI, HistoryRow
from broker.ngsi.instants import cut_instant, to_instant
from broker.ngsi.patching import next_state
from broker.ngsi.storage import freeze, thaw

_MEMBERS: Final = frozenset({"type", "value", "observedAt", "createdAt", "modifiedAt", "deletedAt", "instanceId"})


def scope_changes(before: State | None, after: State | None, now: str) -> list[HistoryRow]:
    """The row that tells that scopes have changed; what is set now was observed now (4.5.6)."""
    old = [] if before is None else before.scopes
    new = [] if after is None else after.scopes
    if old == new:
        return []
    return [_row(new, now, observed=bool(new))]


def split_scopes(body: Any) -> tuple[Any, list[HistoryRow]]:
    """The body without scopes that are told as instances, and the rows of these; one without a time stays in it."""
    told = body.get("scope") if type(body) is dict else None
    if type(told) is dict:
        told = [told]
    if type(told) is not list or not any(type(one) is dict for one in told):
        return body, []
    values = [(_value(one), one.get("observedAt")) for one in map(_checked, told)]
    if len(values) == 1 and values[0][1] is None:
        return {**body, "scope": values[0][0] or NULL}, []
    rows = {}
    for value, time in values:
        observed = cut_instant(parse_instant(time, "The observedAt of a scope, of which several are told"))
        rows[to_instant(observed)] = _row(value, observed, observed=True)
    return {name: member for name, member in body.items() if name != "scope"}, list(rows.values())


def with_told_scopes(state: State, rows: Sequence[HistoryRow], newest: datetime | None, now: str) -> State:
    """The state with the last of the scopes that are told, unless those that are known since `newest` are newer."""
    if not rows:
        return state
    last = max(rows, key=lambda row: to_instant(row.time))
    if newest is not None and to_instant(last.time) < newest:
        return state
    value = orjson.loads(last.value or "{}").get("value", [])
    return freeze(next_state(thaw(state), [], value if type(value) is list else [value], {}, now))


def _checked(instance: Any) -> dict[str, Any]:
    if type(instance) is not dict or instance.get("type", "Property") != "Property" or "value" not in instance:
        raise BadRequestData(f"An instance of 'scope' must be a Property with a 'value', not {shown(instance)}")
    if unknown := instance.keys() - _MEMBERS:
        raise BadRequestData(f"An instance of 'scope' must not hold {min(unknown)!r}; it has a value and times only")
    return instance


def _value(instance: dict[str, Any]) -> list[str]:
    """The scopes of an instance; none where it tells their deletion."""
    value = instance["value"]
    return [] if value in (NULL, []) else parse_scopes(value)


def _row(scopes: Sequence[str], time: str, *, observed: bool) -> HistoryRow:
    value = scopes[0] if len(scopes) == 1 else list(scopes)
    text = orjson.dumps({"type": "Property", "value": value}).decode()
    return HistoryRow(SCOPE_IRI, None, time, observed, not observed, None, text)
