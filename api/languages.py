# SPDX-License-Identifier: EUPL-1.2
"""The language of a page: asked for, remembered, or preferred by the browser."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

LANGUAGES: Final = ("de", "en")
COOKIE: Final = "lang"
_DEFAULT: Final = "en"

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "de": {
        "title": "Offene Stadtdaten",
        "lead": "Aktuelle Messwerte der Stadt, frei abrufbar für alle.",
        "skip": "Zum Inhalt",
        "language": "Sprache",
        "types": "Was gemessen wird",
        "newest": "Neueste Messwerte",
        "place": "Ort",
        "readings": "Messwerte",
        "time": "Zeit",
        "empty": "Noch sind keine Daten da. Sobald ein Konnektor sendet oder jemand eine Entität anlegt, stehen sie hier.",
        "away": "Die Datenbank ist gerade nicht erreichbar. Die Daten sind nicht verloren; bitte gleich noch einmal versuchen.",
        "api": "Für Programme",
        "api_text": "Alle Werte gibt es auch über die NGSI-LD-Schnittstelle:",
        "api_types": "Liste der Typen",
        "footer": "Allmende ist freie Software unter der EUPL 1.2.",
        "now": "gerade eben",
        "second": "vor {} s",
        "minute": "vor {} min",
        "hour": "vor {} h",
        "day": "vor {} Tagen",
        "ahead": "in der Zukunft",
    },
    "en": {
        "title": "Open city data",
        "lead": "Current readings of the city, free for everyone to use.",
        "skip": "Skip to content",
        "language": "Language",
        "types": "What is measured",
        "newest": "Newest readings",
        "place": "Place",
        "readings": "Readings",
        "time": "Time",
        "empty": "There is no data yet. It appears here as soon as a connector sends or somebody creates an entity.",
        "away": "The database cannot be reached right now. No data is lost; please try again in a moment.",
        "api": "For programs",
        "api_text": "All values are also available through the NGSI-LD interface:",
        "api_types": "List of types",
        "footer": "Allmende is free software under the EUPL 1.2.",
        "now": "just now",
        "second": "{} s ago",
        "minute": "{} min ago",
        "hour": "{} h ago",
        "day": "{} days ago",
        "ahead": "in the future",
    },
}


def choose_language(asked: str | None, remembered: str | None, accepted: str) -> str:
    """The language asked for in the address, else the cookie's, else the one that the browser prefers."""
    for choice in (asked, remembered):
        if choice in LANGUAGES:
            return choice
    ranked = sorted(_ranges(accepted), key=lambda entry: -entry[1])
    return next((name for name, weight in ranked if weight > 0 and name in LANGUAGES), _DEFAULT)


def to_age(age: timedelta, texts: Mapping[str, str]) -> str:
    """How long ago something was, in words."""
    seconds = int(age.total_seconds())
    if seconds < 0:
        return texts["ahead" if seconds < -60 else "now"]
    if seconds < 5:
        return texts["now"]
    for unit, length in (("day", 2 * 86_400), ("hour", 2 * 3_600), ("minute", 120), ("second", 1)):
        if seconds >= length:
            return texts[unit].format(seconds // {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}[unit])
    return texts["now"]


def to_number(value: float, language: str) -> str:
    """A number with the separators of the language, at most three decimals."""
    text = f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text


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
