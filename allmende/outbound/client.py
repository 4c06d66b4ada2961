# SPDX-License-Identifier: EUPL-1.2
"""One request to an address that others name, with bounds of time and size; and documents by it, over redirects."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import httpcore
import httpx

from allmende.outbound.connecting import Guarded
from allmende.outbound.egress import Egress
from allmende.outbound.failures import NoAnswer, NotAllowed, Unreachable
from allmende.outbound.resolving import Resolve, Resolver
from allmende.outbound.unpacking import CODINGS, unpacked

AGENT: Final = "allmende"
MAX_URL: Final = 2_000
_MOVED: Final = frozenset({301, 302, 303, 307, 308})
_REDIRECTS: Final = 3
_OURS: Final = frozenset({"connection", "content-length", "expect", "host", "transfer-encoding", "upgrade"})
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one exchange may cost, redirects included."""

    seconds: float = 5.0
    max_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back; header names in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(kw_only=True)
class Outbound:
    """Sends requests where the egress rules allow it; nothing of one request is left for the next."""

    egress: Egress = field(default_factory=Egress)
    trust: ssl.SSLContext | None = None
    """Whose certificates are believed; None: those of the system."""
    resolve: Resolve = field(default_factory=lambda: Resolver().resolve)
    network: httpcore.AsyncNetworkBackend = field(default_factory=httpcore.AnyIOBackend)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        limits: Limits | None = None,
    ) -> Response:
        """Send one request and give the answer, whatever its status; redirects are not followed. Raises NoAnswer."""
        limits = limits or Limits()
        try:
            async with asyncio.timeout(limits.seconds):
                return await self._exchange(method, parse_url(url), headers or {}, content, limits)
        except TimeoutError as error:
            raise Unreachable(f"did not answer within {limits.seconds:g} s") from error

    async def fetch(self, url: str, *, accept: str, limits: Limits | None = None) -> Response:
        """Give the document at an address; up to three redirects are followed, each checked anew. Raises NoAnswer."""
        limits = limits or Limits()
        at = parse_url(url)
        try:
            async with asyncio.timeout(limits.seconds):
                for _ in range(_REDIRECTS + 1):
                    response = await self._exchange("GET", at, {"Accept": accept}, b"", limits)
                    if response.status not in _MOVED or "location" not in response.headers:
                        return _found(response)
                    at = _next(at, response.headers["location"])
        except TimeoutError as error:
            raise Unreachable(f"did not answer within {limits.seconds:g} s") from error
        raise Unreachable(f"leads on more than {_REDIRECTS} times")

    async def _exchange(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes, limits: Limits
    ) -> Response:
        guarded = Guarded(self.egress, url.scheme, self.resolve, self.network)
        fields = _fields(method, url, headers, content)
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), limits.seconds)
        try:
            async with (
                httpcore.AsyncConnectionPool(ssl_context=self._trusted, network_backend=guarded) as pool,
                pool.stream(
                    method,
                    httpcore.URL(
                        scheme=url.raw_scheme,
                        host=url.raw_host,
                        port=url.port or _PORTS[url.scheme],
                        target=url.raw_path or b"/",
                    ),
                    headers=fields,
                    content=content or None,
                    extensions={"timeout": timeouts},
                ) as response,
            ):
                head = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                body = await unpacked(response.aiter_stream(), head.get("content-encoding", ""), limits.max_bytes)
                return Response(url=str(url), status=response.status, headers=head, content=body)
        except NoAnswer:
            raise
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unreachable(_reason(error)) from error
        except (ssl.SSLError, OSError) as error:
            raise Unreachable("cannot be connected to") from error

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        return self.trust or ssl.create_default_context()


def _fields(method: str, url: httpx.URL, given: Mapping[str, str], content: bytes) -> list[tuple[bytes, bytes]]:
    """The header of a request; what says where it goes and where it ends is not for others to say."""
    if taken := _OURS & {name.lower() for name in given}:
        raise NotAllowed(f"must not be sent the header {min(taken)!r}, which the platform sets itself")
    fields = {"Accept-Encoding": CODINGS, "User-Agent": AGENT, **given, "Connection": "close"}
    if content or method in {"POST", "PUT", "PATCH"}:
        fields["Content-Length"] = str(len(content))
    try:
        return [
            (b"Host", url.netloc),
            *((name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()),
        ]
    except UnicodeEncodeError as error:
        raise NotAllowed("must not be sent a header with such signs; use ASCII") from error


def parse_url(text: str) -> httpx.URL:
    """Read an absolute address of http or https without credentials; raises NotAllowed."""
    if len(text.encode("utf-8", "replace")) > MAX_URL:
        raise NotAllowed(f"is longer than {MAX_URL} bytes")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise NotAllowed("is no URL") from error
    return _checked(url)


def _next(at: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads, to be checked as any address."""
    try:
        target = at.join(location)
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise Unreachable("leads on to what is no URL") from error
    if at.scheme == "https" and target.scheme != "https":
        raise NotAllowed("leads on to an address without TLS")
    return _checked(target)


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in {"http", "https"} or not url.host:
        raise NotAllowed("must be an absolute URL of https")
    if url.userinfo:
        raise NotAllowed("must not hold a user or a password")
    return url.copy_with(fragment=None)


def _found(response: Response) -> Response:
    if response.status != 200:
        raise Unreachable(f"answers {response.status}")
    return response


def _reason(error: BaseException) -> str:
    if isinstance(error, httpcore.TimeoutException):
        return "did not answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "shows a certificate that is not valid for it"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ConnectError):
        return "cannot be connected to"
    return "broke off its answer"
