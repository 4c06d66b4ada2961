# SPDX-License-Identifier: EUPL-1.2
"""Entity tags: whoever has an answer already is told that it is still right, and is sent no body (RFC 9110, 8.8.3)."""

import re
from collections.abc import Mapping
from hashlib import sha1
from typing import Final

from broker.web.calls import Answer, Header

_VARY: Final[Header] = (
    b"vary",
    b"accept, accept-encoding, authorization, link, ngsild-entitymap, ngsild-snapshot, ngsild-tenant, prefer, x-api-key",
)
"""What of a request an answer depends on, beside its address."""

_TAG: Final = re.compile(rb'("[^"]*")\s*(?:,|$)')
_TAGGED: Final = frozenset({200, 203, 206})


def with_etag(answer: Answer, headers: Mapping[bytes, bytes]) -> Answer:
    """The answer of a read with its tag, or 304 where the client names that in If-None-Match."""
    if answer.status not in _TAGGED or answer.body is None:
        return answer
    tag = b'"%b"' % sha1(answer.body, usedforsecurity=False).hexdigest().encode()
    answer.headers += ((b"etag", tag), _VARY)
    known = headers.get(b"if-none-match")
    if known is not None and names_tag(known, tag):
        return Answer(304, headers=answer.headers)
    return answer


def names_tag(known: bytes, tag: bytes) -> bool:
    """Whether If-None-Match names this tag, or any."""
    return known.strip() == b"*" or tag in _TAG.findall(known)
