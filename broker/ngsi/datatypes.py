# SPDX-License-Identifier: EUPL-1.2
"""The data types of NGSI-LD: URIs, names, times and scopes (ETSI GS CIM 009, 4.6)."""

import re
import unicodedata
from datetime import datetime
from typing import Any, Final

from allmende.errors import BadRequestData
from broker.ngsi.entities import NULL

MAX_URI_BYTES: Final = 1024
"""Ids and names stand in indexes of the database, which have a limit of their own."""

MAX_SCOPES: Final = 100

_ASCII_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\"<>\\^`{|}\x7f]+")
_BLANK: Final = re.compile(
    "[\N{COMBINING GRAPHEME JOINER}\N{HANGUL CHOSEONG FILLER}\N{HANGUL JUNGSEONG FILLER}\N{HANGUL FILLER}"
    "\N{HALFWIDTH HANGUL FILLER}\N{BRAILLE PATTERN BLANK}\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Letters, marks and signs that nobody sees (Unicode 15, Default_Ignorable_Code_Point, and a blank)."""
_NAME: Final = re.compile(r"[^\W\d_]\w*")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")
_LEVEL_RULE: Final = "levels of letters, digits and '_' that begin with a letter, separated by '/'"
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"})


def is_uri(text: str) -> bool:
    """Whether the text is an absolute URI or IRI without white space and invisible characters."""
    if _ASCII_URI.fullmatch(text):
        return len(text) <= MAX_URI_BYTES
    if len(text) > MAX_URI_BYTES or text.isascii() or not _URI.fullmatch(text):
        return False
    if _BLANK.search(text) or any(unicodedata.category(character) in _INVISIBLE for character in text):
        return False
    return len(text.encode()) <= MAX_URI_BYTES


def require_uri(text: Any, what: str) -> str:
    """The text, which must be a URI; `what` begins the message otherwise."""
    if not isinstance(text, str) or not is_uri(text):
        if isinstance(text, str) and len(text) > MAX_URI_BYTES:
            raise BadRequestData(f"{what} must be a URI of at most {MAX_URI_BYTES} bytes")
        raise BadRequestData(f"{what} must be a URI such as urn:ngsi-ld:Device:7, not {shown(text)}")
    if text == NULL:
        raise BadRequestData(f"{what} must not be {NULL}")
    return text


def is_name(text: str) -> bool:
    """Whether the text is a letter followed by letters, digits and `_` (4.6.2)."""
    return _NAME.fullmatch(text) is not None and text[0].isalpha()


def is_instant(text: str) -> bool:
    """Whether the text is a DateTime in UTC in the form in which it is kept (4.6.3)."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def parse_instant(value: Any, what: str) -> str:
    """A DateTime in UTC as it is kept: as given, with a point before the fraction."""
    text = value.replace(",", ".") if isinstance(value, str) else ""
    if is_instant(text):
        return text
    if _INSTANT.fullmatch(text):
        raise BadRequestData(f"{what} names a time that does not exist: {shown(value)}")
    raise BadRequestData(f"{what} must be a time in UTC such as 2026-11-25T01:50:31Z, not {shown(value)}")


def parse_scopes(value: Any) -> list[str]:
    """The scopes of an entity: one or a list, each once (4.18)."""
    scopes = value if type(value) is list else [value]
    if len(scopes) > MAX_SCOPES:
        raise BadRequestData(f"An entity must have at most {MAX_SCOPES} scopes")
    for scope in scopes:
        if type(scope) is not str or not all(map(is_name, scope.removeprefix("/").split("/"))):
            raise BadRequestData(f"A scope must be {_LEVEL_RULE}, such as /Musterstadt/Nord, not {shown(scope)}")
        if len(scope.encode()) > MAX_URI_BYTES:
            raise BadRequestData(f"A scope must have at most {MAX_URI_BYTES} bytes")
    return list(dict.fromkeys(scopes))


def shown(value: Any) -> str:
    """A value as an error message shows it: short, and in words of JSON."""
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is dict:
        return "an object"
    if type(value) is list:
        return "a list"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
