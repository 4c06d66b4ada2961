# SPDX-License-Identifier: EUPL-1.2
"""The header Prefer: how a client would like to be answered (RFC 7240; ETSI GS CIM 009, 6.3.6)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from broker.ngsi.versions import Version, parse_version
from broker.web.calls import Answer, Call

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


def preferences_of(call: Call) -> Mapping[str, str]:
    """The preferences of a request."""
    return parse_preferences(call.headers.get(b"prefer", b"").decode("latin-1"))


def preferred_version(call: Call) -> Version | None:
    """The version of NGSI-LD that a client prefers, no later than ours; None where it names none."""
    return parse_version(preferences_of(call).get("ngsi-ld", "")) if b"prefer" in call.headers else None


def with_version(answer: Answer, version: Version | None, *, altered: bool) -> Answer:
    """The answer with the version that it conforms to; 203 where something of it was rewritten for that."""
    if version is not None:
        answer.headers.append((b"preference-applied", b"ngsi-ld=%d.%d" % version))
    if altered and answer.status == 200:
        answer.status = 203
    return answer
