# SPDX-License-Identifier: EUPL-1.2
"""SQL text of the tests of a filter, on an expression that gives the instances of an attribute as a JSON array.

Literal fragments and parameters only. Texts, numbers and truth values are compared by one JSON path, times and patterns
element by element; `broker.ngsi.filters.matching` says what each test means.
"""

from typing import Any, Final

import orjson

from broker.ngsi.filters.moments import FORMS, WIDTHS, Moment
from broker.ngsi.filters.tree import Compares, Equals, Fits, Scalar, Span, Test
from broker.store.parameters import Parameters

_PLAIN: Final = ("@.value", "@.vocab", "@.json", "@.valueList", "@.languageMap.*")
_LINKS: Final = ("@.object", "@.objectList.object")
# A list in a list is no element of it.
_BETWEEN: Final = '(@.type() != "array" && @ >= $low{0} && @ <= $high{0})'
_ELEMENTS: Final = (
    "jsonb_path_query(coalesce(i.v -> 'value', i.v -> 'vocab', i.v -> 'json', i.v -> 'valueList',"
    " jsonb_path_query_array(i.v, '$.languageMap.*[*]')), '$[*]') AS x(v)"
    " CROSS JOIN LATERAL (SELECT coalesce(x.v -> '@value', x.v)) AS y(v)"
    " CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(y.v) = 'string' THEN y.v #>> '{}' END COLLATE \"C\") AS t(v)"
)
_ORDERS: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


def holds(instances: str, test: Test, parameters: Parameters) -> str:
    """Whether one of the instances passes the test; NULL where there is none."""
    match test:
        case Equals(values, negated):
            return _equals(instances, values, parameters, negated=negated)
        case Compares(order, value):
            return _compares(instances, _ORDERS[order], value, parameters)
        case Fits(pattern, negated):
            fits = f"coalesce(t.v {'!~' if negated else '~'} {parameters.add(pattern)}, false)"
            return _any_of(instances, f"(SELECT bool_{'and' if negated else 'or'}({fits}) FROM {_ELEMENTS})")


def _equals(instances: str, values: tuple[Scalar | Span, ...], parameters: Parameters, *, negated: bool) -> str:
    times = [value for value in values if isinstance(_low(value), Moment)]
    path, known = _path([value for value in values if not isinstance(_low(value), Moment)])
    if not times:
        wanted = f"!({path}) || ({path}) is unknown" if negated else path
        return f"jsonb_path_exists({instances}, '$[*] ? ({wanted})', {parameters.add(known)}::jsonb)"
    found = " OR ".join(_is_time(value, parameters) for value in times)
    found = f"EXISTS (SELECT FROM {_ELEMENTS} WHERE {found})"
    if len(times) < len(values):
        found = f"({found} OR jsonb_path_exists(i.v, '$ ? ({path})', {parameters.add(known)}::jsonb))"
    return _any_of(instances, f"NOT {found}" if negated else found)


def _compares(instances: str, order: str, value: Scalar, parameters: Parameters) -> str:
    if isinstance(value, Moment):
        return _any_of(instances, f"EXISTS (SELECT FROM {_ELEMENTS} WHERE {_stands(order, value, parameters)})")
    path = " || ".join(f"{place} {order} $v" for place in _PLAIN)
    known = parameters.add(orjson.dumps({"v": value}).decode())
    return f"jsonb_path_exists({instances}, '$[*] ? ({path})', {known}::jsonb)"


def _path(values: list[Scalar | Span]) -> tuple[str, str]:
    """The JSON path predicate that an instance is one of these, and its variables."""
    known: dict[str, Any] = {"v": [value for value in values if not isinstance(value, Span)]}
    parts = [f"{place} == $v[*]" for place in (*_PLAIN, *_LINKS)] if known["v"] else []
    for number, value in enumerate(values):
        if isinstance(value, Span):
            known |= {f"low{number}": value.low, f"high{number}": value.high}
            parts += [f"exists({place} ? {_BETWEEN.format(number)})" for place in _PLAIN]
    return " || ".join(parts), orjson.dumps(known).decode()


def _is_time(value: Scalar | Span, parameters: Parameters) -> str:
    if isinstance(value, Span) and isinstance(value.low, Moment) and isinstance(value.high, Moment):
        return f"({_stands('>=', value.low, parameters)} AND {_stands('<=', value.high, parameters)})"
    return _stands("=", value, parameters) if isinstance(value, Moment) else "false"


def _stands(order: str, moment: Moment, parameters: Parameters) -> str:
    """Whether a text is a time of the moment's kind and stands in this order to it; both as keys."""
    key = "t.v"
    if moment.kind != "Date":
        point = "CASE WHEN strpos(t.v, '.') = 0 THEN '.' ELSE '' END"
        key = f"rpad(rtrim(t.v, 'Z') || {point}, {WIDTHS[moment.kind]:d}, '0')"
    return f"(t.v ~ '{FORMS[moment.kind]}' AND {key} {order} {parameters.add(moment.key)})"


def _low(value: Scalar | Span) -> Scalar:
    return value.low if isinstance(value, Span) else value


def _any_of(instances: str, condition: str) -> str:
    return f"EXISTS (SELECT FROM jsonb_array_elements({instances}) AS i(v) WHERE {condition})"
