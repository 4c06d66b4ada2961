# SPDX-License-Identifier: EUPL-1.2
"""Texts in the order of a language: by the Unicode Collation Algorithm, with letters that a language counts apart.

The tables of the algorithm take half a second and 12 MB: only those who order by a collation load them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final
from unicodedata import normalize

_AFTER_Z: Final = "ʒ"
"""In the order of all scripts the first letter after z; what stands after it keeps letters apart."""

_NORDIC: Final = "æøå"
_SWEDISH: Final = "åäö"
_LETTERS: Final[Mapping[str, str]] = {
    "da": _NORDIC,
    "nb": _NORDIC,
    "nn": _NORDIC,
    "no": _NORDIC,
    "fi": _SWEDISH,
    "sv": _SWEDISH,
}
_PHONEBOOK: Final = {"ä": "ae", "ö": "oe", "ü": "ue"}
_SPANISH: Final = {"ñ": "nʒ"}


def ranks_of(texts: Iterable[str | None], tag: str) -> list[int]:
    """Where each text stands among them in the order of a language, from 1; equals stand together, nothing stands at 0."""
    known = list(texts)
    letters = str.maketrans(_letters(tag))
    collator = _collator()
    keys = {
        text: collator.sort_key(normalize("NFC", text).translate(letters)) for text in set(known) if text is not None
    }
    places = {key: place for place, key in enumerate(sorted(set(keys.values())), 1)}
    return [0 if text is None else places[keys[text]] for text in known]


def _letters(tag: str) -> dict[str, str]:
    """What letters of a language stand for, in small and in capitals."""
    parts = tag.lower().split("-")
    if parts[0] == "de" and parts[-3:] == ["u", "co", "phonebk"]:
        small: Mapping[str, str] = _PHONEBOOK
    elif parts[0] == "es":
        small = _SPANISH
    else:
        small = {letter: _AFTER_Z + "abc"[place] for place, letter in enumerate(_LETTERS.get(parts[0], ""))}
    capitals = {letter.upper(): meant[0].upper() + meant[1:] for letter, meant in small.items()}
    return {**small, **capitals}


@cache
def _collator() -> Any:
    from pyuca import Collator

    return Collator()


def order_of(columns: Sequence[Sequence[float]]) -> list[int]:
    """The positions of rows, ordered by the first column, then the next; equals keep their order.

    >>> order_of([[2, 1, 1], [0, 5, 4]])
    [2, 1, 0]
    """
    return sorted(range(len(columns[0])), key=lambda row: tuple(column[row] for column in columns))
