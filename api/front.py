# SPDX-License-Identifier: EUPL-1.2
"""The outermost part of the platform's HTTP: what holds for every request, whichever part answers it.

Pure ASGI, since every request pays for it. NGSI-LD goes straight to its binding, everything else to FastAPI.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Any, Final, TypeAlias

import orjson
import structlog

from allmende.errors import AddressTooLong, Forbidden, InvalidRequest, RequestError, TooLarge, WrongHost
from api.cors import cors_headers, preflight_answer
from api.gate import READING, HttpGate
from api.metrics import HttpMetrics
from broker.web.calls import PREFIX, Answer, Header
from broker.web.exchange import Receive, Scope, Send, require_single, send_answer, to_mapping
from broker.web.problems import headers_of, to_fault, to_problem

ServerApp: TypeAlias = Any
"""An ASGI application."""

PROBLEM_JSON: Final = "application/problem+json"
MOST_ADDRESS_BYTES: Final = 32 * 1024
REQUEST_ID: Final = "allmende.request_id"
_SAFE: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
_QUERIES: Final = frozenset({f"{PREFIX}entityOperations/query", f"{PREFIX}temporal/entityOperations/query"})
UNBOUNDED: Final = frozenset({"/admin/tenants/import"})
"""Paths whose bodies may be of any length: they are read piece by piece, by whoever has shown a key."""
_ECHOED: Final = (b"ngsild-tenant", b"ngsild-snapshot")
_log = structlog.get_logger()


@dataclass(slots=True)
class Front:
    """Decides by host, origin and size, names the request, and turns faults into a bare 500."""

    gate: HttpGate
    ngsi_ld: ServerApp
    others: ServerApp
    metrics: HttpMetrics
    _process: str = field(default_factory=lambda: token_hex(4))
    _numbers: Any = field(default_factory=count)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.others(scope, receive, send)
            return
        begun = perf_counter()
        headers = to_mapping(scope["headers"])
        request_id = f"{self._process}-{next(self._numbers):x}"
        scope[REQUEST_ID] = request_id
        outgoing = Outgoing(send, self._always(headers, request_id))
        is_ngsi_ld = scope["path"].startswith(PREFIX)
        try:
            await self._answer(scope, receive, outgoing, headers)
        except RequestError as error:
            head_only = scope["method"] == "HEAD"
            await send_answer(outgoing, to_answer(error, is_ngsi_ld=is_ngsi_ld), head_only=head_only)
        except Exception:
            # The one place where a fault of ours becomes an answer; its text goes to the log only.
            _log.exception("request_failed", request=request_id, method=scope["method"], path=scope["path"])
            if outgoing.finished:
                return
            if outgoing.status:
                raise
            media_type = "application/json" if is_ngsi_ld else PROBLEM_JSON
            await send_answer(outgoing, Answer(500, to_fault(request_id), media_type))
        finally:
            self.metrics.count(scope["method"], outgoing.status, (outgoing.begun or perf_counter()) - begun)

    async def _answer(
        self, scope: Scope, receive: Receive, outgoing: "Outgoing", headers: Mapping[bytes, bytes]
    ) -> None:
        self._check(scope, headers)
        preflight = preflight_answer(self.gate, scope["method"], headers)
        if preflight is not None:
            await send_answer(outgoing, preflight)
        elif scope["path"].startswith(PREFIX):
            await self.ngsi_ld(scope, receive, outgoing)
        else:
            is_bounded = scope["path"] not in UNBOUNDED
            await self.others(scope, Limited(receive, self.gate.max_body_bytes) if is_bounded else receive, outgoing)

    def _check(self, scope: Scope, headers: Mapping[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1")
        if host and not self.gate.knows_host(host):
            raise WrongHost(f"Host {host!r} is not of this platform; name it in ALLMENDE_HOSTS")
        if len(headers) != len(scope["headers"]):
            require_single(scope["headers"])
        origin = headers.get(b"origin")
        if origin is not None and not _reads(scope):
            page = origin.decode("latin-1")
            if not self.gate.may_write_from(page, host):
                raise Forbidden(f"A page of origin {page!r} must not write here; name the origin in ALLMENDE_ORIGINS")
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
            raise AddressTooLong(
                f"An address is at most {MOST_ADDRESS_BYTES // 1024} KiB; POST {PREFIX}entityOperations/query takes more"
            )
        length = headers.get(b"content-length")
        if length is not None and scope["path"] not in UNBOUNDED:
            _check_length(length, self.gate.max_body_bytes)

    def _always(self, headers: Mapping[bytes, bytes], request_id: str) -> list[Header]:
        """The header fields that every answer has."""
        fields = [(b"x-request-id", request_id.encode()), *_SAFE]
        fields += [(name, headers[name]) for name in _ECHOED if name in headers]
        if self.gate.origins:
            fields += cors_headers(self.gate, headers)
        return fields


@dataclass(slots=True)
class Outgoing:
    """Adds header fields to an answer on its way out."""

    send: Send
    fields: list[Header]
    status: int = 0
    """Of the answer; 0 while there is none."""
    begun: float = 0
    """When the answer began: a stream of events lasts for hours."""
    finished: bool = False

    async def __call__(self, message: Any) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.begun = perf_counter()
            message["headers"] = [*message.get("headers", ()), *self.fields]
        else:
            self.finished = not message.get("more_body", False)
        await self.send(message)


@dataclass(slots=True)
class Limited:
    """Ends a body that turns out larger than allowed, where its length was not said."""

    receive: Receive
    most_bytes: int
    read_bytes: int = 0

    async def __call__(self) -> Any:
        """Take one message."""
        message = await self.receive()
        self.read_bytes += len(message.get("body", b""))
        if self.read_bytes > self.most_bytes:
            raise _too_large(self.most_bytes)
        return message


def to_answer(error: RequestError, *, is_ngsi_ld: bool) -> Answer:
    """The answer of an error: a problem document, named as the specification of the path wants it."""
    media_type = "application/json" if is_ngsi_ld else PROBLEM_JSON
    return Answer(error.status, orjson.dumps(to_problem(error)), media_type, headers_of(error))


def _reads(scope: Scope) -> bool:
    """Whether a request changes nothing: a query by a body is a POST, and reads."""
    return scope["method"] in READING or (scope["method"] == "POST" and scope["path"].rstrip("/") in _QUERIES)


def _check_length(text: bytes, most_bytes: int) -> None:
    if not text.isdigit():
        raise InvalidRequest("Content-Length must be a number")
    if len(text) > 18 or int(text) > most_bytes:
        raise _too_large(most_bytes)


def _too_large(most_bytes: int) -> TooLarge:
    return TooLarge(f"A request body is at most {most_bytes // 1024 // 1024} MiB; send it in several requests")
