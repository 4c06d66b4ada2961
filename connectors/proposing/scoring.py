# SPDX-License-Identifier: EUPL-1.2
"""How well a column fits an attribute: by the words of their names, by type, range and unit. From 0 to 1."""

from collections.abc import Iterable
from functools import lru_cache

from connectors.catalogue.models import ModelAttribute
from connectors.catalogue.units import is_measure, may_be_in
from connectors.catalogue.words import GENERIC, VETOES, meanings_by_word
from connectors.proposing.fields import Field
from connectors.proposing.names import Meanings, meanings_of, split_name

_GENERIC_WEIGHT = 0.15
_UNKNOWN_WEIGHT = 0.3
_SOFT_WEIGHT = 0.3
_VETO_WEIGHT = 3.0
_ANOTHERS = frozenset({"operator", "contact", "type"})
_WHOSE = GENERIC - {"type", "vehicle"}
# What a name does not say counts less than what it says and the attribute does not mean.
_EXTRA = 0.5
_PARENT = 0.6
_IMPLIED = 0.8
# Of these, a count says one: free, taken, all.
_HINT = 0.35
_COUNTED = frozenset({"available", "occupied", "total"})
_PARTS = frozenset({"spot", "slot"})
_PERCENT = 100
_SHARE = 0.5


def score(field: Field, attribute: ModelAttribute) -> float:
    """Give how well a column fits an attribute."""
    fit = type_fit(field, attribute)
    if not fit:
        return 0.0
    name = name_fit(field, attribute)
    if attribute.enum and fit == 1.0 and name >= _HINT:
        # The words of the enumeration speak for themselves.
        name = (1 + name) / 2
    return fit * name * (0.9 + 0.1 * field.column.fill)


def name_fit(field: Field, attribute: ModelAttribute) -> float:
    """Give how much of what the attribute's name means is meant by the column's, and little else."""
    wanted = attribute_meanings(attribute.name)
    if not wanted or not field.words:
        return 0.0
    own = [meanings_of(word) for word in field.words]
    above = [meanings_of(word) for word in field.parents]
    # The name of an operator, or of a type, is not that of the site.
    anothers = [one for one in above if one & _ANOTHERS and not any(one & meanings for meanings in wanted)]
    if field.words == split_name(attribute.name) and not anothers:
        return 1.0
    said = own if attribute.is_number else [*own, *(one for one in above if not one & _WHOSE)]
    found = sum(_weight(meanings) * _found(meanings, own, above) for meanings in wanted)
    if _is_implied(wanted, own):
        found += _IMPLIED
    missing = sum(_needed(meanings, own) for meanings in wanted)
    extra = _EXTRA * (sum(_extras(said, wanted)) + len(anothers))
    return min(0.98, found / (max(missing, found) + extra)) if missing else 0.0


def _is_implied(wanted: tuple[Meanings, ...], own: list[Meanings]) -> bool:
    """Whether the column counts places and does not say which of them: then it counts all."""
    meant = frozenset().union(*own)
    return (
        any("total" in meanings for meanings in wanted)
        and not meant & _COUNTED
        and "number" in meant
        and bool(meant & _PARTS)
    )


def _found(meanings: Meanings, own: Iterable[Meanings], above: Iterable[Meanings]) -> float:
    if any(meanings & other for other in own):
        return 1.0
    return _PARENT if any(meanings & other for other in above) else 0.0


def _extras(own: Iterable[Meanings], wanted: Iterable[Meanings]) -> Iterable[float]:
    """What the column's name says beyond the attribute's; a word that is not known says little."""
    known = meanings_by_word()
    for meanings in own:
        if any(meanings & other for other in wanted):
            continue
        if not any(meaning in known for meaning in meanings):
            yield _UNKNOWN_WEIGHT if all(len(meaning) > 1 for meaning in meanings) else 0.0
        elif meanings & VETOES:
            yield _VETO_WEIGHT
        elif "total" in meanings:
            yield _SOFT_WEIGHT
        elif "type" in meanings:
            # The name of a type is not that of the thing.
            yield 1.0
        else:
            yield _weight(meanings)


def _needed(meanings: Meanings, own: list[Meanings]) -> float:
    """What an attribute's word counts: a forecast is none unless the column says so."""
    said = any(meanings & other for other in own)
    return _VETO_WEIGHT if meanings & VETOES and not said else _weight(meanings)


def _weight(meanings: Meanings) -> float:
    return _GENERIC_WEIGHT if meanings & GENERIC else 1.0


@lru_cache(maxsize=4_000)
def attribute_meanings(name: str) -> tuple[Meanings, ...]:
    """Give what the words of an attribute's name mean."""
    return tuple(meanings_of(word) for word in split_name(name))


def type_fit(field: Field, attribute: ModelAttribute) -> float:
    """Give whether the column's values may be the attribute's: 0 where they cannot."""
    content = field.content
    if attribute.kind != "Property" or content.kind in {"empty", "object", "geometry", "position", "wkt"}:
        return 0.0
    # `observedAt` says when.
    if content.kind == "time" or _is_time(attribute):
        return 0.0
    if attribute.is_number:
        return _number_fit(field, attribute) if content.is_number else 0.0
    if attribute.type == "boolean":
        return 1.0 if content.kind == "boolean" else 0.0
    return _enum_fit(field, attribute) if attribute.enum else _text_fit(field, attribute)


def _text_fit(field: Field, attribute: ModelAttribute) -> float:
    if attribute.type == "array":
        return {"list": 1.0, "text": 0.5}.get(field.content.kind, 0.0)
    if attribute.type != "string" or field.content.kind == "list":
        return 0.0
    meant = frozenset().union(*attribute_meanings(attribute.name))
    if field.content.kind == "url":
        return 1.0 if meant & {"url", "image"} else 0.0
    if field.content.kind in {"number", "boolean"}:
        return 0.5
    # A name tells records apart.
    return 0.85 + 0.15 * field.variety if "name" in meant else 1.0


def _is_time(attribute: ModelAttribute) -> bool:
    words = frozenset(split_name(attribute.name))
    return bool(words & {"date", "time", "modified"}) and not words & {"opening"}


def _number_fit(field: Field, attribute: ModelAttribute) -> float:
    content = field.content
    meant = frozenset().union(*attribute_meanings(attribute.name))
    counts = "number" in meant
    if field.unit is not None and not may_be_in(field.unit, attribute.unit):
        return 0.0
    if is_measure(field.unit) and attribute.unit is None and meant & {"number", "total"}:
        # So much of something may not be so many.
        return 0.7
    if attribute.maximum is not None and content.high > attribute.maximum:
        if content.high > _PERCENT:
            return 0.0
        # Percents; or a count of something.
        return 0.9 if "relative" in meant else 0.0 if content.whole else 0.55
    if counts and not content.whole:
        return 0.4
    # Of a list, only the first is taken; some say "unknown" by a number below zero.
    return 0.6 if "[0]" in field.path else 0.9 if counts and content.low < 0 else 1.0


def _enum_fit(field: Field, attribute: ModelAttribute) -> float:
    if field.content.kind not in {"text", "list"}:
        return 0.4 if field.content.kind in {"number", "boolean"} else 0.0
    return 1.0 if known_share(field, attribute) >= _SHARE else 0.55


def nearest_word(word: str, choice: Iterable[str]) -> str | None:
    """Give the word of an enumeration that means most of what a word means."""
    given = _meant(split_name(word))
    fits = {one: len(given & _meant(split_name(one))) for one in choice}
    best = max(fits, key=lambda one: (fits[one], -len(one)), default=None)
    return best if best is not None and fits[best] else None


def _meant(words: Iterable[str]) -> Meanings:
    return frozenset(meaning for word in words for meaning in meanings_of(word))


def known_share(field: Field, attribute: ModelAttribute) -> float:
    """Give the share of a column's values that are words of the attribute's enumeration."""
    given = [word for value in field.column.given for word in (value if isinstance(value, list) else [value])]
    return sum(word in attribute.enum for word in given) / len(given) if given else 0.0
