# SPDX-License-Identifier: EUPL-1.2
"""Who may send to a webhook: keys, passwords and signatures, compared in constant time. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.declarative.kinds.auth import ApiKey
from connectors.declarative.kinds.receiving import Admission, BasicAuth, HmacAuth, Timestamp

Headers = Mapping[str, str]
"""Header fields by their names in small letters."""


def refusal_of_caller(auth: Admission | None, headers: Headers, query: Mapping[str, str]) -> str | None:
    """Why a request is refused before its body is read; None where it is not."""
    if auth is None or auth.hmac is not None:
        return None
    if auth.api_key is not None:
        return _refuse_key(auth.api_key, headers, query)
    if auth.basic is not None:
        return _refuse_basic(auth.basic, headers.get("authorization"))
    return _refuse_bearer(auth, headers.get("authorization"))


def refusal_of_body(auth: Admission | None, headers: Headers, body: bytes, *, now: datetime) -> str | None:
    """Why a body is refused for its signature or its time; None where it is not."""
    if auth is None or auth.hmac is None:
        return None
    given = headers.get(auth.hmac.header.lower())
    if given is None:
        return f"Header {auth.hmac.header} with the signature is required"
    signed = body
    if auth.hmac.timestamp is not None:
        said = headers.get(auth.hmac.timestamp.header.lower(), "")
        wrong = _refuse_time(auth.hmac.timestamp, said, now)
        if wrong is not None:
            return wrong
        before, _, after = auth.hmac.timestamp.signed.replace("{time}", said).partition("{body}")
        signed = before.encode() + body + after.encode()
    return None if _is_signature(auth.hmac, given, signed) else f"The signature in {auth.hmac.header} is wrong"


def challenge_of(auth: Admission | None) -> str | None:
    """What WWW-Authenticate says with a 401."""
    if auth is not None and auth.basic is not None:
        return 'Basic realm="webhook", charset="UTF-8"'
    return 'Bearer realm="webhook"' if auth is not None and auth.bearer is not None else None


def same(given: str, wanted: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode("utf-8", "surrogateescape"))


def _refuse_key(key: ApiKey, headers: Headers, query: Mapping[str, str]) -> str | None:
    given = headers.get(key.header.lower()) if key.header else query.get(key.query or "")
    place = f"header {key.header}" if key.header else f"parameter {key.query}"
    if given is None:
        return f"A key in {place} is required"
    return None if same(given, key.value.get_secret_value()) else f"The key in {place} is wrong"


def _refuse_bearer(auth: Admission, given: str | None) -> str | None:
    scheme, _, key = (given or "").partition(" ")
    if scheme.lower() != "bearer" or auth.bearer is None:
        return "A key as Authorization: Bearer is required"
    return None if same(key.strip(), auth.bearer.get_secret_value()) else "The bearer key is wrong"


def _refuse_basic(basic: BasicAuth, given: str | None) -> str | None:
    scheme, _, coded = (given or "").partition(" ")
    if scheme.lower() != "basic":
        return "User and password as Authorization: Basic are required"
    try:
        text = base64.b64decode(coded.strip(), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        return "Authorization: Basic is not base64"
    wanted = f"{basic.user}:{basic.password.get_secret_value()}"
    return None if same(text, wanted) else "User or password is wrong"


def _is_signature(settings: HmacAuth, given: str, signed: bytes) -> bool:
    key = settings.secret.get_secret_value().encode()
    digest = hmac.new(key, signed, getattr(hashlib, settings.algorithm)).digest()
    wanted = digest.hex() if settings.encoding == "hex" else base64.b64encode(digest).decode()
    text = given.strip()
    if not text.startswith(settings.prefix):
        return False
    text = text[len(settings.prefix) :]
    # Hexadecimal digits are written in capitals by some.
    return same(text.lower() if settings.encoding == "hex" else text, wanted)


def _refuse_time(settings: Timestamp, said: str, now: datetime) -> str | None:
    time = _time_of(said)
    if time is None:
        return f"Header {settings.header} must be seconds since 1970, or a time in ISO 8601 with its offset"
    away = abs(now - time)
    if away > settings.tolerance:
        most = settings.tolerance / timedelta(seconds=1)
        return f"The time in {settings.header} is more than {most:g} s from now; it may be sent only once, and soon"
    return None


def _time_of(said: str) -> datetime | None:
    try:
        if said.isascii() and said.isdigit():
            number = int(said[:20])
            return datetime.fromtimestamp(number / 1000 if number > 10**11 else number, UTC)
        time: Any = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return None
    return time if time.tzinfo is not None else None
