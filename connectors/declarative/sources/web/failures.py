# SPDX-License-Identifier: EUPL-1.2
"""What went wrong with a request, in words that say what to do; no I/O."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from allmende.errors import Retry, SourceError, Stop

TIMES_WHOLE = 10
"""A whole answer may take so many times as long as a silence."""
MAY_COME_BACK = {408, 425, 429, 500, 502, 503, 504}
"""What a host says of itself, and not of the request."""
_NEVER = {
    405: "does not take {method}: change 'method'",
    406: "has no such format: change the header Accept",
    411: "wants a Content-Length: change 'method' or 'body'",
    413: "finds 'body' too large",
    414: "finds the address too long: shorten 'params'",
    415: "does not take 'body' as it is written: set the header Content-Type",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the connector file an address stands."""

    block: str
    """`source`, or `lookup.sites`."""
    auth: str | None = None
    """The block that says who asks, and the variables in it: `source.auth.bearer (${TOKEN})`."""


def explain(error: BaseException, url: httpx.URL, timeout_s: float) -> str:
    """Say why there is no answer."""
    name = name_of(url)
    for cause in _causes(error):
        words = _explain_cause(cause, url.host, name)
        if words is not None:
            return words
    if isinstance(error, TimeoutError):
        return f"{name} did not end its answer within {timeout_s * TIMES_WHOLE:g} s: raise 'timeout' if it is slow"
    if isinstance(error, httpx.TimeoutException):
        return f"{name} did not answer within {timeout_s:g} s: raise 'timeout' if it is slow"
    if isinstance(error, httpx.ConnectError):
        return f"{name} cannot be reached: check the address, and the network"
    return f"{name} broke off the answer: it may have too much to do, or speak something else than HTTP at this port"


def explain_through(proxy: httpx.URL, error: BaseException, url: httpx.URL, timeout_s: float) -> str:
    """Say why there is no answer of an address that is asked through a proxy."""
    if isinstance(error, httpx.ProxyError):
        return f"Proxy {name_of(proxy)} does not ask {name_of(url)} ({str(error)[:100]}): check 'proxy'"
    is_connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    # A certificate is that of the address: a proxy only passes it on.
    if is_connecting and not any(isinstance(cause, ssl.SSLError) for cause in _causes(error)):
        return f"The proxy: {explain(error, proxy, timeout_s)}"
    return explain(error, url, timeout_s)


def name_of(url: httpx.URL) -> str:
    """Give host and port."""
    return f"{url.host}:{url.port}" if url.port else url.host


def refuse(status: int, url: str, method: str, place: Place, after_s: float | None) -> SourceError:
    """Give the error of an answer that is none: Stop where only another file can mend it, else Retry."""
    if status in _NEVER:
        return Stop(f"{url} answers {status}: it {_NEVER[status].format(method=method)}")
    words = f"check 'params', 'headers' and 'body' of {place.block}"
    if status in {401, 403}:
        words = _who_asks(status, place)
    elif status == 407:
        words = f"the proxy wants to know who asks, put user and password into '{place.block}.proxy'"
    elif status in {404, 410}:
        words = f"there is nothing at this address, check '{place.block}.url'"
    elif status == 429:
        wait = "" if after_s is None else f" for {after_s:.0f} s"
        words = f"it wants to be left alone{wait}, raise '{place.block}.every'"
    elif status >= 500:
        words = "it has a fault of its own, which only its operator can mend"
    elif status < 400:
        words = f"it does not say where to go on, check '{place.block}.url'"
    return Retry(f"{url} answers {status}: {words}", after_s=after_s)


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Give the seconds of a Retry-After: a number, or a date; None where it is neither."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:10])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    # A date without a zone is UTC, as HTTP writes them all.
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max((date - now).total_seconds(), 0.0)


def _explain_cause(cause: BaseException, host: str, name: str) -> str | None:
    if isinstance(cause, socket.gaierror):
        return f"Host {host} is not known: check the address, and the name server of this machine"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _explain_certificate(cause, host)
    if isinstance(cause, ssl.SSLError):
        words = "check https or http, and whether it wants a 'certificate' of this side"
        return f"{name} cannot be spoken to by TLS ({cause.reason or cause}): {words}"
    if isinstance(cause, ConnectionRefusedError):
        return f"{name} takes no connections: check host and port, and whether it runs"
    return None


def _who_asks(status: int, place: Place) -> str:
    if place.auth is None:
        return f"it wants to know who asks, add 'auth' to {place.block}"
    if status == 401:
        return f"it does not accept {place.auth}, check it"
    return f"who is named by {place.auth} may not read this, ask its operator"


def _explain_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    words = f"The certificate of {host} is not accepted ({error.verify_message}): "
    if error.verify_code == 10:
        return words + "it has expired, and its operator must renew it; check the clock of this machine"
    if error.verify_code in {62, 64}:
        return words + "it is for another name, check the host in the address"
    return words + "name a file with the certificate of its authority as 'ca'"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give an error and what is behind it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
