# SPDX-License-Identifier: EUPL-1.2
"""Type selections: `,` or `|` for or, `;` for and, parentheses (ETSI GS CIM 009, 4.17)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import MAX_URI_BYTES
from broker.ngsi.naming import Context

MAX_TYPES: Final = 100

_LONGEST: Final = MAX_TYPES * (MAX_URI_BYTES + 10)
"""Characters of a selection that names as many types as it may, each with what stands between it and the next."""

_WORD: Final = re.compile(r"[(),;|]|[^(),;|]+")


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
    words = _WORD.findall(text[:_LONGEST])
    if len(text) > _LONGEST or sum(word not in "(),;|" for word in words) > MAX_TYPES:
        raise BadRequestData(f"A type selection must name at most {MAX_TYPES} types")
    if words.count("(") > MAX_TYPES:
        raise BadRequestData("A type selection must not be nested so deeply")
    words.reverse()
    selection = _parse_any(words, context)
    if words:
        raise BadRequestData(f"The type selection ends before {words[-1]!r}")
    return selection


def selects(selection: Selection, types: Collection[str]) -> bool:
    """Whether an entity of these types is selected."""
    if isinstance(selection, OneType):
        return selection.type in types
    found = (selects(part, types) for part in selection.parts)
    return any(found) if isinstance(selection, AnyOf) else all(found)


def _parse_any(words: list[str], context: Context) -> Selection:
    parts = [_parse_all(words, context)]
    while words and words[-1] in ",|":
        words.pop()
        parts.append(_parse_all(words, context))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _parse_all(words: list[str], context: Context) -> Selection:
    parts = [_parse_one(words, context)]
    while words and words[-1] == ";":
        words.pop()
        parts.append(_parse_one(words, context))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _parse_one(words: list[str], context: Context) -> Selection:
    word = words.pop() if words else "its end"
    if word == "(":
        selection = _parse_any(words, context)
        if not words or words.pop() != ")":
            raise BadRequestData("The type selection lacks a closing parenthesis")
        return selection
    if word == "its end" or word in "),;|":
        raise BadRequestData(f"The type selection needs an entity type before {word}")
    return OneType(context.type_names[word.strip()])
