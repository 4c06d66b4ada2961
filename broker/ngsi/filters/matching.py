# SPDX-License-Identifier: EUPL-1.2
"""Whether an entity is what a filter asks for (ETSI GS CIM 009, 4.9, 4.19); `broker.store.where_filters` agrees."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Any, Final, NamedTuple, TypeAlias

from broker.ngsi.entities import VALUE_MEMBERS, Instance, State
from broker.ngsi.filters.moments import Moment, to_moment
from broker.ngsi.filters.tree import (
    EVERY_LANGUAGE,
    And,
    Compares,
    Equals,
    Exists,
    Filter,
    Fits,
    Holds,
    InScope,
    Linked,
    Not,
    Or,
    Order,
    Path,
    Scalar,
    Span,
    Test,
)
from broker.ngsi.patterns import compile_pattern

Find: TypeAlias = Callable[[str], State | None]
"""The entity of an id, as far as the caller may see it."""

_ORDERS: Final[dict[Order, Callable[[Any, Any], Any]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_TIMED: Final = frozenset({"value", "json", "valueList"})
"""Members that may hold times."""

_EXACT: Final = 2**53


class _Place(NamedTuple):
    """What stands at one place of a path: one value, or the elements of a list, and the member that holds it."""

    elements: Sequence[Any]
    member: str = "value"

    @property
    def linked(self) -> bool:
        """Whether the elements lead to other entities; links have no order."""
        return self.member in {"object", "objectList"}


def matches(condition: Filter, state: State, find: Find = lambda _id: None) -> bool:
    """Whether the condition holds for an entity as it is stored; `find` is asked where links are followed."""
    match condition:
        case And(parts):
            return all(matches(part, state, find) for part in parts)
        case Or(parts):
            return any(matches(part, state, find) for part in parts)
        case Not(part):
            return not matches(part, state, find)
        case _:
            return _matches_one(condition, state, find)


def _matches_one(condition: Exists | Holds | Linked | InScope, state: State, find: Find) -> bool:
    match condition:
        case Exists(path):
            return any(True for _ in _places(state, path))
        case Holds(path, test):
            return any(_passes(test, place) for place in _places(state, path))
        case Linked():
            return any(_matches_linked(condition, other, find) for other in _linked(condition, state, find))
        case InScope(levels, below):
            return any(_lies_in(scope, levels, below=below) for scope in state.scopes)


def _linked(condition: Linked, state: State, find: Find) -> Iterator[State]:
    for place in _places(state, Path((condition.relationship,))):
        for uri in place.elements if place.linked else ():
            other = find(uri)
            if other is not None:
                yield other


def _matches_linked(condition: Linked, other: State, find: Find) -> bool:
    is_of_type = not condition.types or not set(condition.types).isdisjoint(other.types)
    return is_of_type and matches(condition.part, other, find)


def _lies_in(scope: str, levels: tuple[str, ...], *, below: bool) -> bool:
    found = scope.removeprefix("/").split("/")
    if len(found) < len(levels) or (len(found) > len(levels) and not below):
        return False
    return all(level in {"+", name} for level, name in zip(levels, found, strict=False))


def _places(state: State, path: Path) -> Iterator[_Place]:
    times = {"createdAt": state.created_at, "modifiedAt": state.modified_at}
    if not path.attributes:
        yield _Place([times[path.member or "modifiedAt"]])
        return
    instances: Sequence[Instance] = state.attributes.get(path.attributes[0], ())
    for name in path.attributes[1:]:
        times = {}
        instances = [inner for instance in instances for inner in instance.get(name, ())]
    for instance in instances:
        place = _place(instance, path, times)
        if place is not None:
            yield place


def _place(instance: Instance, path: Path, times: dict[str, str]) -> _Place | None:
    if path.member is not None:
        value = instance.get(path.member, times.get(path.member))
        return None if value is None else _Place([value])
    member = VALUE_MEMBERS[instance["type"]]
    value = instance[member]
    if member == "languageMap":
        return _texts(value, path.keys)
    if path.keys == (EVERY_LANGUAGE,):
        return None
    for key in path.keys:
        if type(value) is not dict or key not in value or member not in {"value", "json"}:
            return None
        value = value[key]
    if member == "objectList":
        value = [entry["object"] for entry in value]
    return _Place(value if type(value) is list else [value], "value" if path.keys else member)


def _texts(texts: dict[str, Any], keys: tuple[str, ...]) -> _Place | None:
    """The texts of a language; without one, of all."""
    found = list(texts.values()) if keys in {(), (EVERY_LANGUAGE,)} else [texts[key] for key in keys if key in texts]
    if len(keys) > 1 or not found:
        return None
    elements = [text for entry in found for text in (entry if type(entry) is list else [entry])]
    return _Place(elements, "value" if keys else "languageMap")


def _passes(test: Test, place: _Place) -> bool:
    match test:
        case Equals(values, negated):
            return any(_is_one(element, values, place) for element in place.elements) != negated
        case Compares(order, value):
            return any(_stands(element, ((order, value),), place) for element in place.elements)
        case Fits(pattern, negated):
            return not place.linked and _fits(place.elements, pattern, negated=negated)


def _is_one(element: Any, values: tuple[Scalar | Span, ...], place: _Place) -> bool:
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


def _stands(element: Any, bounds: tuple[tuple[Order, Scalar], ...], place: _Place) -> bool:
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


def _moments(element: Any, place: _Place) -> list[Moment]:
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
