# SPDX-License-Identifier: EUPL-1.2
"""Cross-origin reads: header fields for web pages of the origins that the settings name."""

from collections.abc import Mapping
from typing import Final

from api.gate import ANY, HttpGate
from broker.web.calls import Answer, Header

_METHODS: Final = b"GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS"
_ASKED: Final = (
    b"Accept, Authorization, Content-Type, If-None-Match, Last-Event-ID, Link, NGSILD-EntityMap, NGSILD-Snapshot,"
    b" NGSILD-Tenant, Prefer, X-API-Key"
)
_SHOWN: Final = (
    b"Allow, Content-Range, ETag, Link, Location, NGSILD-EntityMap, NGSILD-Results-Count, NGSILD-Snapshot,"
    b" NGSILD-Tenant, Preference-Applied, Retry-After, X-Request-Id"
)
_REMEMBERED_S: Final = b"600"


def cors_headers(gate: HttpGate, headers: Mapping[bytes, bytes]) -> list[Header]:
    """The fields of any answer, where the platform knows origins at all."""
    vary = [] if ANY in gate.origins else [(b"vary", b"Origin")]
    allowed = gate.cors_origin(headers.get(b"origin", b"").decode("latin-1"))
    if allowed is None or b"origin" not in headers:
        return vary
    return [*vary, (b"access-control-allow-origin", allowed.encode()), (b"access-control-expose-headers", _SHOWN)]


def preflight_answer(gate: HttpGate, method: str, headers: Mapping[bytes, bytes]) -> Answer | None:
    """The answer to a browser that asks before it sends a cross-origin request; None where this is none."""
    if method != "OPTIONS" or b"access-control-request-method" not in headers or b"origin" not in headers:
        return None
    if gate.cors_origin(headers[b"origin"].decode("latin-1")) is None:
        return Answer(204)
    fields = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _ASKED),
        (b"access-control-max-age", _REMEMBERED_S),
    ]
    return Answer(204, headers=fields)
