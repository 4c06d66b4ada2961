# SPDX-License-Identifier: EUPL-1.2
"""Type selections: `,` or `|` for or, `;` for and, parentheses (ETSI GS CIM 009, 4.17)."""

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from allmende.errors import BadRequestData
from broker.ngsi.naming import Context

MAX_TYPES: Final = 100

_TOKEN: Final = re.compile(r"[(),;|]|[^(),;|]+")


@dataclass(frozen=True, slots=True)
class OneType:
    """Entities that have this type."""

    type: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Entities that at least one part selects."""

    parts: "tuple[Selection, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Entities that all parts select."""

    parts: "tuple[Selection, ...]"


Selection: TypeAlias = OneType | AnyOf | AllOf


def parse_selection(text: str, context: Context) -> Selection:
    """The selection that a text states; names become IRIs."""
    tokens = _TOKEN.findall(text)
    if sum(token not in "(),;|" for token in tokens) > MAX_TYPES:
        raise BadRequestData(f"A type selection must name at most {MAX_TYPES} types")
    if tokens.count("(") > MAX_TYPES:
        raise BadRequestData("A type selection must not be nested so deeply")
    tokens.reverse()
    selection = _parse_any(tokens, context)
    if tokens:
        raise BadRequestData(f"The type selection ends before {tokens[-1]!r}")
    return selection


def _parse_any(tokens: list[str], context: Context) -> Selection:
    parts = [_parse_all(tokens, context)]
    while tokens and tokens[-1] in ",|":
        tokens.pop()
        parts.append(_parse_all(tokens, context))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _parse_all(tokens: list[str], context: Context) -> Selection:
    parts = [_parse_one(tokens, context)]
    while tokens and tokens[-1] == ";":
        tokens.pop()
        parts.append(_parse_one(tokens, context))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _parse_one(tokens: list[str], context: Context) -> Selection:
    token = tokens.pop() if tokens else "its end"
    if token == "(":
        selection = _parse_any(tokens, context)
        if not tokens or tokens.pop() != ")":
            raise BadRequestData("The type selection lacks a closing parenthesis")
        return selection
    if token == "its end" or token in "),;|":
        raise BadRequestData(f"The type selection needs an entity type before {token}")
    return OneType(context.type_names[token.strip()])
