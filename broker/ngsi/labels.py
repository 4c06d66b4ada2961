# SPDX-License-Identifier: EUPL-1.2
"""What people call an entity: its name or title, in each language that it has, and the words to find it by."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import orjson
from msgspec import Struct

from broker.ngsi.entities import Attributes, Instance, State
from broker.ngsi.words import index_words

NONE: Final = "@none"
"""The language of a text that is in none."""

MAX_LENGTH: Final = 200
"""Characters of a label; what calls itself a name and is longer is cut."""

MAX_LANGUAGES: Final = 50
"""Languages of a label that count."""

_ENDINGS: Final = tuple(sign + name for name in ("name", "title") for sign in ("/", "#", ":"))
_PARTS: Final = re.compile(r"[:/#]+")


class Label(Struct, frozen=True, gc=False):
    """As it is stored: texts by language as JSON, None without a name; words for search, separated by blanks."""

    texts: str | None
    words: str


def label_of(state: State) -> Label:
    """The label of an entity; one without a name is found by the last part of its id."""
    texts = label_texts(state.attributes)
    words = index_words(texts.values() if texts else [last_part(state.id)], state.types)
    return Label(orjson.dumps(texts).decode() if texts else None, words)


def has_new_label(old: State | None, new: State, touched: Iterable[str]) -> bool:
    """Whether the label of `new` is another than that of `old`; cheap where no name was touched."""
    if old is None or old.types != new.types:
        return True
    return any(map(_is_label, touched)) and label_texts(old.attributes) != label_texts(new.attributes)


@lru_cache(maxsize=10_000)
def _is_label(name: str) -> bool:
    """Whether an attribute is a name or a title."""
    return name.endswith(_ENDINGS)


def label_texts(attributes: Attributes) -> dict[str, str]:
    """The texts of a name, else of a title, by language; `@none` for a text in no language. Empty without any."""
    named = [name for name in attributes if _is_label(name)]
    for name in sorted(named, key=lambda name: not name.endswith("name")):
        texts = _texts(attributes[name][0])
        if texts:
            return texts
    return {}


def label_in(texts: Mapping[str, str] | None, language: str, entity_id: str) -> str:
    """The label for readers of a language; without one the last part of the id."""
    return texts[language_in(texts, language)] if texts else last_part(entity_id)


def language_in(texts: Mapping[str, object], language: str) -> str:
    """Which of some texts is for readers of a language: in it, in it as a country has it, in none, in English, else the first."""
    regional = (name for name in texts if name.partition("-")[0] == language)
    return next(name for name in (language, *regional, NONE, "en", *texts) if name in texts)


def last_part(entity_id: str) -> str:
    """The last part of an id that is not empty; the id where it has no parts."""
    return next((part for part in reversed(_PARTS.split(entity_id)) if part), entity_id)


def _texts(instance: Instance) -> dict[str, str]:
    """The texts of an instance by language; of several in one language the first."""
    languages: Any = instance.get("languageMap")
    if not isinstance(languages, dict):
        languages = {NONE: None if isinstance(instance.get("value"), list) else instance.get("value")}
    some = islice(languages.items(), MAX_LANGUAGES)
    first = {language: text[0] if isinstance(text, list) and text else text for language, text in some}
    cut = {language: text.strip()[:MAX_LENGTH] for language, text in first.items() if isinstance(text, str)}
    return {language: text for language, text in cut.items() if text}
