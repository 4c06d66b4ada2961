# SPDX-License-Identifier: EUPL-1.2
"""What people call types, attributes and units, from `api/words`; a name that is not there is told in its own words."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from broker.ngsi.contexts import CORE
from broker.ngsi.shortnames import to_short_name

Words: TypeAlias = Mapping[str, str | Mapping[str, str]]
"""A text for all languages, or one for each, by a name."""

FOLDER: Final = Path(__file__).parent / "words"


def read_words(name: str) -> Words:
    """One file of words."""
    words: Words = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return words


UNITS: Final = read_words("units")
"""Symbols by their UN/CEFACT code."""
NAMES: Final[Words] = {**read_words("types"), **read_words("attributes")}
"""Names of types begin with capitals, those of attributes do not, or stand for what begins so (`LAeq`)."""
TERMS: Final = read_words("terms")
"""Values by which attributes tell, such as `parkingGarage`."""
TELLING: Final = frozenset(
    {
        "allowedVehicleType",
        "category",
        "floodLevelStatus",
        "powerState",
        "roadClass",
        "status",
        "storedWasteKind",
        "typeofLocation",
        "vehicleType",
        "weatherType",
    }
)
"""Attributes whose values are such terms; in others the same letters may mean anything."""
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")


def to_unit(code: str, language: str) -> str:
    """The symbol of a unit in a language; a code that is not known is its own symbol, that of plain counts is empty."""
    return _in(UNITS.get(code, code), language)


def to_meaning(attribute: str, value: str, language: str) -> str:
    """What a value of an attribute means in words; the value itself where that is not known."""
    return _in(TERMS.get(value, value), language) if to_name(attribute) in TELLING else value


def _in(words: str | Mapping[str, str], language: str) -> str:
    return words if isinstance(words, str) else words[language]


def to_name(iri: str) -> str:
    """The last part of an IRI: what a vocabulary calls a type or an attribute."""
    return to_short_name(CORE.compact(iri))


def to_words(iri: str, language: str) -> str:
    """A type or an attribute in words: `TrafficLightObserved` is "Traffic light observed"."""
    name = to_name(iri)
    known = NAMES.get(name)
    if known is not None:
        return _in(known, language)
    words = [word if word.isupper() and len(word) > 1 else word.lower() for word in _HUMPS.sub(" ", name).split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
