# SPDX-License-Identifier: EUPL-1.2
"""Tokens of OAuth 2 by client credentials (RFC 6749, 4.4): what is sent and what comes back; no I/O."""

from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

import httpx
import orjson

from allmende.errors import Retry
from connectors.declarative.kinds.auth import OAuth2
from connectors.declarative.sources.web.requests import Request, basic

_EARLY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token, and until when (seconds of the clock that was given) it is used."""

    text: str = field(repr=False)
    until: float | None = None

    def is_good(self, now: float) -> bool:
        """Whether it may be used still."""
        return self.until is None or now < self.until


def token_request(oauth2: OAuth2) -> Request:
    """Give the request for a token."""
    form = {"grant_type": "client_credentials"} | ({"scope": oauth2.scope} if oauth2.scope else {})
    # Both are form-encoded before they are put together (RFC 6749, 2.3.1).
    named = basic(quote_plus(oauth2.client), quote_plus(oauth2.secret.get_secret_value()))
    headers = {
        "Authorization": named,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    return Request(url=httpx.URL(oauth2.token_url), method="POST", headers=headers, body=urlencode(form).encode())


def read_token(content: bytes, shown_url: str, now: float) -> Token:
    """Read the answer; raises Retry where it holds no token."""
    try:
        given = orjson.loads(content)
        text, lasts_s = given["access_token"], given.get("expires_in")
        until = None if lasts_s is None else now + max(float(lasts_s) - _EARLY_S, float(lasts_s) / 2)
    except (ValueError, TypeError, KeyError, AttributeError):
        text, until = None, None
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or not text:
        raise Retry(f"{shown_url} answers without a token: check 'token_url', 'client' and 'scope'")
    return Token(text=text, until=until)
