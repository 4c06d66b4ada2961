# SPDX-License-Identifier: EUPL-1.2
"""What of an entity an answer shows: `pick` and `omit`, as deep as linked entities go (ETSI GS CIM 009, 4.21)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from msgspec.structs import replace

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import require_uri
from broker.ngsi.entities import State
from broker.ngsi.languages import NONE
from broker.ngsi.lists import split_names
from broker.ngsi.naming import Context

MAX_JOIN_LEVEL: Final = 10
MAX_MEMBERS: Final = 1000

CORE_MEMBERS: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
"""Members of entities that are no attributes; they keep their short names."""

_WORD: Final = re.compile(r"[{},|]|[^{},|]+")


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Members that are picked or omitted: attributes by IRI, with a projection of the entities that they link to."""

    members: Mapping[str, "Projection | None"]

    @property
    def depth(self) -> int:
        """How many links it follows."""
        return max((0 if nested is None else 1 + nested.depth for nested in self.members.values()), default=0)


@dataclass(slots=True)
class Words:
    """The words of a projection that are still to be read, and the column of the next one."""

    parameter: str
    words: list[str]
    column: int = 1
    count: int = 0

    def peek(self) -> str:
        """The next word; an empty text at the end."""
        return self.words[-1] if self.words else ""

    def take(self) -> str:
        """The next word, which has been read then."""
        word = self.words.pop()
        self.column += len(word)
        return word

    def wrong(self, expected: str) -> BadRequestData:
        """The error that something else was expected here."""
        found = repr(self.peek()) if self.words else "the end"
        return BadRequestData(
            f"Parameter {self.parameter!r}, column {self.column}: {expected} is expected, not {found}"
        )


def parse_projection(text: str, parameter: str, context: Context) -> Projection:
    """The projection that a parameter states, such as `name,locatedAt{id,name}`; names become IRIs."""
    words = Words(parameter, _WORD.findall(text)[::-1])
    projection = _parse_members(words, context, 0)
    if words.words:
        raise words.wrong("a comma")
    return projection


def parse_projections(parameters: Mapping[str, str], context: Context) -> tuple[Projection | None, Projection | None]:
    """What `pick` and `omit` state."""
    pick, omit = (
        parse_projection(parameters[name], name, context) if name in parameters else None for name in ("pick", "omit")
    )
    if "attrs" in parameters and (pick is not None or omit is not None):
        raise BadRequestData("Parameter 'attrs' must not stand beside 'pick' or 'omit'; name its attributes in 'pick'")
    if pick is not None and omit is not None:
        require_apart(pick, omit)
    return pick, omit


def parse_datasets(parameters: Mapping[str, str]) -> frozenset[str] | None:
    """The instances that `datasetId` asks for; `@none` is the default instance. None: all."""
    what = f"Parameter 'datasetId': what is not {NONE}"
    names = split_names(parameters, "datasetId")
    return frozenset(text if text == NONE else require_uri(text, what) for text in names) or None


def require_apart(pick: Projection, omit: Projection) -> None:
    """Refuse a member that is picked and omitted."""
    for name, omitted in omit.members.items():
        if name not in pick.members:
            continue
        picked = pick.members[name]
        if omitted is None:
            raise BadRequestData(f"Member {name!r} stands in both 'pick' and 'omit'; leave it out of one")
        if picked is not None:
            require_apart(picked, omitted)


def narrow(state: State, pick: Projection | None, omit: Projection | None) -> State:
    """The state with those attributes that are shown."""
    if pick is None and omit is None:
        return state
    attributes = {name: instances for name, instances in state.attributes.items() if is_shown(name, pick, omit)}
    return replace(state, attributes=attributes)


def trim(document: dict[str, Any], pick: Projection | None, omit: Projection | None) -> dict[str, Any]:
    """The document with those of its core members that are shown."""
    if pick is None and omit is None:
        return document
    return {name: member for name, member in document.items() if name not in CORE_MEMBERS or is_shown(name, pick, omit)}


def is_shown(name: str, pick: Projection | None, omit: Projection | None) -> bool:
    """Whether a member is shown: one that is omitted for linked entities only is."""
    if pick is not None and name not in pick.members:
        return False
    return omit is None or name not in omit.members or omit.members[name] is not None


def nested_in(projection: Projection | None, name: str) -> Projection | None:
    """The projection of the entities that an attribute links to; None: they are shown whole."""
    return None if projection is None else projection.members.get(name)


def _parse_members(words: Words, context: Context, depth: int) -> Projection:
    if depth > MAX_JOIN_LEVEL:
        raise BadRequestData(f"Parameter {words.parameter!r} must not follow more than {MAX_JOIN_LEVEL} links")
    members: dict[str, Projection | None] = {}
    while True:
        name = _parse_name(words, context)
        nested = None
        if words.peek() == "{":
            words.take()
            nested = _parse_members(words, context, depth + 1)
            if words.peek() != "}":
                raise words.wrong("a closing brace")
            words.take()
        members[name] = nested
        if words.peek() not in {",", "|"}:
            return Projection(members)
        words.take()


def _parse_name(words: Words, context: Context) -> str:
    if words.peek() in {"", "{", "}", ",", "|"} or not words.peek().strip():
        raise words.wrong("the name of a member")
    words.count += 1
    if words.count > MAX_MEMBERS:
        raise BadRequestData(f"Parameter {words.parameter!r} must name at most {MAX_MEMBERS} members")
    name = words.peek().strip()
    try:
        iri = name if name in CORE_MEMBERS else context.attribute_names[name]
    except BadRequestData as error:
        raise BadRequestData(f"Parameter {words.parameter!r}, column {words.column}: {error}") from None
    words.take()
    return iri
