# SPDX-License-Identifier: EUPL-1.2
"""Large JSON answers: made and compressed beside the loop, so that other requests have their turn meanwhile."""

import asyncio
import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from fastapi import Request, Response

from api.platform import BY_CALLER, to_json
from broker.web.negotiation import JSON

_LEAST: Final = 1_000
"""Bytes that are worth to be compressed."""


async def packed_response(request: Request, make: Callable[[], Any], media_type: str = JSON) -> Response:
    """An answer of what `make` returns; caches ask before they give it again."""
    takes_gzip = "gzip" in request.headers.get("accept-encoding", "")

    def work() -> tuple[bytes, dict[str, str]]:
        content = to_json(make())
        is_packed = takes_gzip and len(content) >= _LEAST
        return (_pack(content), {"content-encoding": "gzip"}) if is_packed else (content, {})

    content, encoding = await asyncio.to_thread(work)
    headers = {"cache-control": "no-cache", "vary": f"Accept, Accept-Encoding, {BY_CALLER}"}
    return Response(content, headers=headers | encoding, media_type=media_type)


@lru_cache(maxsize=8)
def _pack(content: bytes) -> bytes:
    """Compressed, which takes longest of all; whoever looks at the same map is sent the same."""
    return gzip.compress(content, 6, mtime=0)
