# SPDX-License-Identifier: EUPL-1.2
"""Lines of YAML, as people write them, and comments."""

import json
import re
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

WIDTH = 110
NO_TIME = "null"
_BARE = re.compile(r"[A-Za-z$/.][\w$./() *+,'=!<>@-]*|\d+[a-z]")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "~"}
_FLOW = set(",{}[]")
_EXAMPLE = 50
_WIDE = 0x10000


def scalar(value: Any) -> str:
    """Give a value as YAML, in quotes where it could be taken for something else."""
    if not isinstance(value, str):
        return _escaped(json.dumps(value, ensure_ascii=False))
    plain = _BARE.fullmatch(value) and ": " not in value and " #" not in value and value[-1] not in " :"
    return value if plain and value.lower() not in _WORDS else _escaped(json.dumps(value, ensure_ascii=False))


def long(key: str, text: str, indent: str) -> list[str]:
    """Give a key with its text; a long one in lines of its own."""
    line = f"{indent}{key}: {_member(key, text)}"
    if len(line) <= WIDTH or not text.isprintable():
        # Only in quotation marks can a text say a line's end.
        return [line]
    # Folded, a line's end is one blank.
    parts = [text] if "  " in text else wrap(text, WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    return [f"{indent}{key}: >-", *(f"{indent}  {part}" for part in parts)]


def attribute(name: str, parts: Mapping[str, str | None]) -> list[str]:
    """Give an attribute, in one line where it fits; a value by itself needs no more than that."""
    given = {key: part for key, part in parts.items() if part}
    if list(given) == ["value"]:
        return long(name, given["value"], "    ")
    flow = ", ".join(f"{key}: {_member(key, part)}" for key, part in given.items())
    if len(flow) + len(name) < WIDTH - 8 and not any(_FLOW & set(part) for part in given.values()):
        return [f"    {name}: {{{flow}}}"]
    return [f"    {name}:", *(line for key, part in given.items() for line in long(key, part, "      "))]


def note(words: str | None, indent: str) -> list[str]:
    """Give a comment, a sentence."""
    return [f"{indent}# {words[0].upper()}{words[1:]}."] if words else []


def shown(value: Any) -> str:
    """Give an example value for a comment."""
    text = one_line(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _EXAMPLE else text[:_EXAMPLE] + "…"


def one_line(text: str) -> str:
    """Give a text without line ends, and without what YAML does not allow in a comment."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _escaped(text: str) -> str:
    """Write what is not printed, and what YAML takes for the end of a line, by its number."""
    return "".join(
        letter if letter.isprintable() else f"\\u{ord(letter):04x}" if ord(letter) < _WIDE else f"\\U{ord(letter):08x}"
        for letter in text
    )


def _member(key: str, text: str) -> str:
    return NO_TIME if (key, text) == ("observedAt", NO_TIME) else scalar(text)
