# SPDX-License-Identifier: EUPL-1.2
"""Whether an entity is what a filter asks for (ETSI GS CIM 009, 4.9, 4.19); `broker.store.where_filters` agrees."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
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
    Path,
    Scalar,
    Span,
    Test,
)
from broker.ngsi.patterns import compile_pattern

Find: TypeAlias = Callable[[str], State | None]
"""The entity of an id, as far as the caller may see it."""

_ORDERS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}
_LINKS: Final = frozenset({"Relationship", "ListRelationship"})
_EXACT: Final = 2**53


class _Place(NamedTuple):
    """What stands at one place of a path: one value, or the elements of a list; `linked` where they are links."""

    elements: Sequence[Any]
    linked: bool = False


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
    return _Place(value if type(value) is list else [value], instance["type"] in _LINKS)


def _texts(texts: dict[str, Any], keys: tuple[str, ...]) -> _Place | None:
    """The texts of a language; without one, of all."""
    found = list(texts.values()) if keys in {(), (EVERY_LANGUAGE,)} else [texts[key] for key in keys if key in texts]
    if len(keys) > 1 or not found:
        return None
    return _Place([text for entry in found for text in (entry if type(entry) is list else [entry])])


def _passes(test: Test, place: _Place) -> bool:
    match test:
        case Equals(values, negated):
            found = any(_is_one(element, values, place) for element in place.elements)
            return found != negated
        case Compares(order, value):
            return not place.linked and any(_stands(element, order, value) for element in place.elements)
        case Fits(pattern, negated):
            return not place.linked and _fits(place.elements, pattern, negated=negated)


def _is_one(element: Any, values: tuple[Scalar | Span, ...], place: _Place) -> bool:
    for value in values:
        if isinstance(value, Span):
            found = not place.linked and _stands(element, ">=", value.low) and _stands(element, "<=", value.high)
        elif isinstance(value, Moment):
            found = _to_moment(element) == value
        else:
            found = _kind(element) == _kind(value) and _equal(element, value)
        if found:
            return True
    return False


def _stands(element: Any, order: str, value: Scalar) -> bool:
    compare = _ORDERS[order]
    if isinstance(value, Moment):
        moment = _to_moment(element)
        return moment is not None and moment.kind == value.kind and bool(compare(moment.key, value.key))
    return _kind(element) == _kind(value) and bool(compare(*_alike(element, value)))


def _equal(element: Any, value: Any) -> bool:
    one, other = _alike(element, value)
    return bool(one == other)


def _fits(elements: Sequence[Any], pattern: str, *, negated: bool) -> bool:
    search = compile_pattern(pattern).search
    texts = [_text(element) for element in elements]
    if negated:
        return bool(texts) and all(text is not None and not search(text) for text in texts)
    return any(text is not None and search(text) for text in texts)


def _to_moment(element: Any) -> Moment | None:
    text = _text(element)
    return None if text is None else to_moment(text)


def _text(element: Any) -> str | None:
    """An element that is a text; also of a JSON-LD value, `{"@type": "DateTime", "@value": "…"}`."""
    if type(element) is dict:
        element = element.get("@value")
    return element if type(element) is str else None


def _kind(value: Any) -> type | None:
    """What may be compared: texts, numbers, and truth values."""
    if isinstance(value, bool):
        return bool
    if isinstance(value, int | float):
        return float
    return str if isinstance(value, str) else None


def _alike(one: Any, other: Any) -> tuple[Any, Any]:
    """Two values of a kind as they are written: beyond 2^53 a float stands for the decimal that it is written as."""
    if type(one) is type(other) or isinstance(one, str) or -_EXACT <= one <= _EXACT:
        return one, other
    return Decimal(repr(one)), Decimal(repr(other))
