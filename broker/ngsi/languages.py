# SPDX-License-Identifier: EUPL-1.2
"""The language filter: of texts in several languages one, as a Property (ETSI GS CIM 009, 4.15)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import shown
from broker.ngsi.entities import Attributes, Instance

ANY: Final = "*"
NONE: Final = "@none"
MAX_LANGUAGES: Final = 100
_RANGE: Final = re.compile(
    r"\s*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*(?P<weight>[01](?:\.[0-9]{0,3})?)\s*)?"
)


def parse_languages(text: str) -> tuple[str, ...]:
    """The languages of a filter such as `fr-CH,fr;q=0.9,*;q=0.5` in lower case, the preferred one first."""
    if text.count(",") >= MAX_LANGUAGES:
        raise BadRequestData(f"Parameter 'lang' must name at most {MAX_LANGUAGES} languages")
    ranges: list[tuple[float, str]] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part)
        if match is None or float(match["weight"] or 1) > 1:
            raise BadRequestData(
                f"Parameter 'lang' must be languages such as de,en;q=0.8 or *, but {shown(part)} is none"
            )
        ranges.append((float(match["weight"] or 1), match["tag"].lower()))
    # A stable sort: of languages of one weight the order is that of the request.
    ranges.sort(key=lambda each: -each[0])
    return tuple(tag for weight, tag in ranges if weight > 0)


def choose_language(tags: Iterable[str], wanted: Iterable[str]) -> str:
    """The tag that serves the wanted languages best; where none does, that without a language, else any.

    >>> choose_language(["de", "en-US"], ["en", "de"])
    'en-US'
    >>> choose_language(["nl", "fr"], ["nl-be"])
    'nl'
    """
    known = {tag.lower(): tag for tag in tags}
    for language in wanted:
        found = None if language == ANY else _find(known, language)
        if found is not None:
            return found
        if language == ANY:
            break
    return known.get(NONE) or next(iter(known.values()))


def in_language(attributes: Attributes, wanted: tuple[str, ...]) -> Attributes:
    """The attributes with each LanguageProperty, of attributes also, as a Property in one language."""
    return {name: [_in_language(instance, wanted) for instance in instances] for name, instances in attributes.items()}


def _find(known: Mapping[str, str], language: str) -> str | None:
    """The tag itself, else a more special one, else the same for what the language is a kind of (RFC 4647, 3.4)."""
    while language:
        if language in known:
            return known[language]
        special = next((tag for tag in known if tag.startswith(f"{language}-")), None)
        if special is not None:
            return known[special]
        language = language.rpartition("-")[0]
    return None


def _in_language(instance: Instance, wanted: tuple[str, ...]) -> Instance:
    converted: dict[str, Any] = {}
    for name, member in instance.items():
        if ":" in name and type(member) is list:
            converted[name] = [_in_language(part, wanted) for part in member]
        elif name != "languageMap":
            converted[name] = member
    texts = instance.get("languageMap")
    if type(texts) is dict:
        language = choose_language(texts, wanted)
        converted |= {"type": "Property", "value": texts[language], "lang": language}
    return converted
