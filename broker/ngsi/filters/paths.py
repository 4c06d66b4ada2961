# SPDX-License-Identifier: EUPL-1.2
"""Attribute paths of the query language: `a.b`, `a.observedAt`, `a[key.key]`, `a[en]`, `a{Type:b}` (4.9)."""

import re
from typing import Final, NamedTuple, cast, get_args

from allmende.errors import BadRequestData
from broker.ngsi.filters.lexing import Cursor
from broker.ngsi.filters.tree import EVERY_LANGUAGE, Member, Path
from broker.ngsi.naming import AttributeNames, Context, TypeNames

MAX_NAMES: Final = 20
MAX_LINKS: Final = 10

_SIMPLE: Final = r"[^\W\d_]\w*"
_NAME: Final = re.compile(rf"https?://[^\s=!<>~;|()\[\]{{}}\"]+|{_SIMPLE}(?::{_SIMPLE})?")
_TYPES: Final = re.compile(rf"{_SIMPLE}(?:,{_SIMPLE})*:")
_KEY: Final = re.compile(r"[^\s.\[\]\"\x00]+")
_MEMBERS: Final = frozenset(get_args(Member))
_OF_ENTITIES: Final = frozenset({"createdAt", "modifiedAt"})
_PARAMETERS: Final = {"id": "id", "type": "type", "scope": "scopeQ"}


class Link(NamedTuple):
    """A Relationship that is followed, an IRI, and the types of the entities that count; none: any."""

    relationship: str
    types: tuple[str, ...]


def read_path(cursor: Cursor, context: Context) -> tuple[list[Link], Path]:
    """The links that lead to another entity, and the path in the entity where they end."""
    links: list[Link] = []
    path = _read_dotted(cursor, context)
    while cursor.skip("{"):
        if len(links) == MAX_LINKS or len(path.attributes) != 1 or path.member or path.keys:
            raise cursor.wrong(f"a link must be one Relationship, and at most {MAX_LINKS} follow each other")
        types = cursor.take(_TYPES) or ""
        names = [name for name in types.rstrip(":").split(",") if name]
        links.append(Link(path.attributes[0], tuple(_expand(cursor, context.type_names, name) for name in names)))
        path = _read_dotted(cursor, context)
    for _ in links:
        if not cursor.skip("}"):
            raise cursor.expected("}")
    return links, path


def _read_dotted(cursor: Cursor, context: Context) -> Path:
    attributes: list[str] = []
    while True:
        start = cursor.at
        name = cursor.take(_NAME)
        if name is None:
            raise cursor.expected("the name of an attribute")
        if name in (_MEMBERS if attributes else _OF_ENTITIES):
            return Path(tuple(attributes), cast("Member", name))
        if name in _PARAMETERS:
            raise cursor.wrong(f"{name!r} is no attribute; ask for it by parameter {_PARAMETERS[name]!r}", at=start)
        attributes.append(_expand(cursor, context.attribute_names, name, at=start))
        if len(attributes) > MAX_NAMES:
            raise cursor.wrong(f"a path must have at most {MAX_NAMES} names")
        if not cursor.skip("."):
            return Path(tuple(attributes), None, _read_keys(cursor))


def _read_keys(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.skip("["):
        return ()
    if cursor.skip(f"{EVERY_LANGUAGE}]"):
        return (EVERY_LANGUAGE,)
    keys: list[str] = []
    while not keys or cursor.skip("."):
        key = cursor.take(_KEY)
        if key is None:
            raise cursor.expected("a key such as city, a language such as en, or *")
        keys.append(key)
    if not cursor.skip("]"):
        raise cursor.expected("a dot or ]")
    if len(keys) > MAX_NAMES:
        raise cursor.wrong(f"a path must have at most {MAX_NAMES} keys")
    return tuple(keys)


def _expand(cursor: Cursor, names: AttributeNames | TypeNames, name: str, *, at: int | None = None) -> str:
    try:
        return names[name]
    except BadRequestData as error:
        raise cursor.wrong(str(error), at=at) from None
