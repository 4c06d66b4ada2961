# SPDX-License-Identifier: EUPL-1.2
"""A call of a webhook as ASGI gives it: its header, its parameters, its body within bounds, and its answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import orjson

from allmende.errors import InvalidRequest, KeyRequired, RequestError, TooLarge, Unavailable
from connectors.declarative.kinds.receiving import Admission
from connectors.declarative.sources.credentials import challenge_of

BODY_WITHIN_S: Final = 60.0

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer, to HEAD without its body."""
    length = (b"content-length", b"%d" % len(answer.body))
    fields = [(b"content-type", answer.media_type.encode()), length, (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*fields, *answer.headers]})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


def problem_answer(error: RequestError, auth: Admission | None) -> Answer:
    """The answer of an error: a problem document (RFC 9457)."""
    document = {"type": "about:blank", "title": error.title, "status": error.status, "detail": str(error)}
    answer = Answer(error.status, orjson.dumps(document), "application/problem+json")
    challenge = challenge_of(auth)
    if isinstance(error, KeyRequired) and challenge is not None:
        answer.headers.append((b"www-authenticate", challenge.encode()))
    if isinstance(error, Unavailable):
        answer.headers.append((b"retry-after", b"%d" % error.retry_after))
    return answer


def fields_of(scope: Scope) -> dict[str, str]:
    """Header fields by name in small letters; of one that comes twice the first, so that nobody adds a second key."""
    fields: dict[str, str] = {}
    for name, value in scope["headers"]:
        fields.setdefault(name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
    return fields


def query_of(scope: Scope) -> dict[str, str]:
    """The parameters of the address; of one that comes twice the first."""
    try:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise InvalidRequest("The address has too many parameters") from error
    return dict(reversed(pairs))


async def read_body(
    headers: Mapping[str, str], receive: Receive, most_bytes: int, *, within_s: float = BODY_WITHIN_S
) -> bytes:
    """Read a body, at most so many bytes of it."""
    too_large = TooLarge(f"A body is at most {most_bytes} bytes; source.max_size says so")
    length = headers.get("content-length", "0")
    if not length.isdigit() or len(length) > 18 or int(length) > most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise InvalidRequest("The body ended before it was whole")
                body += message.get("body", b"")
                if len(body) > most_bytes:
                    raise too_large
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError as error:
        raise InvalidRequest(f"The body must be whole within {within_s:g} s") from error
