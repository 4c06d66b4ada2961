# SPDX-License-Identifier: EUPL-1.2
"""The query language of the parameter `q` (ETSI GS CIM 009, 4.9): `;` and, `|` or, parentheses, terms."""

import re
from collections.abc import Collection
from typing import Final

from broker.ngsi.filters.lexing import Cursor
from broker.ngsi.filters.literals import read_test
from broker.ngsi.filters.paths import Link, read_path
from broker.ngsi.filters.tree import And, Exists, Filter, Holds, Linked, Not, Or, Path
from broker.ngsi.naming import Context

MAX_TERMS: Final = 100
MAX_DEPTH: Final = 20

_OPERATOR: Final = re.compile(r"==|!=|!~=|~=|>=|>|<=|<")


def parse_q(text: str, context: Context, *, parameter: str = "q", expanded: Collection[str] = ()) -> Filter:
    """The filter that a text states; names become IRIs, as do values of the attributes `expanded`, which are IRIs."""
    cursor = Cursor(text, parameter)
    condition = _read_any(cursor, context, expanded, 0)
    if cursor.rest:
        raise cursor.expected("an operator such as ==, or ; or | or the end")
    return condition


def _read_any(cursor: Cursor, context: Context, expanded: Collection[str], depth: int) -> Filter:
    parts = [_read_all(cursor, context, expanded, depth)]
    while cursor.skip("|"):
        parts.append(_read_all(cursor, context, expanded, depth))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _read_all(cursor: Cursor, context: Context, expanded: Collection[str], depth: int) -> Filter:
    parts = [_read_term(cursor, context, expanded, depth)]
    while cursor.skip(";"):
        parts.append(_read_term(cursor, context, expanded, depth))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _read_term(cursor: Cursor, context: Context, expanded: Collection[str], depth: int) -> Filter:
    if cursor.skip("("):
        if depth == MAX_DEPTH:
            raise cursor.wrong(f"parentheses must not be nested deeper than {MAX_DEPTH}")
        condition = _read_any(cursor, context, expanded, depth + 1)
        if not cursor.skip(")"):
            raise cursor.expected("an operator such as ==, or ; or | or )")
        return condition
    cursor.terms += 1
    if cursor.terms > MAX_TERMS:
        raise cursor.wrong(f"a query must have at most {MAX_TERMS} terms")
    if cursor.skip("!"):
        links, path = read_path(cursor, context)
        return Not(_follow(links, Exists(path)))
    links, path = read_path(cursor, context)
    return _follow(links, _read_comparison(cursor, context, expanded, links, path))


def _read_comparison(
    cursor: Cursor, context: Context, expanded: Collection[str], links: list[Link], path: Path
) -> Filter:
    operator = cursor.take(_OPERATOR)
    if operator is None:
        return Exists(path)
    top = links[0].relationship if links else path.attributes[0] if path.attributes else ""
    return Holds(path, read_test(cursor, operator, path, context if top in expanded else None))


def _follow(links: list[Link], condition: Filter) -> Filter:
    for link in reversed(links):
        condition = Linked(link.relationship, link.types, condition)
    return condition
