# SPDX-License-Identifier: EUPL-1.2
"""The language of a reader: which one it is, and numbers and texts in it. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from broker.ngsi.labels import NONE, language_in

LANGUAGES: Final = ("de", "en")
COOKIE: Final = "lang"
_DEFAULT: Final = "en"
_TINY: Final = 0.0005
_HUGE: Final = 1e15


def choose_language(asked: str | None, remembered: str | None, accepted: str) -> str:
    """The language asked for in the address, else the cookie's, else the one that the browser prefers."""
    for choice in (asked, remembered):
        if choice in LANGUAGES:
            return choice
    ranked = sorted(_ranges(accepted), key=lambda entry: -entry[1])
    return next((name for name, weight in ranked if weight > 0 and name in LANGUAGES), _DEFAULT)


def to_number(value: float, language: str) -> str:
    """A number with the separators of the language: at most three decimals, or three digits where it is tiny or huge."""
    if value and not _TINY <= abs(value) < _HUGE:
        text = f"{value:.2e}"
    else:
        text = f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text


def choose_text(texts: Mapping[str, Any], language: str) -> tuple[str, str]:
    """The text of a language map that is for the reader, with its language; empty where the map is."""
    if not texts:
        return "", ""
    name = language_in(texts, language)
    text = texts[name]
    return (", ".join(text) if isinstance(text, list) else str(text)), "" if name == NONE else name


def _ranges(accepted: str) -> list[tuple[str, float]]:
    ranges = []
    for part in accepted.split(","):
        name, _, parameter = part.strip().lower().partition(";")
        weight = parameter.strip().removeprefix("q=")
        try:
            ranges.append((name.partition("-")[0].strip(), float(weight) if weight else 1.0))
        except ValueError:
            continue
    return ranges
