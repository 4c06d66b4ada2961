# SPDX-License-Identifier: EUPL-1.2
"""Words for search: folded, so that `Muhl` finds Mühle and `strasse` finds Straße, and queries of such words.

The database sorts bytes and knows no letters but those of ASCII; whatever is folded is folded here, for the index and for
queries alike. Umlauts count in both of their spellings, `Muhle` and `Muehle`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from unicodedata import category, normalize

MAX_LENGTH: Final = 40
"""Characters of a word that count."""

MAX_WORDS: Final = 40
"""Words of a label that count."""

MAX_ASKED: Final = 10
"""Words of a query that count."""

_WORD: Final = re.compile(r"[^\W_]+")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def fold(text: str) -> str:
    """The text without case, marks and the differences of compatible characters (Unicode 15, D146)."""
    if text.isascii():
        return text.lower()
    once = normalize("NFKD", normalize("NFD", text).casefold())
    return "".join(sign for sign in normalize("NFKD", once.casefold()) if category(sign)[0] != "M")


def spellings(text: str) -> list[tuple[str, ...]]:
    """The words of a text in their order, each as it may be spelled."""
    return [word for part in text.split() for word in _spellings(part)]


@lru_cache(maxsize=10_000)
def _spellings(part: str) -> tuple[tuple[str, ...], ...]:
    """The words of a part without blanks; names are made of the same ones again and again."""
    if part.isascii():
        return tuple((word[:MAX_LENGTH],) for word in _WORD.findall(part.lower()))
    plain = normalize("NFC", normalize("NFC", part).casefold())
    words = zip(_WORD.findall(fold(plain)), _WORD.findall(fold(plain.translate(_UMLAUTS))), strict=True)
    return tuple(tuple(dict.fromkeys((word[:MAX_LENGTH], other[:MAX_LENGTH]))) for word, other in words)


def index_words(texts: Iterable[str], types: Iterable[str]) -> str:
    """What the index holds of an entity, separated by blanks: the words of its texts and, marked by `=`, its types."""
    words = dict.fromkeys(word for text in texts for forms in spellings(text)[:MAX_WORDS] for word in forms)
    return " ".join([*words, *["=" + name for name in types]])


def has_enough(text: str) -> bool:
    """Whether a text is enough to search by: a word of two letters or digits."""
    return any(len(forms[0]) >= 2 for forms in spellings(text)[:MAX_ASKED])


def to_query(text: str, types: Sequence[str] = ()) -> str:
    """A tsquery: all words of the text, the last one as a prefix, and any of the types; empty where it asks nothing."""
    asked = spellings(text)[:MAX_ASKED]
    parts = [_any_of(forms, prefix=position == len(asked)) for position, forms in enumerate(asked, 1)]
    if types:
        parts.append(_any_of(["=" + name for name in types]))
    return " & ".join(parts)


def _any_of(words: Sequence[str], *, prefix: bool = False) -> str:
    return "(" + " | ".join(_quoted(word) + (":*" if prefix else "") for word in words) + ")"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
