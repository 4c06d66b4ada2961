# SPDX-License-Identifier: EUPL-1.2
"""The bytes of a request and of its answer between ASGI and the binding."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, TypeAlias

from allmende.errors import InvalidRequest
from broker.web.calls import Answer, Header

SINGLE: Final = frozenset(
    (
        b"authorization",
        b"content-length",
        b"content-type",
        b"link",
        b"ngsild-entitymap",
        b"ngsild-snapshot",
        b"ngsild-tenant",
        b"origin",
        b"x-api-key",
    )
)
"""Header fields that a request has once at most."""

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Disconnected(Exception):
    """The client went away before its body was read."""


def to_mapping(pairs: Sequence[Header]) -> Mapping[bytes, bytes]:
    """Header fields by name; those that come several times are one list (RFC 9110, 5.3)."""
    mapping = dict(pairs)
    if len(mapping) == len(pairs):
        return mapping
    joined: dict[bytes, bytes] = {}
    for name, value in pairs:
        joined[name] = b"%b, %b" % (joined[name], value) if name in joined else value
    return joined


def require_single(pairs: Sequence[Header]) -> None:
    """Refuse a header field that may stand once and stands twice: nobody knows which of the two is meant."""
    found: set[bytes] = set()
    for name, _ in pairs:
        if name in SINGLE and name in found:
            raise InvalidRequest(f"Header {name.decode().title()} is sent twice; send it once")
        found.add(name)


async def read_body(receive: Receive) -> bytes:
    """The whole body; its length was limited before."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        return body
    chunks = [body]
    while message["type"] == "http.request" and message.get("more_body", False):
        message = await receive()
        chunks.append(message.get("body", b""))
    if message["type"] != "http.request":
        raise Disconnected
    return b"".join(chunks)


async def send_answer(send: Send, answer: Answer, *, head_only: bool = False) -> None:
    """Send an answer; HEAD gets the header that GET would get."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.head()})
    await send({"type": "http.response.body", "body": b"" if head_only else answer.body or b""})
