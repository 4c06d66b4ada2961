# SPDX-License-Identifier: EUPL-1.2
"""The tokens of a JSONata expression: enough to tell names, variables and literals apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PATTERN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
      | (?P<quoted>`[^`]*`)
      | (?P<variable>\$\$|\$[^\W\d]\w*|\$)
      | (?P<name>[^\W\d]\w*)
      | (?P<operator>:=|!=|<=|>=|~>|\*\*|\.\.|\?\?|\?:|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\n]|\\.)+/[im]*", re.DOTALL)
_ENDS_OPERAND = {"string", "number", "quoted", "variable", "name"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind, its text, and whether anything but space stands before it."""

    kind: str
    text: str


def tokenize(expression: str) -> Iterator[Token]:
    """Give the tokens of an expression, spaces and comments included."""
    at, previous = 0, Token("start", "")
    while at < len(expression):
        match = _regex_literal(expression, at, previous) or _PATTERN.match(expression, at)
        if match is None:  # pragma: no cover - the last alternative takes any character
            break
        token = Token(match.lastgroup or "regex", match.group())
        yield token
        at = match.end()
        if token.kind != "space":
            previous = token


def _regex_literal(expression: str, at: int, previous: Token) -> re.Match[str] | None:
    if expression[at] != "/" or expression.startswith("/*", at):
        return None
    if previous.kind in _ENDS_OPERAND or previous.text in {")", "]", "}"}:
        return None
    return _REGEX.match(expression, at)


def significant(expression: str) -> list[Token]:
    """Give the tokens of an expression without spaces and comments."""
    return [token for token in tokenize(expression) if token.kind != "space"]
