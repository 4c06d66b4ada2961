# SPDX-License-Identifier: EUPL-1.2
"""Functions of expressions about texts: URNs, bytes, pseudonyms."""

import base64
import binascii
import hmac
import re
from typing import Any

from connectors.declarative.engines import ExpressionError, Function
from connectors.declarative.uris import to_uri
from connectors.declarative.values import is_nothing, to_key

_KIND = re.compile(r"\S+")


def text_functions(hash_key: str) -> dict[str, Function]:
    """Give the functions by name; `hash_key` is what pseudonyms are made with."""
    key = hash_key.encode()

    def hash_(value: Any = None) -> str | None:
        return None if is_nothing(value) else hmac.digest(key, to_key(value).encode(), "sha256").hex()[:32]

    return {"urn": urn, "hex": hex_, "bytes": bytes_, "hash": hash_}


def urn(kind: Any = None, value: Any = None) -> str | None:
    """Give `urn:ngsi-ld:<type>:<id>`, or the id where it is a URI; nothing without an id."""
    if is_nothing(value):
        return None
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise ExpressionError(f"{kind!r} is not an entity type's name")
    return to_uri(to_key(value), kind)


def hex_(value: Any = None) -> list[int] | None:
    """Give the bytes (0 to 255) of a text in hexadecimal digits; blanks, colons and dashes between them do not count."""
    if is_nothing(value):
        return None
    try:
        return list(bytes.fromhex(re.sub(r"[\s:-]", "", str(value)).removeprefix("0x")))
    except ValueError as error:
        raise ExpressionError(f"{value!r} is not written in hexadecimal digits") from error


def bytes_(value: Any = None) -> list[int] | None:
    """Give the bytes (0 to 255) of a text in base64, of the usual alphabet or that of URLs."""
    if is_nothing(value):
        return None
    text = str(value).strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return list(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise ExpressionError(f"{value!r} is not base64") from error
