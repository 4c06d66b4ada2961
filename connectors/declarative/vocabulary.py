# SPDX-License-Identifier: EUPL-1.2
"""The names that an expression may use: functions of JSONata and our own, and variables."""

import difflib
from collections.abc import Sequence
from itertools import pairwise

from connectors.declarative.engines import ExpressionError
from connectors.declarative.tokens import Token

OWN = ("number", "geo", "lut", "default", "local", "dec", "urn", "hex", "bytes", "hash", "ngsiv2", "device", "unpivot")
"""The functions of expressions besides JSONata's own."""
OBJECTS = {"$record", "$topic", "$device"}
VARIABLES = {*OBJECTS, "$file"}
WORDS = {"and", "or", "in", "true", "false", "null", "function"}

_OF_JSONATA = """
    abs append assert average base64decode base64encode boolean ceil contains count decodeUrl decodeUrlComponent distinct
    each encodeUrl encodeUrlComponent error eval exists filter floor formatBase formatInteger formatNumber fromMillis join
    keys length lookup lowercase map match max merge millis min not now number pad parseInteger power random reduce replace
    reverse round shuffle sift single sort split spread sqrt string substring substringAfter substringBefore sum toMillis
    trim type uppercase zip
"""
KNOWN = {"$", "$$", *VARIABLES, *(f"${name}" for name in (*_OF_JSONATA.split(), *OWN))}


def require_names(tokens: Sequence[Token]) -> None:
    """Find a function or a variable that does not exist: JSONata would take it for nothing, or fail on each record."""
    bound = _bound(tokens)
    for token in tokens:
        if token.kind == "variable" and token.text not in KNOWN and token.text not in bound:
            near = difflib.get_close_matches(token.text, sorted(KNOWN | bound), n=1)
            hint = f"; the nearest right name is {near[0]}" if near else ""
            raise ExpressionError(f"{token.text} does not exist{hint}")


def _bound(tokens: Sequence[Token]) -> set[str]:
    """Name what the expression makes itself: `$x := …`, `function($x)`, `@$x` and `#$x`."""
    names = {one.text for one, sign in pairwise(tokens) if sign.text == ":="}
    names |= {other.text for sign, other in pairwise(tokens) if sign.text in {"@", "#"}}
    is_inside = False
    for before, token in pairwise(tokens):
        is_inside = token.text != ")" and (is_inside or (before.text in {"function", "λ"} and token.text == "("))
        if is_inside:
            names.add(token.text)
    return names
