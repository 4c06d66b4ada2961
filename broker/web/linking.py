# SPDX-License-Identifier: EUPL-1.2
"""Link headers: the @context of a request and of an answer, and the pages before and after."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote

from allmende.errors import BadRequestData

CONTEXT_REL: Final = "http://www.w3.org/ns/json-ld#context"
_PARAMETER: Final = re.compile(r'\s*;\s*([\w!#$&+.^`|~-]+\*?)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?')
_TARGET: Final = re.compile(r"[\s,]*<([^<>]*)>")
_PLAIN: Final = "!$()*-./:@[]_~"
"""Not `,` and `;`: many a reader of links ends a target there."""

_UNSAFE: Final = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]")


@lru_cache(maxsize=1024)
def parse_context_link(header: str) -> str | None:
    """The URL that a Link header names as the JSON-LD context, if it does."""
    targets = [target for target, rels in _links(header) if CONTEXT_REL in rels]
    if len(targets) > 1:
        raise BadRequestData("The Link header names more than one JSON-LD context; put them into one @context document")
    return targets[0] if targets else None


def to_context_link(url: str) -> str:
    """The Link value that names an answer's @context."""
    return f'<{_encode(url)}>; rel="{CONTEXT_REL}"; type="application/ld+json"'


def to_page_link(path: str, query: str, rel: str, media_type: str) -> str:
    """The Link value of another page; the target is absolute within the host."""
    return f'<{_encode(path)}?{_encode(query)}>;rel="{rel}";type="{media_type}"'


@lru_cache(maxsize=256)
def page_query(raw: str, *, limit: int, offset: int) -> str:
    """The client's own parameters with another limit and offset, in the order of their names and without needless %."""
    own = [pair for pair in parse_qsl(raw, keep_blank_values=True) if pair[0] not in {"limit", "offset"}]
    pairs = sorted([*own, ("limit", str(limit)), ("offset", str(offset))])
    return "&".join(f"{quote(name)}={quote(value, safe=_PLAIN)}" for name, value in pairs)


def _links(header: str) -> Iterator[tuple[str, list[str]]]:
    position = 0
    while match := _TARGET.match(header, position):
        position = match.end()
        rels: list[str] = []
        while parameter := _PARAMETER.match(header, position):
            position = parameter.end()
            if parameter[1].lower() == "rel" and not rels:
                rels = (parameter[2] or "").strip('"').split()
        yield match[1].strip(), rels


def _encode(text: str) -> str:
    """A URL that a header can carry: nothing of it ends the link or the header."""
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), text)
