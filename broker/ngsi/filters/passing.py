# SPDX-License-Identifier: EUPL-1.2
"""Whether what stands at a place passes a test."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from broker.ngsi.filters.moments import Moment, to_moment
from broker.ngsi.filters.places import Place
from broker.ngsi.filters.tree import Compares, Equals, Fits, Order, Scalar, Span, Test
from broker.ngsi.patterns import compile_pattern

_ORDERS: Final[dict[Order, Callable[[Any, Any], Any]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_TIMED: Final = frozenset({"value", "json", "valueList"})
"""Members that may hold times."""

_EXACT: Final = 2**53


def passes(test: Test, place: Place) -> bool:
    """Whether one of the elements at a place is what the test asks for; negated, whether none is."""
    match test:
        case Equals(values, negated):
            return any(_is_one(element, values, place) for element in place.elements) != negated
        case Compares(order, value):
            return any(_stands(element, ((order, value),), place) for element in place.elements)
        case Fits(pattern, negated):
            return not place.linked and _fits(place.elements, pattern, negated=negated)


def _is_one(element: Any, values: tuple[Scalar | Span, ...], place: Place) -> bool:
    for value in values:
        if isinstance(value, Span):
            found = _stands(element, ((">=", value.low), ("<=", value.high)), place)
        elif isinstance(value, Moment):
            found = value in _moments(element, place)
        else:
            found = _kind(element) == _kind(value) and _compares(eq, element, value)
        if found:
            return True
    return False


def _stands(element: Any, bounds: tuple[tuple[Order, Scalar], ...], place: Place) -> bool:
    """Whether an element, or a time that it holds, is within bounds, which are of one kind."""
    first = bounds[0][1]
    if isinstance(first, Moment):
        keys = [moment.key for moment in _moments(element, place) if moment.kind == first.kind]
        return any(all(_ORDERS[order](key, _key(value)) for order, value in bounds) for key in keys)
    if place.linked or _kind(element) != _kind(first):
        return False
    return all(_compares(_ORDERS[order], element, value) for order, value in bounds)


def _fits(elements: Sequence[Any], pattern: str, *, negated: bool) -> bool:
    search = compile_pattern(pattern).search
    if negated:
        return bool(elements) and all(type(element) is str and not search(element) for element in elements)
    return any(type(element) is str and search(element) for element in elements)


def _moments(element: Any, place: Place) -> list[Moment]:
    """The times that an element may be read as: its text, or that of a JSON-LD value `{"@value": "…"}`."""
    if place.member not in _TIMED:
        return []
    texts = [element]
    if type(element) is dict and place.member == "value":
        typed = element.get("@value")
        texts = typed if type(typed) is list else [typed]
    return [moment for text in texts if type(text) is str for moment in [to_moment(text)] if moment is not None]


def _key(value: Scalar) -> str:
    return value.key if isinstance(value, Moment) else ""


def _kind(value: Any) -> type | None:
    """What may be compared: texts, numbers, and truth values."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    return str if isinstance(value, str) else None


def _compares(operator: Callable[[Any, Any], Any], one: Any, other: Any) -> bool:
    """Compare two values of a kind as they are written: beyond 2^53 a float stands for the decimal that it is written as."""
    if type(one) is type(other) or isinstance(one, str) or -_EXACT <= one <= _EXACT:
        return bool(operator(one, other))
    return bool(operator(Decimal(repr(one)), Decimal(repr(other))))
