# SPDX-License-Identifier: EUPL-1.2
"""SQL text for the order of a query: as in `where`, out of literal fragments and parameters.

Values of several kinds are ordered by kind, what is missing comes last either way (ETSI GS CIM 009, 4.23.2).
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, Protocol

from auth.policy import Visible
from broker.ngsi.orderings import TIMES, Term

_CORE: Final = {
    "id": "w.id",
    "type": 'e.types[1] COLLATE "C"',
    "scope": 'e.scopes[1] COLLATE "C"',
    "createdAt": "e.created_at",
    "modifiedAt": "e.modified_at",
}
_SYSTEM: Final = {"createdAt": "e.created_at", "modifiedAt": "e.modified_at"}
_VALUES: Final = ("value", "object", "vocab", "json", "languageMap", "valueList", "objectList")


class Placeholders(Protocol):
    """Takes the values of a statement."""

    def add(self, value: object) -> str:
        """The placeholder of a value."""


class Order(NamedTuple):
    """What follows a statement's tables, and its ORDER BY without the id, which always decides last."""

    joins: str
    keys: str


class Key(NamedTuple):
    """A column by which rows are ordered outside PostgreSQL: ranks, texts of a language, or places as GeoJSON."""

    kind: Literal["rank", "text", "place"]
    term: Term


def keys_of(terms: Sequence[Term], visible: Visible, parameters: Placeholders) -> tuple[str, list[str], list[Key]]:
    """What follows a statement's tables, the columns of all terms and what they are; the first one counts most.

    What PostgreSQL can order is a rank already.
    """
    joins, columns, keys = "", [], []
    for position, term in enumerate(terms):
        if not all(map(visible.sees_attribute, term.path)):
            continue
        if not term.is_outside:
            order = order_of([term], visible, parameters, first=position)
            joins += order.joins
            columns.append(_rank(order.keys))
            keys.append(Key("rank", term))
            continue
        name, direction = f"o{position:d}", "DESC" if term.descending else "ASC"
        joins += _laterals(term, name, parameters)
        if term.reference:
            place = f"{name}i.instance"
            columns.append(f"CASE WHEN {place} ->> 'type' = 'GeoProperty' THEN ({place} -> 'value')::text END")
            keys.append(Key("place", term))
        columns.append(_rank(_kinds(name, direction)))
        keys.append(Key("rank", term))
        columns.append(f"({_text(name)})" if term.collation else _rank(f'({_text(name)}) COLLATE "C" {direction}, '))
        keys.append(Key("text" if term.collation else "rank", term))
    return joins, columns, keys


def _rank(keys: str) -> str:
    return f"dense_rank() OVER (ORDER BY {keys.removesuffix(', ')})"


def order_of(terms: Sequence[Term], visible: Visible, parameters: Placeholders, *, first: int = 0) -> Order:
    """The order that terms ask for, numbered from `first`; attributes that may not be seen order nothing."""
    joins, keys = "", ""
    for position, term in enumerate(terms, first):
        if not all(map(visible.sees_attribute, term.path)):
            continue
        direction = "DESC" if term.descending else "ASC"
        if term.core:
            keys += f"{_CORE[term.core]} {direction} NULLS LAST, "
            continue
        name = f"o{position:d}"
        joins += _laterals(term, name, parameters)
        if term.origin is not None:
            distance = _distance(f"{name}i.instance", *map(parameters.add, term.origin))
            joins += f" CROSS JOIN LATERAL (SELECT {distance} AS angle) AS {name}d"
            keys += f"{name}d.angle {direction} NULLS LAST, "
        keys += _keys(name, direction) if not term.member else f"{name}.value {direction} NULLS LAST, "
    return Order(joins, keys)


def _laterals(term: Term, name: str, parameters: Placeholders) -> str:
    """The instance of a term and its value."""
    instance = (
        f" CROSS JOIN LATERAL (SELECT e.document #> {parameters.add(_steps(term))}::text[] AS instance) AS {name}i"
    )
    value = f" CROSS JOIN LATERAL (SELECT {_value(term, f'{name}i.instance', parameters)} AS value) AS {name}"
    return instance + value


def _steps(term: Term) -> list[str]:
    """The way to the default instance, else the first one, of an attribute."""
    return [step for name in term.path for step in (name, "0")]


def _value(term: Term, instance: str, parameters: Placeholders) -> str:
    if not term.member:
        value = f"coalesce({', '.join(f'{instance} -> {name!r}' for name in _VALUES)})"
        return f"{value} #> {parameters.add(list(term.inside))}::text[]" if term.inside else value
    stored = f"{instance} ->> '{term.member}'"
    if term.member not in TIMES:
        return f'({stored}) COLLATE "C"'
    if term.member not in _SYSTEM:
        return f"({stored})::timestamptz"
    # A time that equals the entity's is not stored again.
    return f"coalesce(({stored})::timestamptz, CASE WHEN {instance} IS NOT NULL THEN {_SYSTEM[term.member]} END)"


def _distance(instance: str, longitude: str, latitude: str) -> str:
    """The angle between an origin and a place by the haversine formula, NULL where there is none (4.23.1).

    Of a shape the nearest corner counts.
    """
    x, y = f"({longitude}::float8)", f"({latitude}::float8)"
    across = f"power(sin(radians((c.position ->> 0)::float8 - {x}) / 2), 2)"
    along = f"power(sin(radians((c.position ->> 1)::float8 - {y}) / 2), 2)"
    square = f"{along} + cos(radians({y})) * cos(radians((c.position ->> 1)::float8)) * {across}"
    positions = 'strict $.** ? (@.type() == "array" && @[0].type() == "number")'
    return (
        f"CASE WHEN {instance} ->> 'type' = 'GeoProperty' THEN (SELECT min(asin(sqrt(least(1, {square}))))"
        f" FROM jsonb_path_query({instance} #> '{{value,coordinates}}', '{positions}') AS c(position)) END"
    )


def _keys(name: str, direction: str) -> str:
    return f'{_kinds(name, direction)}({_text(name)}) COLLATE "C" {direction}, '


def _kinds(name: str, direction: str) -> str:
    """Kinds, and numbers within theirs."""
    value = f"{name}.value"
    kind = f"coalesce(jsonb_typeof({value}), 'null')"
    rank = (
        f"CASE WHEN {_is_time(name)} THEN 5 ELSE"
        f" array_position('{{number,string,object,array,boolean}}'::text[], {kind}) - 1 END"
    )
    return f"{kind} = 'null', {rank} {direction}, CASE WHEN {kind} = 'number' THEN ({value})::numeric END {direction}, "


def _text(name: str) -> str:
    value = f"{name}.value"
    kind = f"coalesce(jsonb_typeof({value}), 'null')"
    return f"CASE WHEN {_is_time(name)} THEN {value} ->> '@value' WHEN {kind} <> 'number' THEN {value} #>> '{{}}' END"


def _is_time(name: str) -> str:
    return f"jsonb_typeof({name}.value) = 'object' AND {name}.value ? '@value'"
