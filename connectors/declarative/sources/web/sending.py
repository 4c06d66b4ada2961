# SPDX-License-Identifier: EUPL-1.2
"""One request and its answer: limits of time and size, failures in words, and what the host's breaker learns."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from allmende.errors import Retry, Stop
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.breakers import Breakers
from connectors.declarative.sources.web.failures import MAY_COME_BACK, explain, parse_retry_after
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.receiving import Unreceivable, receive
from connectors.declarative.sources.web.requests import Request

_TIMES_WHOLE = 10
"""A whole answer may take so many times as long as a silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What holds for each request of a block."""

    shown: Shown
    breakers: Breakers
    timeout_s: float
    max_size: int

    async def send(self, client: httpx.AsyncClient, request: Request) -> Answer:
        """Send a request; raises Retry where there is no answer, and gives those that refuse."""
        host = f"{request.url.host}:{request.url.port}" if request.url.port else request.url.host
        self.breakers.enter(host)
        try:
            answer = await self._receive(client, request)
        except Unreceivable as error:
            raise Retry(f"{self.shown.url(request.url)} {error}") from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            reason = self.shown.text(explain(error, request.url, self.timeout_s))
            self.breakers.fail(host, reason)
            raise Retry(reason) from error
        if answer.status in MAY_COME_BACK:
            reason = f"{self.shown.url(request.url)} answers {answer.status}"
            self.breakers.fail(host, reason, after_of(answer))
        else:
            self.breakers.succeed(host)
        return answer

    async def _receive(self, client: httpx.AsyncClient, request: Request) -> Answer:
        try:
            asked = client.build_request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
        except (UnicodeError, TypeError) as error:
            # What they say would repeat the value, which may be a key.
            raise Stop("A header or key has signs that cannot be sent: check 'headers' and 'auth'") from error
        async with asyncio.timeout(self.timeout_s * _TIMES_WHOLE):
            response = await client.send(asked, stream=True)
            try:
                content = await receive(response, self.max_size) if response.is_success else b""
            finally:
                await response.aclose()
        return Answer(status=response.status_code, url=request.url, headers=response.headers, content=content)


def after_of(answer: Answer) -> float | None:
    """Give the seconds that an answer asks to wait."""
    return parse_retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
