# SPDX-License-Identifier: EUPL-1.2
"""`/hooks`: what is sent to a webhook is passed on to its connector, whose own rules decide; it needs no key of ours."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from allmende.errors import InvalidRequest, KeyRequired, NotFound, TooLarge, Unavailable, UnsupportedMediaType
from allmende.hooks import LONGEST_ANSWER_S, hook_socket, short_path
from api.openapi.describing import describe
from api.platform import ThePlatform
from broker.web.calls import Header
from broker.web.openapi.parts import Parameter, Reply

MOST_ANSWER_BYTES: Final = 64 * 1024
CONNECT_S: Final = 2.0
LONGEST_S: Final = 120.0
"""From the first byte of the body to the answer."""
AWAY_S: Final = 5
"""What Retry-After says while a connector is away."""
_STAYS_OUT: Final = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
        *(b"proxy-authenticate", b"proxy-authorization", b"expect", b"host", b"cookie", b"forwarded"),
        *(b"accept-encoding", b"ngsild-tenant"),
    }
)
"""Of this connection, of the platform, or of a browser; the connector's rules may name any other field."""
_COMES_BACK: Final = ("content-type", "retry-after", "www-authenticate", "allow")
_log = structlog.get_logger()

routes: Final = APIRouter(prefix="/hooks")


@routes.api_route(
    "/{tenant}/{connector}",
    methods=["GET", "POST"],
    openapi_extra=describe(
        "Webhooks",
        {202: Reply("Its records are on disk"), 200: Reply("What the connector answers besides")},
        ids={
            "tenant": Parameter(means="The tenant", example="default"),
            "connector": Parameter(means="The name of the connector", example="town-parking"),
        },
        fails=(InvalidRequest, KeyRequired, NotFound, TooLarge, UnsupportedMediaType, Unavailable),
        caller="anybody",
    ),
)
async def pass_on(tenant: str, connector: str, request: Request, platform: ThePlatform) -> Response:
    """Send the request to the connector and its answer back."""
    words = f"There is no webhook {connector!r} of tenant {tenant!r}"
    if platform.data is None:
        raise NotFound(words)
    door = hook_socket(platform.data, tenant, connector)
    if not door.is_socket():
        raise NotFound(words)
    try:
        async with asyncio.timeout(LONGEST_S):
            return await _ask(door, request)
    except ClientDisconnect as error:
        raise InvalidRequest("The body ended before it was whole") from error
    except (TimeoutError, OSError) as error:
        _log.info("webhook_away", tenant=tenant, connector=connector, error=type(error).__name__)
        away = f"Webhook {connector} is away; send it again"
        raise Unavailable(away, retry_after=AWAY_S) from error


async def _ask(door: Path, request: Request) -> Response:
    """Ask by HTTP on the socket; OSError where the connector is away."""
    import httpx  # it is large, and many platforms have no webhook

    timeout = {"connect": CONNECT_S, "read": LONGEST_ANSWER_S + 5, "write": LONGEST_ANSWER_S, "pool": CONNECT_S}
    url = httpx.URL("http://webhook/").copy_with(query=request.scope["query_string"])
    asked = httpx.Request(
        request.method,
        url,
        headers=fields_inward(request.scope["headers"]),
        content=request.stream() if request.method == "POST" else None,
        extensions={"timeout": timeout},
    )
    with short_path(door) as path:
        try:
            async with httpx.AsyncHTTPTransport(uds=path, verify=False) as transport:
                answer = await transport.handle_async_request(asked)
                content = await _bounded(answer.aiter_raw())
        except httpx.LocalProtocolError as error:
            raise InvalidRequest(f"The request cannot be passed on: {error}") from error
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
    headers = {name: answer.headers[name] for name in _COMES_BACK if name in answer.headers}
    return Response(content, answer.status_code, headers)


def fields_inward(fields: Sequence[Header]) -> list[Header]:
    """The header fields that are passed on: none of this connection, and none that Connection names."""
    named = {part.strip().lower() for name, value in fields if name == b"connection" for part in value.split(b",")}
    outside = _STAYS_OUT | (named - {b"content-length"})
    kept = [
        (name, value.strip()) for name, value in fields if name not in outside and not name.startswith(b"x-forwarded-")
    ]
    return [(b"host", b"webhook"), *kept]


async def _bounded(chunks: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > MOST_ANSWER_BYTES:
            raise ConnectionError("The answer of the connector is too long")
    return bytes(content)
