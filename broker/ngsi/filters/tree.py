# SPDX-License-Identifier: EUPL-1.2
"""The filter tree: conditions on an entity, whatever language they were written in.

`broker.ngsi.filters.matching` says in Python what it means, `broker.store.where_filters` says the same in SQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from broker.ngsi.filters.moments import Moment

Scalar: TypeAlias = str | int | float | bool | Moment
Order: TypeAlias = Literal["<", "<=", ">", ">="]
Member: TypeAlias = Literal["createdAt", "modifiedAt", "observedAt", "unitCode", "datasetId"]

TIMES: Final = frozenset({"createdAt", "modifiedAt", "observedAt"})
"""Members that are DateTimes."""

EVERY_LANGUAGE: Final = "*"
"""The key of all texts of a LanguageProperty."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where in an entity a value stands, which may be several places: attributes have several instances.

    `attributes` are IRIs, from the entity inwards; none: the entity itself, of which `createdAt` and `modifiedAt` are
    asked. `keys` lead into the value of the last one: members of an object, or one language of several.
    """

    attributes: tuple[str, ...]
    member: Member | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """All values between two of the same kind, both included."""

    low: Scalar
    high: Scalar


@dataclass(frozen=True, slots=True)
class Equals:
    """The value, or an element of it where it is a list, is one of these; negated: none of it is."""

    values: tuple[Scalar | Span, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compares:
    """The value, or an element of it, is of the same kind and stands in this order to another. Links have no order."""

    order: Order
    value: Scalar


@dataclass(frozen=True, slots=True)
class Fits:
    """A text, or an element that is one, holds what a checked pattern describes; negated: texts only, and none does."""

    pattern: str
    negated: bool = False


Test: TypeAlias = Equals | Compares | Fits


@dataclass(frozen=True, slots=True)
class Exists:
    """There is something at the path."""

    path: Path


@dataclass(frozen=True, slots=True)
class Holds:
    """At one of the places of the path there is something that passes the test."""

    path: Path
    test: Test


@dataclass(frozen=True, slots=True)
class Linked:
    """The part holds for an entity that a Relationship, an IRI, leads to; with `types` for one of these."""

    relationship: str
    types: tuple[str, ...]
    part: "Filter"


@dataclass(frozen=True, slots=True)
class InScope:
    """A scope of the entity has these levels, `+` being any one; `below`: or lies below such a scope."""

    levels: tuple[str, ...]
    below: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: "tuple[Filter, ...]"


Filter: TypeAlias = Exists | Holds | Linked | InScope | Not | And | Or


def paths_of(condition: Filter) -> Iterator[Path]:
    """The paths that a filter names in the entity itself."""
    match condition:
        case Exists(path) | Holds(path, _):
            yield path
        case Linked(relationship):
            yield Path((relationship,))
        case Not(part):
            yield from paths_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from paths_of(part)


def names_attribute(condition: Filter) -> bool:
    """Whether a filter asks for an attribute, and not for the entity's own times alone."""
    return any(path.attributes for path in paths_of(condition))


def depth_of(condition: Filter) -> int:
    """How many links a filter follows, one after the other."""
    match condition:
        case Linked(_, _, part):
            return 1 + depth_of(part)
        case Not(part):
            return depth_of(part)
        case And(parts) | Or(parts):
            return max(map(depth_of, parts), default=0)
        case _:
            return 0
