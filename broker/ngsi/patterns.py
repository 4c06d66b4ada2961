# SPDX-License-Identifier: EUPL-1.2
"""Regular expressions of queries: what PostgreSQL, RE2 and Python read in the same way, and no more."""

import re
from functools import lru_cache
from typing import Any, Final

import re2

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
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_SPACES: Final = {"s": "[:space:]", "S": "[:^space:]"}
_OPTIONS: Final = re2.Options()
_OPTIONS.dot_nl = True
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 2**18  # bytes of one that was compiled; the last 128 are kept


def parse_pattern(text: str, what: str = "Parameter 'idPattern'") -> str:
    """A checked regular expression; `what` begins the message otherwise."""

    def wrong(problem: str) -> BadRequestData:
        return BadRequestData(f"{what} {problem}")

    if len(text) > MAX_LENGTH:
        raise wrong(f"must have at most {MAX_LENGTH} characters")
    at, counted = 0, 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise wrong(f"is not supported at {text[at : at + 10]!r}; look-around and back references are not")
        if part["least"] is not None:
            counted += 1
            if counted > 3 or int(part["most"] or part["least"]) > MAX_REPEATS:
                raise wrong(f"must have at most three counted repetitions, of at most {MAX_REPEATS}")
        at = part.end()
    try:
        re.compile(text)
        compile_pattern(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise wrong(f"is not a regular expression: {error}") from None
    except re2.error as error:
        raise wrong(f"is not supported: {error.args[0].decode()}") from None
    return text


@lru_cache(maxsize=128)
def compile_pattern(text: str) -> Any:
    """A checked regular expression, whose `search` takes time in proportion to the text and finds what PostgreSQL finds."""
    return re2.compile("".join(_to_re2(part[0]) for part in _PART.finditer(text)), options=_OPTIONS)


def _to_re2(part: str) -> str:
    r"""A part as RE2 reads it: to it alone, the vertical tab is no `\s`."""
    if part.startswith("["):
        return _ESCAPE.sub(lambda escape: _SPACES.get(escape[1], escape[0]), part)
    return f"[{_SPACES[part[1]]}]" if part in {r"\s", r"\S"} else part
