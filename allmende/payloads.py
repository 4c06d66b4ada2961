# SPDX-License-Identifier: EUPL-1.2
"""JSON as it comes in and goes out: what a database or another reader could not keep exactly is refused.

orjson reads fast, but lets pass duplicate keys, and makes a float of an integer that is too large. A text in which a
cheap look finds a sign of such things is read again, slowly and exactly.
"""

import json
import re
from typing import Any, Final, NoReturn

import orjson

from allmende.errors import InvalidRequest

MAX_DEPTH: Final = 100
MAX_KEYS: Final = 500_000
MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**64 - 1
_BLANKS: Final = b" \t\r\n"
_SHORTEST_MEMBER: Final = len('"":0')

_ESCAPE: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_SPACED_COLONS: Final = (b" :", b"\t:", b"\n:", b"\r:")
_DIGITS: Final = bytes(0x30 if chr(byte).isdigit() else 0x20 for byte in range(128)) + b" " * 128
_LONG_NUMBER: Final = b"0" * 19
_STRING_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_NO_SIGNS: Final = bytes(set(range(256)) - set(b'[]{}"'))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text; InvalidRequest names what is wrong with it."""
    is_large = len(raw) > MAX_KEYS * _SHORTEST_MEMBER
    if is_large and raw.count(b'":') - raw.count(b'\\":') > MAX_KEYS:
        raise _too_many_keys()
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _reason(raw, error) from None
    _check_depth(raw)
    if not is_large and (b"\\" not in raw or b"\\u" not in raw) and _is_same(raw, orjson.dumps(value)):
        return value
    return _parse_exactly(raw) if _is_suspicious(raw, value) else value


def _is_same(raw: bytes, written: bytes) -> bool:
    """Whether a value is written again as it was, but for blanks: it has no duplicate keys and no changed number."""
    return raw == written or raw.translate(None, _BLANKS) == written.translate(None, _BLANKS)


def _is_suspicious(raw: bytes, value: Any) -> bool:
    """Whether the text may hold a duplicate key, a number that was changed, or a character that cannot be kept."""
    if _ESCAPE.search(raw) or any(sign in raw for sign in _SPACED_COLONS):
        return True
    if _LONG_NUMBER in raw.translate(_DIGITS):
        return True
    keys = count_keys(value)
    return keys > MAX_KEYS or keys != raw.count(b'":')


def dump_json(value: Any) -> bytes:
    """JSON in UTF-8 without escapes that are not needed."""
    return orjson.dumps(value)


def count_keys(value: Any) -> int:
    """The number of keys in all objects of a value."""
    count = 0
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if type(part) is dict:
            count += len(part)
            waiting += [member for member in part.values() if type(member) is dict or type(member) is list]
        elif type(part) is list:
            waiting += [member for member in part if type(member) is dict or type(member) is list]
    return count


def _too_many_keys() -> InvalidRequest:
    return InvalidRequest(f"The JSON holds more than {MAX_KEYS:,} keys; send it in parts")


def _check_depth(raw: bytes) -> None:
    if raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return
    signs = raw.translate(None, _NO_SIGNS)
    if b"\\" not in raw:
        signs = signs.replace(b'""', b"")  # a quote that remains tells of brackets in a string
    if len(signs) <= 2 * MAX_DEPTH:
        return
    for _ in range(10 if b'"' not in signs else 0):  # most texts have fewer levels, and no brackets in strings
        signs = signs.replace(b"[]", b"").replace(b"{}", b"")
        if not signs:
            return
    depth = 0
    for part in _STRING_OR_BRACKET.finditer(raw):
        sign = raw[part.start()]
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > MAX_DEPTH:
            raise InvalidRequest(f"The JSON is nested deeper than {MAX_DEPTH} levels")


def _reason(raw: bytes, error: orjson.JSONDecodeError) -> InvalidRequest:
    try:
        raw.decode()
    except UnicodeDecodeError as failure:
        return InvalidRequest(f"The JSON is not UTF-8 (byte {failure.start})")
    if not raw.strip():
        return InvalidRequest("The body is empty; it must be JSON")
    try:
        _check_depth(raw)
        _parse_exactly(raw)
    except InvalidRequest as reason:
        return reason
    except (ValueError, RecursionError):
        pass
    return InvalidRequest(f"The body is not JSON: {error}")


def _parse_exactly(raw: bytes) -> Any:
    """Read by the standard library, which tells every pair, number and constant."""
    value: Any = json.loads(
        raw.decode(),
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        parse_int=_exact_integer,
        parse_float=_finite,
    )
    if count_keys(value) > MAX_KEYS:
        raise _too_many_keys()
    _check_text(value)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen: set[str] = set()
        name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value] # add gives None
        raise InvalidRequest(f"The key {name[:80]!r} occurs twice in one object")
    for name in members:
        _check_string(name)
    return members


def _check_text(value: Any) -> None:
    """Refuse what PostgreSQL or UTF-8 cannot hold."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if type(part) is dict:
            waiting += part.values()
        elif type(part) is list:
            waiting += part
        elif type(part) is str:
            _check_string(part)


def _check_string(text: str) -> None:
    if "\0" in text:
        raise InvalidRequest("The JSON holds the character U+0000, which no text may hold")
    if _SURROGATE.search(text):
        raise InvalidRequest("The JSON holds one half of a surrogate pair, which is no character")


def _exact_integer(text: str) -> int:
    if len(text) > 20 or not MIN_INTEGER <= (number := int(text)) <= MAX_INTEGER:
        raise InvalidRequest(f"The number {_short(text)} is out of range: integers have at most 64 bits")
    return number


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise InvalidRequest(f"The number {_short(text)} is out of range")
    return number


def _refuse_constant(text: str) -> NoReturn:
    raise InvalidRequest(f"The number {text} is not JSON")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
