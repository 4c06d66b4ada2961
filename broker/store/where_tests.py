# SPDX-License-Identifier: EUPL-1.2
"""SQL text of the tests of a filter, on an expression that gives instances of an attribute as a JSON array.

Literal fragments and parameters only: a JSON path compares, whose variables are one parameter. Patterns are tried element
by element. `broker.ngsi.filters.matching` says what each test means.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from broker.ngsi.filters.moments import FORMS, Moment
from broker.ngsi.filters.tree import Compares, Fits, Order, Scalar, Span, Test
from broker.store.parameters import Parameters
from broker.store.where_moments import to_spellings

_NUMBERS: Final = ("@.value", "@.json", "@.valueList")
_TEXTS: Final = (*_NUMBERS, "@.vocab", "@.languageMap.*")
_MOMENTS: Final = (*_NUMBERS, '@.value."@value"')
_LINKS: Final = ("@.object", "@.objectList.object")
MEMBERS: Final = {"observedAt": ("@.observedAt",), "unitCode": ("@.unitCode",), "datasetId": ("@.datasetId",)}
"""Where members stand that are their instance's own in any case."""

# By the order: texts of a time's form as compared with its spellings.
_TIMES: Final[dict[Order, str]] = {
    "<": "(@ < $p{0} || @ == $e{0}[*])",
    "<=": "(@ < $p{0} || @ == $e{0}[*] || @ == $s{0}[*])",
    ">": "(@ >= $p{0} && !(@ == $e{0}[*] || @ == $s{0}[*]))",
    ">=": "(@ >= $p{0} && !(@ == $e{0}[*]))",
}
# A list in a list is no element of it.
_ORDERS: Final[dict[Order, str]] = {
    "<": '(@.type() != "array" && @ < $v{0})',
    "<=": '(@.type() != "array" && @ <= $v{0})',
    ">": '(@.type() != "array" && @ > $v{0})',
    ">=": '(@.type() != "array" && @ >= $v{0})',
}
_ELEMENTS: Final = (
    "jsonb_path_query(coalesce(i.v -> 'value', i.v -> 'vocab', i.v -> 'json', i.v -> 'valueList',"
    " jsonb_path_query_array(i.v, '$.languageMap.*[*]')), '$[*]') AS x(v)"
)


def holds(instances: str, member: str | None, test: Test, parameters: Parameters) -> str:
    """Whether one of the instances passes the test by its value, or by a member; NULL where there are none."""
    if isinstance(test, Fits):
        return _fits(instances, test, parameters)
    known: dict[str, Any] = {}
    if isinstance(test, Compares):
        path = _is_between(member, [(test.order, test.value)], known)
    else:
        path = _is_one_of(member, test.values, known)
        if test.negated:
            there = f"exists({MEMBERS[member][0]}) && " if member else ""
            path = f"{there}(!({path}) || ({path}) is unknown)"
    return f"jsonb_path_exists({instances}, '$[*] ? ({path})', {parameters.add(orjson.dumps(known).decode())}::jsonb)"


def _is_one_of(member: str | None, values: Sequence[Scalar | Span], known: dict[str, Any]) -> str:
    texts: list[Any] = [value for value in values if isinstance(value, str)]
    moments = [text for value in values if isinstance(value, Moment) for text in to_spellings(value).same]
    numbers = [value for value in values if isinstance(value, int | float)]
    groups = (
        ("t", texts, MEMBERS[member] if member else (*_TEXTS, *_LINKS)),
        ("m", moments, MEMBERS[member] if member else _MOMENTS),
        ("n", numbers, MEMBERS[member] if member else _NUMBERS),
    )
    parts: list[str] = []
    for name, group, places in groups:
        if group:
            known[name] = group
            parts += [f"{place} == ${name}[*]" for place in places]
    for value in values:
        if isinstance(value, Span):
            parts.append(_is_between(member, [(">=", value.low), ("<=", value.high)], known))
    return " || ".join(parts)


def _is_between(member: str | None, bounds: Sequence[tuple[Order, Scalar]], known: dict[str, Any]) -> str:
    """The predicate that an instance holds something within bounds, which are of one kind."""
    conditions: list[str] = []
    places: Sequence[str] = _TEXTS
    form = ""
    for order, value in bounds:
        number = len(known)
        if isinstance(value, Moment):
            pivot, earlier, same = to_spellings(value)
            known |= {f"p{number}": pivot, f"e{number}": earlier, f"s{number}": same}
            conditions.append(_TIMES[order].format(number))
            places, form = _MOMENTS, f'@ like_regex "{FORMS[value.kind]}" && '
        else:
            known[f"v{number}"] = value
            conditions.append(_ORDERS[order].format(number))
            places = _TEXTS if isinstance(value, str) else _NUMBERS
    condition = form + " && ".join(conditions)
    return " || ".join(f"exists({place} ? ({condition}))" for place in (MEMBERS[member] if member else places))


def _fits(instances: str, test: Fits, parameters: Parameters) -> str:
    """No JSON path has a pattern as a variable."""
    text = "CASE WHEN jsonb_typeof(x.v) = 'string' THEN x.v #>> '{}' END COLLATE \"C\""
    found = f"coalesce({text} {'!~' if test.negated else '~'} {parameters.add(test.pattern)}, false)"
    every = f"(SELECT bool_{'and' if test.negated else 'or'}({found}) FROM {_ELEMENTS})"
    return f"EXISTS (SELECT FROM jsonb_array_elements({instances}) AS i(v) WHERE {every})"
