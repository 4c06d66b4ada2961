# SPDX-License-Identifier: EUPL-1.2
"""What pages say, in the language of their reader. Each file of `api/texts` holds both languages of each text."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from api.languages import to_number

FOLDER: Final = Path(__file__).parents[1] / "texts"
FRAME: Final = "frame"


class Texts:
    """The texts of one page in one language: its own, and those that every page has."""

    __slots__ = ("_texts", "language")

    def __init__(self, texts: Mapping[str, str], language: str) -> None:
        self._texts = texts
        self.language = language

    def __getitem__(self, name: str) -> str:
        """A text by its name."""
        return self._texts[name]

    def say(self, name: str, *values: Any) -> str:
        """A text with values in its places `{}`."""
        return self._texts[name].format(*values)

    def count(self, name: str, number: int) -> str:
        """So many of something: the text `<name>_one` for one, else `<name>` with the number in its place."""
        shown = to_number(number, self.language)
        return self._texts[f"{name}_one" if number == 1 else name].format(shown)


def texts_of(page: str, language: str) -> Texts:
    """The texts of a page."""
    return Texts({**read_texts(FRAME, language), **read_texts(page, language)}, language)


@cache
def read_texts(page: str, language: str) -> Mapping[str, str]:
    """The texts of one file in one language."""
    entries = tomllib.loads((FOLDER / f"{page}.toml").read_text(encoding="utf-8"))
    return {name: entry[language] for name, entry in entries.items()}
