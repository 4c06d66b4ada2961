# SPDX-License-Identifier: EUPL-1.2
"""The scope query language (ETSI GS CIM 009, 4.19): `/A/B`, `/A/+/C`, `/A/#`, `/#`; `;` and, `,` or `|` or."""

import re
from typing import Final

from broker.ngsi.filters.lexing import Cursor
from broker.ngsi.filters.tree import And, Filter, InScope, Or

MAX_SCOPES: Final = 100
MAX_DEPTH: Final = 20

_LEVEL: Final = re.compile(r"\+|[^\W\d_]\w*")


def parse_scope_q(text: str) -> Filter:
    """The filter that a text states."""
    cursor = Cursor(text, "scopeQ")
    condition = _read_any(cursor, 0)
    if cursor.rest:
        raise cursor.expected("one of / ; , | or the end")
    return condition


def _read_any(cursor: Cursor, depth: int) -> Filter:
    parts = [_read_all(cursor, depth)]
    while cursor.skip(",") or cursor.skip("|"):
        parts.append(_read_all(cursor, depth))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _read_all(cursor: Cursor, depth: int) -> Filter:
    parts = [_read_one(cursor, depth)]
    while cursor.skip(";"):
        parts.append(_read_one(cursor, depth))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _read_one(cursor: Cursor, depth: int) -> Filter:
    if not cursor.skip("("):
        return _read_scope(cursor)
    if depth == MAX_DEPTH:
        raise cursor.wrong(f"parentheses must not be nested deeper than {MAX_DEPTH}")
    condition = _read_any(cursor, depth + 1)
    if not cursor.skip(")"):
        raise cursor.expected("one of / ; , | )")
    return condition


def _read_scope(cursor: Cursor) -> InScope:
    cursor.terms += 1
    if cursor.terms > MAX_SCOPES:
        raise cursor.wrong(f"a query must name at most {MAX_SCOPES} scopes")
    if cursor.skip("/#"):
        return InScope((), below=True)
    cursor.skip("/")
    levels: list[str] = []
    while True:
        level = cursor.take(_LEVEL)
        if level is None:
            raise cursor.expected("a scope's level such as Nord, + or (at the end) #")
        levels.append(level)
        if cursor.skip("/#"):
            return InScope(tuple(levels), below=True)
        if not cursor.skip("/"):
            return InScope(tuple(levels))
