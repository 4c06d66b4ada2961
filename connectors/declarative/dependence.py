# SPDX-License-Identifier: EUPL-1.2
"""What an expression depends on, by its tokens: which variables, and whether on the element of `each`."""

from collections.abc import Sequence

from connectors.declarative.tokens import Token, tokenize
from connectors.declarative.vocabulary import OBJECTS, OWN, VARIABLES, WORDS

_WITHOUT_CONTEXT = {"now", "millis", "random", *OWN}
_ARGUMENTS = {
    "substring": 2, "substringBefore": 2, "substringAfter": 2, "pad": 2, "contains": 2, "split": 2, "match": 2,
    "replace": 3, "formatNumber": 2, "lookup": 2, "each": 2, "sift": 2, "power": 2,
}  # fmt: skip


def has_variables(text: str) -> bool:
    """Whether an expression names a variable of ours."""
    return any(token.text in VARIABLES for token in tokenize(text))


def compares_with_null(tokens: Sequence[Token]) -> bool:
    """Whether a member is asked to be null: it never is, since a member that is null is not there."""
    threes = zip(tokens, tokens[1:], tokens[2:], strict=False)
    sides = [(one, other) for one, sign, other in threes if sign.text == "="]
    return any(
        side.text != "null" and side.kind in {"name", "quoted"} and beside.text == "null"
        for one, other in sides
        for side, beside in ((one, other), (other, one))
    )


def is_record_only(tokens: Sequence[Token]) -> bool:
    """Whether no element of `each` is read: it is enough to compute it once a record. In doubt it is not."""
    inside_record = False
    for before, token in zip([Token("start", ""), *tokens], tokens, strict=False):
        inside_record = token.text in OBJECTS or (inside_record and (token.text == "." or before.text == "."))
        if inside_record or token.text in WORDS:
            continue
        if token.kind in {"name", "quoted"} or token.text in {"$", "$$", "*", "**", "%", "@", "#", "["}:
            return False
    return not _takes_context(tokens)


def _takes_context(tokens: Sequence[Token]) -> bool:
    """Whether a function of JSONata is called with so few arguments that it takes the element for the first."""
    calls: list[tuple[str, int]] = []
    before = Token("start", "")
    for token in tokens:
        if token.text == "(":
            calls.append((before.text[1:] if before.kind == "variable" else "", 0))
        elif token.text == ")" and calls:
            name, commas = calls.pop()
            given = 0 if before.text == "(" else commas + 1
            if name and name not in _WITHOUT_CONTEXT and given < _ARGUMENTS.get(name, 1):
                return True
        elif token.text == "," and calls:
            calls[-1] = (calls[-1][0], calls[-1][1] + 1)
        before = token
    return False
