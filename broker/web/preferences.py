# SPDX-License-Identifier: EUPL-1.2
"""The header Prefer: how a client would like to be answered (RFC 7240)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
# A quote that nothing ends goes to the end: looked for anew after each sign, it would take a second for a long header.
_PREFERENCE: Final = re.compile(r'(?:"(?:[^"\\]|\\.?)*+(?:"|$)|[^,"])+')
_PIECE: Final = re.compile(rf'\s*([^\s=;,"]+)\s*(?:=\s*({_QUOTED}|[^\s;,"]*))?')
_ESCAPE: Final = re.compile(r"\\(.)")


@lru_cache(maxsize=256)
def parse_preferences(header: str) -> Mapping[str, str]:
    """The preferences by name in lower case, without their own parameters; of one that comes twice the first counts."""
    found: dict[str, str] = {}
    for preference in _PREFERENCE.findall(header):
        match = _PIECE.match(preference)
        if match is not None:
            value = match[2] or ""
            found.setdefault(match[1].lower(), _ESCAPE.sub(r"\1", value[1:-1]) if value.startswith('"') else value)
    return found
