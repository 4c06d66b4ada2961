# SPDX-License-Identifier: EUPL-1.2
"""What is wrong with a connector file, in words, with the line and the nearest right key."""

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any, get_args

from pydantic import ValidationError

from allmende.errors import SettingsError
from connectors.declarative.kinds import BLOCKS, KINDS
from connectors.declarative.kinds.receiving import AUTH_TAGS

Place = tuple[str | int, ...]
Lines = dict[Place, int]

_NOT_PLACES = {
    *("str", "int", "float", "bool", "list[str]", "list[any]", "dict[str,str]", "dict[str,any]"),
    *AUTH_TAGS,
}
"""What pydantic adds to a place for unions."""

_PARTS = re.compile(r"(days|seconds|microseconds)=(\d+)")
_NOUNS = {
    "string_type": "a text",
    "int_type": "a number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
"""What pydantic asks for, by its name of the mistake."""

_WORDS = {
    "literal_error": "must be {expected}",
    "too_short": "must be a list of at least {min_length}",
    "too_long": "must be a list of at most {max_length}",
    "string_too_short": "must be a text of at least {min_length}",
    "string_too_long": "must be a text of at most {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "value_error": "{error}",
}


class FileProblems(SettingsError):
    """A connector file is wrong: one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def line_of(lines: Lines, place: Place) -> int:
    """Give the line of a place, else that of what it lies in."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def to_problems(error: ValidationError, name: str, lines: Lines) -> list[str]:
    """Give a line of words for each mistake of a file of that name."""
    entries: Iterable[Any] = error.errors(include_url=False)
    found = [
        words
        for place, mistakes in groupby(entries, key=_place_of)
        for words in _words(place, list(mistakes), name, lines)
    ]
    return list(dict.fromkeys(found))


def _words(place: Place, mistakes: list[Any], name: str, lines: Lines) -> Iterator[str]:
    """Say what is wrong at a place; where it may be of several types, all of them at once."""
    nouns = dict.fromkeys(_NOUNS[mistake["type"]] for mistake in mistakes if mistake["type"] in _NOUNS)
    others = [mistake for mistake in mistakes if mistake["type"] not in _NOUNS]
    if nouns and not others:
        yield f"{name}, line {line_of(lines, place)}: '{_dotted(place)}': must be {_either(list(nouns))}"
    for mistake in others:
        yield _problem(place, mistake, name, lines)


def _problem(place: Place, mistake: Any, name: str, lines: Lines) -> str:
    given = mistake.get("ctx") or {}
    line = line_of(lines, (*place, given["key"]) if "key" in given else place)
    kind, words = mistake["type"], mistake["msg"]
    if kind == "union_tag_invalid":
        line, words = line_of(lines, (*place, "type")), _unknown_kind(given["tag"])
    elif kind == "union_tag_not_found":
        words = f"key 'type' is required: one of {', '.join(KINDS)}"
    elif kind == "missing":
        words = f"key '{place[-1]}' is required"
    elif kind == "unknown_key":
        words = _of_other_kinds(place, given["key"]) or words
    elif place and kind != "needed":
        said = {key: _in_words(value) for key, value in given.items()}
        ours = _WORDS[kind].format(**said) if kind in _WORDS else f"{words[:1].lower()}{words[1:]}"
        words = f"'{_dotted(place)}': {ours}"
    return f"{name}, line {line}: {words}"


def _place_of(mistake: Any) -> Place:
    """Give the place in the file, without what pydantic adds for unions and for the kind of source."""
    place = tuple(part for part in mistake["loc"] if isinstance(part, int) or part not in _NOT_PLACES)
    is_kind = place[:1] == ("source",) and len(place) > 1 and place[1] in KINDS
    return ("source", *place[2:]) if is_kind else place


def _unknown_kind(given: str) -> str:
    near = difflib.get_close_matches(given, KINDS, n=1, cutoff=0.5)
    hint = f"the nearest right one is '{near[0]}'" if near else f"known ones: {', '.join(KINDS)}"
    return f"source type '{given}' does not exist; {hint}"


def _of_other_kinds(place: Place, key: str) -> str | None:
    """Say which kinds of source a key is for that the given one does not have."""
    if place != ("source",):
        return None
    kinds = [
        kind
        for block in BLOCKS
        if key in {field.alias or name for name, field in block.model_fields.items()}
        for kind in get_args(block.model_fields["type"].annotation)
    ]
    return f"key '{key}' is for source type {_either(kinds)}" if kinds else None


def _in_words(value: Any) -> Any:
    """Give a bound; pydantic writes durations as Python does."""
    parts = {name: int(count) for name, count in _PARTS.findall(value)} if isinstance(value, str) else {}
    return f"{timedelta(**parts).total_seconds():g} s" if parts else value


def _either(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _dotted(place: Place) -> str:
    return ".".join(str(part) for part in place)
