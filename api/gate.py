# SPDX-License-Identifier: EUPL-1.2
"""Whom the platform answers over HTTP: hosts, origins and sizes, decided before anything is read."""

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

MOST_BYTES: Final = 16 * 1024 * 1024
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ANY: Final = "*"
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGate:
    """What the settings say about who may call."""

    hosts: frozenset[str] = frozenset()
    """Host names beside IP addresses and localhost: a web page must not reach the platform by DNS rebinding."""
    origins: frozenset[str] = frozenset()
    """Web origins that may read by CORS and write; `*` lets any read, without credentials."""
    open: bool = False
    """No key is needed."""
    open_reads: bool = True
    """Reads need no key; writes do."""
    max_body_bytes: int = MOST_BYTES

    def knows_host(self, host: str) -> bool:
        """Whether a Host header names this platform."""
        return _is_own(host, self.hosts)

    def may_write_from(self, origin: str, host: str) -> bool:
        """Whether a web page of this origin may write: its own pages, and the origins that are named."""
        return origin in self.origins - {ANY} or _authority(origin) == host.lower()

    def cors_origin(self, origin: str) -> str | None:
        """What Access-Control-Allow-Origin says to a web page of this origin, if anything."""
        if origin in self.origins:
            return origin
        return ANY if ANY in self.origins else None


@lru_cache(maxsize=1024)
def _is_own(host: str, hosts: frozenset[str]) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match[1].lower().removesuffix(".")
    return name == "localhost" or name in hosts or _is_address(name.strip("[]"))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _authority(origin: str) -> str | None:
    """The host and port of an origin; `null` has none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in {"http", "https"} else None
