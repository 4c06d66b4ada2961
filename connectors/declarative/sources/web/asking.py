# SPDX-License-Identifier: EUPL-1.2
"""Asks the addresses of a block: who asks is told to their own origin only, and redirects are followed by hand."""

import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from allmende.errors import Retry
from connectors.declarative.kinds.asking import Asking
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.breakers import Breakers
from connectors.declarative.sources.web.failures import Place, refuse
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.positions import VALIDATORS
from connectors.declarative.sources.web.redirects import MOST_REDIRECTS, is_redirect, redirected
from connectors.declarative.sources.web.requests import (
    Credentials,
    Request,
    credentials_of,
    keys_in,
    origin,
    with_params,
)
from connectors.declarative.sources.web.sending import Sender, after_of
from connectors.declarative.sources.web.tokens import Token, read_token, token_request
from connectors.declarative.sources.web.trust import Trust, open_trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the addresses of one connector share: the file's folder, what may be said, and the breakers of hosts."""

    folder: Path
    shown: Shown
    breakers: Breakers


class Asker:
    """Asks the addresses of one block, of which `home` is the first; keeps a token, and the certificates of its files."""

    def __init__(
        self,
        asking: Asking,
        home: httpx.URL,
        place: Place,
        around: Surroundings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asking = asking
        self.home = origin(home)
        self.place = place
        self.shown = around.shown
        self.sender = Sender(
            shown=around.shown,
            breakers=around.breakers,
            timeout_s=asking.timeout.total_seconds(),
            max_size=asking.max_size,
            proxy=None if asking.proxy is None else httpx.URL(asking.proxy.get_secret_value()),
        )
        self._folder = around.folder
        self._clock = clock
        self._credentials = credentials_of(asking)
        self._keys = keys_in(home)
        self._trust: Trust | None = None
        self._token: Token | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Session"]:
        """Keep connections for as long as a pass takes."""
        self._trust = self._trust or open_trust(self.asking, self._folder)
        proxy = None if self.sender.proxy is None else _open_proxy(self.sender.proxy, self._trust.elsewhere)
        async with _transport(self._trust.home, proxy) as home, _transport(self._trust.elsewhere, proxy) as elsewhere:
            yield Session(self, home, elsewhere)

    async def credentials(self, session: "Session") -> Credentials:
        """Give what says who asks; a token is fetched where there is none that is good."""
        oauth2 = self.asking.auth.oauth2 if self.asking.auth else None
        if oauth2 is None:
            return self._credentials
        if self._token is None or not self._token.is_good(self._clock()):
            request = token_request(oauth2)
            answer = await self.sender.send(session.transport_for(request.url), request)
            url = self.shown.url(request.url)
            if not 200 <= answer.status < 300:
                raise Retry(f"{url} answers {answer.status} and gives no token: check {self.place.auth}",
                            after_s=after_of(answer))  # fmt: skip
            self._token = read_token(answer.content, url, self._clock())
        return Credentials(headers={"Authorization": f"Bearer {self._token.text}"})

    def without_keys(self, url: httpx.URL) -> httpx.URL:
        """Take keys out of an address at another origin: a redirect often repeats the query that it was asked with."""
        ours = {*self._credentials.params.values(), *self._keys}
        pairs = url.params.multi_items()
        kept = [(name, value) for name, value in pairs if value not in ours and not self.shown.hides(value)]
        return url if len(kept) == len(pairs) else url.copy_with(params=kept)

    def forget_token(self) -> bool:
        """Forget the token that was refused; whether there was one."""
        had, self._token = self._token is not None, None
        return had


def _open_proxy(url: httpx.URL, trust: ssl.SSLContext) -> httpx.Proxy:
    return httpx.Proxy(url, ssl_context=trust if url.scheme == "https" else None)


def _transport(trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> httpx.AsyncHTTPTransport:
    # Nothing comes from the environment: a proxy that nobody thought of would see what is asked.
    return httpx.AsyncHTTPTransport(verify=trust, trust_env=False, proxy=proxy)


class Session:
    """The connections of one pass."""

    def __init__(self, asker: Asker, home: httpx.AsyncBaseTransport, elsewhere: httpx.AsyncBaseTransport) -> None:
        self._asker = asker
        self._home = home
        self._elsewhere = elsewhere

    def transport_for(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        """Give the one that shows the certificate at home only."""
        return self._home if self._is_home(url) else self._elsewhere

    async def ask(self, request: Request) -> Answer:
        """Give the answer, 2xx or 304; raises Retry or Stop with what to do."""
        answer = await self._follow(request)
        if answer.status == 401 and self._is_home(answer.url) and self._asker.forget_token():
            answer = await self._follow(request)
        is_unchanged = answer.status == 304 and not request.headers.keys().isdisjoint(VALIDATORS)
        if 200 <= answer.status < 300 or is_unchanged:
            return answer
        place = self._asker.place
        shown = self._asker.shown.url(answer.url)
        if answer.status in {401, 403} and place.auth and not self._is_home(answer.url):
            words = f"{place.auth} is not sent to another host than that of '{place.block}.url'; name this one there"
            raise Retry(f"{shown} answers {answer.status}: {words}")
        raise refuse(answer.status, shown, request.method, place, after_of(answer))

    async def _follow(self, request: Request) -> Answer:
        """Follow redirects."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._asker.sender.send(self.transport_for(request.url), await self._dressed(request))
            if not is_redirect(answer):
                return answer
            request = redirected(request, answer, self._asker.shown)
        raise Retry(f"{self._asker.shown.url(request.url)} is the end of more than {MOST_REDIRECTS} redirects: "
                    f"name the right address in '{self._asker.place.block}.url'")  # fmt: skip

    async def _dressed(self, request: Request) -> Request:
        """Add what says who asks; to another origin not even the headers of the file go, which may hold keys."""
        if not self._is_home(request.url):
            return replace(request, url=self._asker.without_keys(request.url), headers={})
        given = await self._asker.credentials(self)
        told = {name.lower() for name in given.headers}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in told}
        return replace(request, url=with_params(request.url, given.params), headers={**headers, **given.headers})

    def _is_home(self, url: httpx.URL) -> bool:
        return origin(url) == self._asker.home
