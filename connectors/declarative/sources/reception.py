# SPDX-License-Identifier: EUPL-1.2
"""The reception of a webhook: decides by caller, size and content, and answers when the records are on disk."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from allmende.errors import Forbidden, InvalidRequest, KeyRequired, RequestError, Unavailable
from allmende.errors import UnsupportedMediaType as UnsupportedMedia
from allmende.hooks import LONGEST_ANSWER_S
from connectors.declarative.kinds.reading import Reading
from connectors.declarative.kinds.receiving import Admission, Receiving
from connectors.declarative.sources.bodies import body_rows
from connectors.declarative.sources.calls import (
    Answer,
    Receive,
    Scope,
    Send,
    fields_of,
    problem_answer,
    query_of,
    read_body,
    send_answer,
)
from connectors.declarative.sources.credentials import refusal_of_body, refusal_of_caller, same
from connectors.declarative.sources.readers import Select

MOST_AT_ONCE: Final = 64
MOST_BYTES_AT_ONCE: Final = 64 * 1024 * 1024
"""Of bodies: a signature is checked when the body is there, so anybody can fill the memory so far."""
LONGEST_CHALLENGE: Final = 1024
BUSY_S, FULL_S = 2, 30
"""What Retry-After says."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The records of one request, and whether they are on disk: False where they cannot be taken any more."""

    rows: list[Any]
    kept: "asyncio.Future[bool]"

    def keep(self) -> None:
        """Say that the records are on disk."""
        if not self.kept.done():
            self.kept.set_result(True)


class Reception:
    """An ASGI application that hands on what may come in."""

    def __init__(
        self,
        settings: Receiving,
        written: Reading,
        select: Select | None,
        is_full: Callable[[], bool],
        *,
        patience_s: float = LONGEST_ANSWER_S,
    ) -> None:
        self._settings = settings
        self._written = written
        self._auth: Admission | None = settings.auth if isinstance(settings.auth, Admission) else None
        self._select = select
        self._is_full = is_full
        self._patience_s = patience_s
        self._deliveries: asyncio.Queue[Delivery] = asyncio.Queue()
        self._waiting: set[asyncio.Future[bool]] = set()
        self._at_once = 0
        self.most_at_once = max(2, min(MOST_AT_ONCE, MOST_BYTES_AT_ONCE // settings.max_size))
        self._closed = False

    async def next(self) -> Delivery:
        """Wait for the next request whose sender still waits, too."""
        while (delivery := await self._deliveries.get()).kept.done():
            pass
        return delivery

    def close(self) -> None:
        """Take no more; who waits is told to send again."""
        self._closed = True
        for kept in self._waiting:
            if not kept.done():
                kept.set_result(False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        self._at_once += 1
        try:
            answer = await self._answer(scope, receive)
        except RequestError as error:
            answer = problem_answer(error, self._auth)
        finally:
            self._at_once -= 1
        await send_answer(answer, scope, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = fields_of(scope)
        query = query_of(scope)
        if scope["method"] == "GET" and self._settings.challenge is not None:
            return self._prove(query)
        if scope["method"] != "POST":
            return Answer(405, b"", headers=[(b"allow", b"GET, POST" if self._settings.challenge else b"POST")])
        if "origin" in headers:
            raise Forbidden("A web page must not send to a webhook")
        self._refuse_caller(headers, query)
        self._refuse_when_full()
        body = await read_body(headers, receive, self._settings.max_size)
        refusal = refusal_of_body(self._auth, headers, body, now=datetime.now(UTC))
        if refusal is not None:
            raise KeyRequired(refusal)
        rows = body_rows(body, headers.get("content-type", ""), self._written, self._select)
        await self._hand_on(rows)
        return Answer(202, orjson.dumps({"records": len(rows)}))

    def _refuse_caller(self, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
        refusal = refusal_of_caller(self._auth, headers, query)
        if refusal is not None:
            raise KeyRequired(refusal)
        if headers.get("content-encoding", "identity") != "identity":
            raise UnsupportedMedia("Send the body without Content-Encoding")

    def _refuse_when_full(self) -> None:
        if self._is_full():
            raise Unavailable("The spool is full until the platform has stored what waits", retry_after=FULL_S)
        if self._closed or self._at_once > self.most_at_once:
            raise Unavailable("Too much comes at once; send it again", retry_after=BUSY_S)

    async def _hand_on(self, rows: list[Any]) -> None:
        """Give the records to whoever reads, and wait until they are on disk."""
        if not rows:
            return
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.add(kept)
        if self._closed:
            kept.set_result(False)
        self._deliveries.put_nowait(Delivery(rows, kept))
        try:
            async with asyncio.timeout(self._patience_s):
                is_kept = await kept
        except TimeoutError:
            is_kept = False
        finally:
            self._waiting.discard(kept)
        if not is_kept:
            raise Unavailable("What was sent cannot be kept at the moment; send it again", retry_after=BUSY_S)

    def _prove(self, query: Mapping[str, str]) -> Answer:
        """Answer a GET that verifies the address with what it holds."""
        challenge = self._settings.challenge
        text = query.get(challenge.parameter, "") if challenge else ""
        if challenge is None or not text or len(text) > LONGEST_CHALLENGE:
            raise InvalidRequest("The challenge is missing, or too long")
        if challenge.token is not None:
            token = query.get(challenge.token_parameter, "")
            if not same(token, challenge.token.get_secret_value()):
                raise Forbidden(f"The token in {challenge.token_parameter} is wrong")
        return Answer(200, text.encode("utf-8", "replace"), "text/plain; charset=utf-8")
