# SPDX-License-Identifier: EUPL-1.2
"""Answers compressed for clients that take it: small ones at once, large ones beside the loop, a few at a time."""

import asyncio
import gzip
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from broker.web.calls import Answer, Header

LEAST: Final = 1_400
"""Bytes that do not fit into one packet; less gains nothing."""

LARGE: Final = 32 * 1024
"""Bytes that take about a millisecond: whatever is larger must not hold up other requests."""

_AT_ONCE: Final = 2
_FAST: Final = 1
_THOROUGH: Final = 5


@dataclass(frozen=True, slots=True)
class Compressor:
    """Compresses the answers of a process."""

    _beside: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def compress(self, answer: Answer, accept_encoding: bytes) -> Answer:
        """The answer as gzip where the client takes that and it is worth it; its tag is then weak (RFC 9110, 8.8.1)."""
        if answer.body is None or len(answer.body) < LEAST or not takes_gzip(accept_encoding):
            return answer
        if len(answer.body) < LARGE:
            body = gzip.compress(answer.body, _FAST, mtime=0)
        else:
            async with self._beside:
                body = await asyncio.to_thread(gzip.compress, answer.body, _THOROUGH, mtime=0)
        headers = [_weakened(header) for header in answer.headers]
        return replace(answer, body=body, headers=[*headers, (b"content-encoding", b"gzip")])


@lru_cache(maxsize=256)
def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether a client takes gzip (RFC 9110, 12.5.3): what it says of gzip itself counts before what it says of all."""
    weights: dict[bytes, bytes] = {}
    for part in accept_encoding.lower().split(b","):
        name, _, weight = part.partition(b";")
        weights[name.strip()] = weight.replace(b" ", b"")
    weight = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", b"q=0")))
    return weight.rstrip(b"0").rstrip(b".") not in {b"q=", b"q=0"}


def _weakened(header: Header) -> Header:
    return (b"etag", b"W/" + header[1]) if header[0] == b"etag" else header
