# SPDX-License-Identifier: EUPL-1.2
"""Names as words, and words as meanings."""

import re
import unicodedata
from functools import lru_cache

from connectors.catalogue.units import unit_code
from connectors.catalogue.words import FILLERS, STRUCTURAL, meanings_by_word

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# Digits by themselves say nothing.
_PARTS = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]+")
_BRACKETED = re.compile(r"[\[(][^\])]*[\])]")
_JOINTS = ("", "s", "n", "en", "er", "e")
_ENDINGS = ("er", "en", "es", "em", "e", "n", "s")
_SHORT = {"id", "nr"}
_SHORTEST = 3

Meanings = frozenset[str]


def plain(name: str) -> str:
    """Give a name without umlauts and accents: ä is ae, é is e."""
    for one, other in (("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue")):
        name = name.replace(one, other)
    text = unicodedata.normalize("NFKD", name.translate(_UMLAUTS))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


@lru_cache(maxsize=10_000)
def split_name(name: str) -> tuple[str, ...]:
    """Give the words of a name in lower case: camelCase, snake_case, blanks, German words put together; no units."""
    text = plain(_BRACKETED.sub(" ", name) or name)
    whole = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if whole in meanings_by_word():
        return (whole,)
    words: list[str] = []
    for chunk in re.split(r"[^A-Za-z0-9]+", text):
        if chunk.lower() in meanings_by_word():
            words.append(chunk.lower())
            continue
        for part in _PARTS.findall(chunk):
            words += _split_compound(part.lower())
    return tuple(word for word in words if word not in FILLERS)


def _split_compound(word: str) -> list[str]:
    if _known(word) or word in FILLERS:
        return [_known(word) or word]
    for cut in range(len(word) - 2, _SHORTEST - 1, -1):
        first, rest = word[:cut], _known(word[cut:])
        if rest is None or (len(rest) < _SHORTEST and rest not in _SHORT):
            continue
        for joint in _JOINTS:
            stem = _known(first.removesuffix(joint)) if first.endswith(joint) else None
            if stem is not None and len(stem) >= _SHORTEST:
                return [stem, rest]
    return [word]


def _known(word: str) -> str | None:
    """Give a word of the list: as it is, else without the ending of its case or number."""
    known = meanings_by_word()
    if word in known:
        return word
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > _SHORTEST and stem in known:
            return stem
    return None


@lru_cache(maxsize=10_000)
def meanings_of(word: str) -> Meanings:
    """Give the meanings of a word; a word that is not known means itself."""
    return meanings_by_word().get(word, frozenset({word}))


def leaf_and_parents(names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the words of the last name that says something, and those of the names above it."""
    said = [words for name in names if (words := tuple(w for w in split_name(_bare(name)) if w not in STRUCTURAL))]
    if not said:
        return (), ()
    leaf = said[-1]
    # `reference.@id`: an id by itself says whose only with the name above it.
    parents = tuple(word for words in said[:-1] for word in words)
    return leaf, parents


def _bare(name: str) -> str:
    """Give a name without the unit at its end: `wind_speed_kmh`."""
    parts = re.split(r"([_\s]+)", name.strip())
    has_unit = len(parts) > 2 and unit_code(parts[-1]) and parts[-1].lower() not in meanings_by_word()
    return "".join(parts[:-2]) if has_unit else name
