# SPDX-License-Identifier: EUPL-1.2
"""Functions of expressions about texts: decimal numbers of either sign, URNs, bytes, pseudonyms."""

import base64
import binascii
import hmac
import re
from typing import Any
from urllib.parse import quote

from connectors.declarative.engines import ExpressionError, Function

_SAFE = "-._~:@!$&'()*+,;=/?"
_KIND = re.compile(r"\S+")


def text_functions(hash_key: str) -> dict[str, Function]:
    """Give the functions by name; `hash_key` is what pseudonyms are made with."""
    key = hash_key.encode()

    def hash_(value: Any = None) -> str | None:
        return None if _is_nothing(value) else hmac.digest(key, _text(value).encode(), "sha256").hex()[:32]

    return {"dec": dec, "urn": urn, "hex": hex_, "bytes": bytes_, "hash": hash_}


def dec(value: Any = None) -> Any:
    """Give the number of "12,5", "1.234,5" and "1,234.5": the last of comma and point is the decimal sign.

    One kind of sign that comes several times groups thousands.
    """
    if _is_nothing(value):
        return None
    if type(value) is int or type(value) is float:
        return value
    text = str(value).strip().replace("−", "-").replace(" ", "").replace("\u00a0", "").replace("'", "")
    sign = max(",.", key=text.rfind)
    grouping = "." if sign == "," else ","
    if text.count(sign) > 1:
        grouping, sign = sign, ""
    plain = text.replace(grouping, "").replace(sign or "\0", ".")
    if not re.fullmatch(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)", plain, re.ASCII):
        raise ExpressionError(f"{value!r} is not a number")
    return float(plain) if "." in plain else int(plain)


def urn(kind: Any = None, value: Any = None) -> str | None:
    """Give `urn:ngsi-ld:<type>:<id>`; nothing without an id."""
    if _is_nothing(value):
        return None
    if not isinstance(kind, str) or not _KIND.fullmatch(kind):
        raise ExpressionError(f"{kind!r} is not an entity type's name")
    return f"urn:ngsi-ld:{kind}:{quote(_text(value), safe=_SAFE)}"


def hex_(value: Any = None) -> list[int] | None:
    """Give the bytes (0 to 255) of a text in hexadecimal digits; blanks, colons and dashes between them do not count."""
    if _is_nothing(value):
        return None
    try:
        return list(bytes.fromhex(re.sub(r"[\s:-]", "", str(value)).removeprefix("0x")))
    except ValueError as error:
        raise ExpressionError(f"{value!r} is not written in hexadecimal digits") from error


def bytes_(value: Any = None) -> list[int] | None:
    """Give the bytes (0 to 255) of a text in base64, of the usual alphabet or that of URLs."""
    if _is_nothing(value):
        return None
    text = str(value).strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return list(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (binascii.Error, ValueError) as error:
        raise ExpressionError(f"{value!r} is not base64") from error


def _is_nothing(value: Any) -> bool:
    return value is None or value == ""


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
