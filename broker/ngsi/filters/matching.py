# SPDX-License-Identifier: EUPL-1.2
"""Whether an entity is what a filter asks for (ETSI GS CIM 009, 4.9, 4.19); `broker.store.where_filters` agrees."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from broker.ngsi.entities import State
from broker.ngsi.filters.passing import passes
from broker.ngsi.filters.places import places_of
from broker.ngsi.filters.tree import And, Exists, Filter, Holds, InScope, Linked, Not, Or, Path

Find: TypeAlias = Callable[[str], State | None]
"""The entity of an id, as far as the caller may see it."""


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
            return any(True for _ in places_of(state, path))
        case Holds(path, test):
            return any(passes(test, place) for place in places_of(state, path))
        case Linked():
            return any(_matches_linked(condition, other, find) for other in _linked(condition, state, find))
        case InScope(levels, below):
            return any(_lies_in(scope, levels, below=below) for scope in state.scopes)


def _linked(condition: Linked, state: State, find: Find) -> Iterator[State]:
    for place in places_of(state, Path((condition.relationship,))):
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
