# SPDX-License-Identifier: EUPL-1.2
"""Where a redirect or a link leads, and what must not go there; no I/O."""

import re
from dataclasses import replace

import httpx

from allmende.errors import Retry, Stop
from connectors.declarative.sources.web.answers import Answer
from connectors.declarative.sources.web.masking import Shown
from connectors.declarative.sources.web.requests import Request, origin

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
MOST_REDIRECTS = 5
_TO_GET = {301, 302, 303}
_MOVED = {*_TO_GET, 307, 308}


def is_redirect(answer: Answer) -> bool:
    """Whether an answer names another address for the same question."""
    return answer.status in _MOVED and "location" in answer.headers


def join(url: httpx.URL, location: str, shown: Shown) -> httpx.URL:
    """Give the address that is named at another one; raises Stop where TLS would be left, Retry where it is none."""
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        # Its words would repeat the address, with the keys in it.
        raise Retry(f"{shown.url(url)} leads to what is no address: ask its operator") from None
    if target.scheme not in {"http", "https"} or not _HOST.fullmatch(target.raw_host):
        raise Retry(f"{shown.url(url)} leads to what is no address of http or https: ask its operator")
    if url.scheme == "https" and target.scheme == "http":
        words = "which nobody's data should travel by; name an address that stays with https in 'url'"
        raise Stop(f"{shown.url(url)} leads to http without TLS ({shown.url(target)}), {words}")
    # A user in an address that the other side made up would be sent as a credential.
    return target.copy_with(userinfo=b"", fragment=None)


def redirected(request: Request, answer: Answer, shown: Shown) -> Request:
    """Give the request that a redirect asks for; a body goes to no other origin."""
    target = join(request.url, answer.headers["location"], shown)
    if request.method == "GET" or answer.status in _TO_GET:
        return replace(request, url=target, method="GET", body=None)
    if origin(target) != origin(request.url):
        raise Stop(f"{shown.url(request.url)} moved to {shown.url(target)}: if that is right, name it in 'url'")
    return replace(request, url=target)
