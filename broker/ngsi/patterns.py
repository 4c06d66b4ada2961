# SPDX-License-Identifier: EUPL-1.2
"""Regular expressions for ids: what PostgreSQL, RE2 and Python read in the same way, and no more."""

import re
from typing import Final

from allmende.errors import BadRequestData

MAX_LENGTH: Final = 256
MAX_REPEATS: Final = 100

_PART: Final = re.compile(
    r"""
      \\(?:[dDwWsS]|[^\w\s])                     # a class, or a sign taken literally
    | \[\^?\]?(?:\\(?:[dDwWsS]|[^\w\s])|[^\[\]\\])+\]
    | \((?:\?:|(?!\?))                             # a group; none that looks around or has a name
    | (?:[*+?]|\{(?P<least>\d+)(?:,(?P<most>\d*))?\})\??(?![*+?{])
    | [).|^$]
    | [^\\\[\](){}.|^$*+?]                        # any other character
    """,
    re.VERBOSE,
)


def parse_pattern(text: str) -> str:
    """A checked regular expression."""
    if len(text) > MAX_LENGTH:
        raise _wrong(f"must have at most {MAX_LENGTH} characters")
    at, counted = 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise _wrong(f"is not supported at {text[at : at + 10]!r}; look-around and back references are not")
        if part["least"] is not None:
            counted += 1
            if counted > 3 or int(part["most"] or part["least"]) > MAX_REPEATS:
                raise _wrong(f"must have at most three counted repetitions, of at most {MAX_REPEATS}")
        at = part.end()
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise _wrong(f"is not a regular expression: {error}") from None
    return text


def _wrong(what: str) -> BadRequestData:
    return BadRequestData(f"Parameter 'idPattern' {what}")
