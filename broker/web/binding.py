# SPDX-License-Identifier: EUPL-1.2
"""NGSI-LD over HTTP as an ASGI application: finds the operation, checks the request, sends the answer.

The checks come before anything is read: length, key, parameters, media types. There is no framework between the server
and the operation, so that every route is a hot one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from allmende.errors import (
    AllmendeError,
    Forbidden,
    LengthRequired,
    NonexistentTenant,
    NotAcceptable,
    UnsupportedMediaType,
)
from auth.policy import NOTHING, Visible
from auth.principals import Principal
from auth.tenants import DEFAULT, require_name, unknown
from broker.engine.resources import Resources
from broker.engine.snapshots import enter_snapshot, require_snapshot
from broker.ngsi.queries import parse_flag
from broker.web.access import Access
from broker.web.calls import Answer, Call, Operation
from broker.web.compression import Compressor
from broker.web.etags import with_etag
from broker.web.exchange import Disconnected, Receive, Scope, Send, read_body, send_answer, to_mapping
from broker.web.negotiation import choose_media_type, media_type_of
from broker.web.operations import OPERATIONS
from broker.web.parameters import parse_parameters
from broker.web.problems import error_answer, to_request_error
from broker.web.routing import MethodNotAllowed, Routes
from broker.web.waiting import answered

_ROUTES: Final = Routes(OPERATIONS)
_EVERYTHING: Final = Visible.everything()
_SNAPSHOT: Final = b"ngsild-snapshot"


@dataclass(frozen=True, slots=True)
class NgsiLd:
    """The operations of the broker under `/ngsi-ld/v1/`."""

    resources: Resources
    access: Access
    compressor: Compressor = field(default_factory=Compressor)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a fault of ours is raised."""
        headers = to_mapping(scope["headers"])
        try:
            answer = await self._answer(scope, headers, receive)
        except MethodNotAllowed as error:
            answer = _to_options(error) if scope["method"] == "OPTIONS" else _to_refusal(error)
        except LengthRequired:
            answer = Answer(411, b"")
        except Disconnected:
            return
        except AllmendeError as error:
            request_error = to_request_error(error)
            if request_error is None:
                raise
            answer = error_answer(request_error)
        if b"accept-encoding" in headers:
            answer = await self.compressor.compress(answer, headers[b"accept-encoding"])
        await send_answer(send, answer, head_only=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Answer:
        raw_path: bytes = scope["raw_path"]
        operation, ids = _ROUTES.match(scope["method"], raw_path)
        if operation.reads and b"content-length" not in headers:
            raise LengthRequired("Send a Content-Length")
        tenant = require_name(headers[b"ngsild-tenant"].decode("latin-1")) if b"ngsild-tenant" in headers else DEFAULT
        caller = await self.access.admit(headers, tenant, writes=operation.writes, scope=operation.scope)
        visible = _EVERYTHING if caller is None else await self._rights(caller, tenant, operation)
        raw_query: bytes = scope["query_string"]
        parameters = parse_parameters(raw_query, operation.parameters)
        parse_flag(parameters, "local")
        call = Call(self.resources, operation, tenant, visible, ids, headers, parameters, raw_path, raw_query)
        call.scheme = scope["scheme"]
        if operation.offers:
            call.media_type = _negotiate(operation, headers)
        if operation.reads:
            call.content_type = _content_type(operation, headers)
            call.body = await read_body(receive)
        if _SNAPSHOT in headers:
            call.tenant = await enter_snapshot(self.resources, tenant, headers[_SNAPSHOT].decode("latin-1"))
        answer = await self._founded(call)
        return with_etag(answer, headers) if operation.method == "GET" else answer

    async def _rights(self, caller: Principal, tenant: str, operation: Operation) -> Visible:
        """What a caller sees whose rights decide."""
        rights, now = self.resources.rights, self.resources.clock()
        visible = rights.recall(tenant, caller, now) or await rights.of(tenant, caller, now)
        if visible == NOTHING and not caller.is_member:
            raise unknown(tenant)
        if operation.blind and not visible.whole:
            raise Forbidden(f"{operation.name} is for those who may see the whole tenant: it knows no parts of it yet")
        return visible

    async def _founded(self, call: Call) -> Answer:
        """What the operation answers; one that founds makes its tenant where there is none (5.5.10)."""
        try:
            return await answered(call)
        except NonexistentTenant:
            # It may have been deleted since this process heard of it.
            self.resources.forget_tenant(call.tenant)
            if _SNAPSHOT in call.headers:
                # It was there when the request came: what says so is the snapshot that is missing now, or its tenant.
                await require_snapshot(self.resources, call.owner, call.headers[_SNAPSHOT].decode("latin-1"))
                raise
            return await self._answered_anew(call)

    async def _answered_anew(self, call: Call) -> Answer:
        """The answer where a tenant of this name was made anew by another process, or is made now."""
        # Whoever came here may write to this tenant; what is wrong with the request itself was found before.
        if call.operation.founds and self.access.may_found(call.headers):
            await self.resources.tenants.create(call.owner)
        try:
            await self.resources.tenants.schema_of(call.owner)
            return await answered(call)
        except NonexistentTenant:
            raise unknown(call.owner) from None


def _negotiate(operation: Operation, headers: Mapping[bytes, bytes]) -> str:
    accept = headers.get(b"accept")
    if accept is None:
        return operation.offers[0]
    media_type = choose_media_type(accept.decode("latin-1"), operation.offers)
    if media_type is None:
        raise NotAcceptable(f"{operation.name} answers with {' or '.join(operation.offers)}")
    return media_type


def _content_type(operation: Operation, headers: Mapping[bytes, bytes]) -> str:
    content_type = media_type_of(headers.get(b"content-type", b"").decode("latin-1"))
    if content_type not in operation.reads:
        raise UnsupportedMediaType(f"{operation.name} reads {' or '.join(operation.reads)}; say so in Content-Type")
    return content_type


def _to_refusal(error: MethodNotAllowed) -> Answer:
    return Answer(405, b"", headers=[(b"allow", error.allowed.encode())])


def _to_options(error: MethodNotAllowed) -> Answer:
    headers = [(b"allow", error.allowed.encode())]
    if "PATCH" in error.allowed:
        headers.append((b"accept-patch", b"application/json, application/ld+json, application/merge-patch+json"))
    return Answer(204, headers=headers)
