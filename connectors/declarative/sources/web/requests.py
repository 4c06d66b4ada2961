# SPDX-License-Identifier: EUPL-1.2
"""What is asked: an address with its parameters, and what is added so that the other side knows who asks; no I/O."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import orjson

from connectors.declarative.format import Lookup
from connectors.declarative.kinds.asking import Asking
from connectors.declarative.kinds.http import HttpSource
from connectors.declarative.sources.web.dates import fill_dates

Origin = tuple[str, str, int | None]
_KEYS = re.compile(r"key|token|secret|sig|pass|auth|credential", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, without what says who asks."""

    url: httpx.URL
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def fingerprint(self) -> str:
        """A digest of what is asked: what is remembered of another question says nothing about this one."""
        asked = b"\0".join((self.method.encode(), str(self.url).encode(), self.body or b""))
        return hashlib.sha256(asked).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What says who asks; it is meant for one origin."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


def request_of(block: HttpSource | Lookup, now: datetime | None = None) -> Request:
    """Give the request that a block describes; dates in its parameters are counted from `now` (UTC), if it is given."""
    url = httpx.URL(block.url or "")
    pairs = [
        (key, fill_dates(one, now) if now else one)
        for key, given in block.params.items()
        for one in ([given] if isinstance(given, str) else given)
    ]
    if pairs:
        url = url.copy_with(params=[*url.params.multi_items(), *pairs])
    if isinstance(block, Lookup) or block.method == "GET":
        return Request(url=url, headers=block.headers)
    headers = dict(block.headers)
    if block.body is not None and not isinstance(block.body, str):
        headers = {"Content-Type": "application/json"} | headers
    return Request(url=url, method="POST", headers=headers, body=_to_bytes(block.body))


def credentials_of(asking: Asking) -> Credentials:
    """Give what a block's `auth` adds to each request, tokens of OAuth 2 left out."""
    auth = asking.auth
    if auth is None or auth.oauth2 is not None:
        return Credentials()
    if auth.basic is not None:
        return Credentials(headers={"Authorization": basic(auth.basic.user, auth.basic.password.get_secret_value())})
    if auth.bearer is not None:
        return Credentials(headers={"Authorization": f"Bearer {auth.bearer.get_secret_value()}"})
    if auth.api_key is not None:
        key = auth.api_key.value.get_secret_value()
        if auth.api_key.header is not None:
            return Credentials(headers={auth.api_key.header: key})
        return Credentials(params={str(auth.api_key.query): key})
    return Credentials()


def basic(user: str, password: str) -> str:
    """Give the header of a name and a password."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def with_params(url: httpx.URL, params: Mapping[str, str]) -> httpx.URL:
    """Give an address in whose query these parameters have these values."""
    for key, value in params.items():
        url = url.copy_set_param(key, value)
    return url


def keys_in(url: httpx.URL) -> set[str]:
    """Give the values in the query of an address that are keys by their names."""
    return {value for name, value in url.params.multi_items() if _KEYS.search(name)}


def origin(url: httpx.URL) -> Origin:
    """Give what credentials are bound to: scheme, host and port."""
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme)


def _to_bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else orjson.dumps(body)
