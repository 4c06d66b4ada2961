# SPDX-License-Identifier: EUPL-1.2
"""One request and its answer: limits of time and size, failures in words, and what the host's breaker learns."""

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from allmende.errors import Retry, Stop
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.breakers import Breakers
from connectors.declarative.sources.web.failures import (
    MAY_COME_BACK,
    TIMES_WHOLE,
    explain,
    explain_through,
    name_of,
    parse_retry_after,
)
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.receiving import CODINGS, Unreceivable, receive
from connectors.declarative.sources.web.requests import Request

_PLAIN = {"Accept": "*/*", "Accept-Encoding": CODINGS, "User-Agent": "allmende-connector"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What holds for each request of a block."""

    shown: Shown
    breakers: Breakers
    timeout_s: float
    max_size: int
    proxy: httpx.URL | None = field(default=None, repr=False)

    async def send(self, transport: httpx.AsyncBaseTransport, request: Request) -> Answer:
        """Send a request; raises Retry where there is no answer, and gives those that refuse."""
        host = name_of(request.url)
        self.breakers.enter(host)
        try:
            answer = await self._receive(transport, request)
        except Unreceivable as error:
            self.breakers.succeed(host)
            raise Retry(f"{self.shown.url(request.url)} {error}") from error
        except (UnicodeError, httpx.LocalProtocolError):
            # What they say would repeat the value, which may be a key.
            raise Stop("A header or key has signs that cannot be sent: check 'headers' and 'auth'") from None
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            reason = self.shown.text(self._explain(error, request.url))
            self.breakers.fail(host, reason)
            raise Retry(reason) from error
        if answer.status in MAY_COME_BACK:
            reason = f"{self.shown.url(request.url)} answers {answer.status}"
            self.breakers.fail(host, reason, after_of(answer))
        else:
            self.breakers.succeed(host)
        return answer

    def _explain(self, error: Exception, url: httpx.URL) -> str:
        if self.proxy is None:
            return explain(error, url, self.timeout_s)
        return explain_through(self.proxy, error, url, self.timeout_s)

    async def _receive(self, transport: httpx.AsyncBaseTransport, request: Request) -> Answer:
        # A client of httpx would log the address with its keys, and look at where a redirect leads before we do.
        async with asyncio.timeout(self.timeout_s * TIMES_WHOLE):
            response = await transport.handle_async_request(self._build(request))
            try:
                content = await receive(response, self.max_size) if response.is_success else b""
            finally:
                await response.aclose()
        return Answer(status=response.status_code, url=request.url, headers=response.headers, content=content)

    def _build(self, request: Request) -> httpx.Request:
        headers = httpx.Headers(_PLAIN)
        headers.update(dict(request.headers))
        timeout = httpx.Timeout(self.timeout_s).as_dict()
        return httpx.Request(
            request.method, request.url, headers=headers, content=request.body, extensions={"timeout": timeout}
        )


def after_of(answer: Answer) -> float | None:
    """Give the seconds that an answer asks to wait."""
    return parse_retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
