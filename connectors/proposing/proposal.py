# SPDX-License-Identifier: EUPL-1.2
"""The proposal: which column becomes which attribute, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from connectors.catalogue.models import Model, ModelAttribute
from connectors.proposing.addresses import Address, find_address
from connectors.proposing.fields import Field
from connectors.proposing.identity import Identity, find_identity
from connectors.proposing.moments import find_moment, find_own
from connectors.proposing.places import Place, find_place
from connectors.proposing.scoring import attribute_meanings, score, type_fit

SURE, MAYBE = 0.6, 0.42
_TELLING = 0.8
_NEVER_SURE = frozenset({"id", "code", "remark"})
_STATIC = frozenset([
    "total", "maximum", "minimum", "allowed", "height", "width", "length", "floor", "name", "description", "category",
    "layout", "id", "price", "duration", "opening", "closing", "surface", "zone",
])  # fmt: skip
_EXTREMES = frozenset({"minimum", "maximum"})
_STATES = frozenset({"status", "level", "occupied", "available", "congested", "trend"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A column for an attribute, with its score from 0 to 1; `others`: further columns of a list."""

    attribute: ModelAttribute
    field: Field
    score: float
    others: tuple[Field, ...] = ()
    time: Field | None = None
    """When it was measured, where that stands beside it and is of it alone."""

    @property
    def fields(self) -> tuple[Field, ...]:
        """All its columns, in the order of their values in the enumeration."""
        return (self.field, *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a sample may become as entities of a type."""

    model: Model
    fields: list[Field]
    identity: Identity
    moment: Field | None
    place: Place | None
    address: Address | None
    sure: list[Match]
    maybe: dict[str, list[Match]] = field(default_factory=dict)
    """Columns that may be an attribute, by attribute, the best first."""

    @property
    def rest(self) -> list[Field]:
        """The columns that became nothing."""
        used = {one.path for match in self.sure for one in match.fields}
        used |= {one.path for one in (self.place.fields if self.place else ())}
        used |= {one.path for one in (self.address.fields if self.address else ())}
        used |= {one.path for one in (self.identity.field, self.moment) if one is not None}
        used |= {match.time.path for match in self.sure if match.time is not None}
        used |= {match.field.path for matches in self.maybe.values() for match in matches}
        return [one for one in self.fields if one.path not in used]


def propose(fields: list[Field], model: Model, *, system: int | None = None, keyed: bool = False) -> Proposal:
    """Propose how columns become entities of a type; `system`: the EPSG code that their document names."""
    place = find_place(fields, system) if "location" in model.attributes else None
    taken = {one.path for one in place.fields} if place else set()
    matches = _all_matches([one for one in fields if one.path not in taken], model)
    sure = [_with_time(match, fields) for match in _assign(matches)]
    measured = [match.field for match in sure if is_measured(match.attribute)]
    moment = find_moment(fields, measured)
    name = next((match.field for match in sure if match.attribute.name == "name"), None)
    identity = find_identity(fields, name, moment, keyed=keyed)
    if name is None and "name" in model.attributes:
        sure += _named_by_place(fields, model.attributes["name"], identity, moment)
    used = {one.path for match in sure for one in match.fields}
    address = find_address(fields, used | taken) if "address" in model.attributes else None
    return Proposal(
        model=model,
        fields=fields,
        identity=identity,
        moment=moment,
        place=place,
        address=address,
        sure=sure,
        maybe=_uncertain([match for match in matches if match.field is not identity.field], sure),
    )


def _with_time(match: Match, fields: list[Field]) -> Match:
    return replace(match, time=find_own(match.field, fields)) if is_measured(match.attribute) else match


def _named_by_place(
    fields: list[Field], attribute: ModelAttribute, identity: Identity, moment: Field | None
) -> list[Match]:
    """Where nothing is called a name, things are often named by where they are: a text that tells them apart."""
    named = [
        one
        for one in fields
        if one not in (identity.field, moment) and one.means("town", "site", "street") and one.content.kind == "text"
    ]
    best = max(named, key=lambda one: _telling(one, identity), default=None)
    if best is None or _telling(best, identity) < _TELLING:
        return []
    return [Match(attribute=attribute, field=best, score=SURE)]


def _telling(one: Field, identity: Identity) -> float:
    """Give how well a column tells things apart, of which some come again with another time."""
    if identity.field is None:
        return one.variety * one.column.fill
    return min(1.0, one.content.distinct / identity.field.content.distinct) * one.column.fill


def is_measured(attribute: ModelAttribute) -> bool:
    """Whether an attribute changes with time, so that its values have one: not a name, a capacity, a place."""
    words = attribute_meanings(attribute.name)
    # `maxSpeed` is a limit, `LAmax` a reading.
    kept = words[:-1] if len(words) > 1 and words[-1] & _EXTREMES else words
    meant = frozenset().union(*kept)
    if meant & _STATIC and not meant & {"available", "occupied"}:
        return False
    return attribute.is_number or bool(meant & _STATES)


def _meant(attribute: ModelAttribute) -> frozenset[str]:
    return frozenset().union(*attribute_meanings(attribute.name))


def _all_matches(fields: list[Field], model: Model) -> list[Match]:
    found = [
        Match(attribute=attribute, field=one, score=round(points, 3))
        for attribute in model.attributes.values()
        for one in fields
        if (points := score(one, attribute)) >= MAYBE
    ]
    # Of equals, what comes first in the record and lies less deep.
    order = {one.path: place for place, one in enumerate(fields)}
    return sorted(found, key=lambda match: (-match.score, len(match.field.column.path), order[match.field.path]))


def _assign(matches: Iterable[Match]) -> list[Match]:
    """Give each attribute one column and each column one attribute, the best pairs first."""
    attributes: dict[str, Match] = {}
    taken: set[str] = set()
    for match in matches:
        if match.score < SURE or _meant(match.attribute) & _NEVER_SURE or match.field.path in taken:
            continue
        first = attributes.get(match.attribute.name)
        if first is None:
            attributes[match.attribute.name] = match
            taken.add(match.field.path)
        elif _belongs(match):
            attributes[match.attribute.name] = _with(first, match.field)
            taken.add(match.field.path)
    return sorted(attributes.values(), key=lambda match: (not is_measured(match.attribute), -match.score))


def _belongs(match: Match) -> bool:
    """Whether a further column is part of a list: it has words of the same enumeration only."""
    attribute = match.attribute
    return attribute.type == "array" and bool(attribute.enum) and type_fit(match.field, attribute) == 1.0


def _with(match: Match, other: Field) -> Match:
    fields = sorted((*match.fields, other), key=_first_word)
    return Match(attribute=match.attribute, field=fields[0], score=match.score, others=tuple(fields[1:]))


def _first_word(one: Field) -> str:
    return min((str(value) for value in one.column.given), default="")


def _uncertain(matches: Iterable[Match], sure: list[Match]) -> dict[str, list[Match]]:
    done = {match.attribute.name for match in sure}
    used = {one.path for match in sure for one in match.fields}
    found: dict[str, list[Match]] = {}
    for match in matches:
        if match.attribute.name not in done and match.field.path not in used:
            found.setdefault(match.attribute.name, []).append(match)
    return found
