# SPDX-License-Identifier: EUPL-1.2
"""What stands behind an operator of the query language: a value, a list, a range, a pattern (4.9)."""

import re
from typing import Final, cast

import orjson

from broker.ngsi.filters.lexing import Cursor
from broker.ngsi.filters.moments import Moment, parse_moment, to_moment
from broker.ngsi.filters.tree import TIMES, Compares, Equals, Fits, Order, Path, Scalar, Span, Test
from broker.ngsi.naming import Context
from broker.ngsi.patterns import parse_pattern

MAX_VALUES: Final = 1000

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BARE: Final = re.compile(r'(?:(?!\.\.)[^;|(),"\s])+')
_BARE_PATTERN: Final = re.compile(r'[^;|()"\s]+')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ANY: Final = 'a value such as 20, "text", true, 2026-11-25T01:50:31Z or a URI'
_ORDERED: Final = 'a number, a text in quotes or a time such as 20, "text" or 2026-11-25T01:50:31Z'


def read_test(cursor: Cursor, operator: str, path: Path, context: Context | None) -> Test:
    """The test that an operator and what follows it state; with a @context, texts are expanded by it."""
    if operator in {"~=", "!~="}:
        return Fits(_read_pattern(cursor), operator == "!~=")
    if operator in {"==", "!="}:
        return Equals(_read_values(cursor, path, context), operator == "!=")
    value = _read_ordered(cursor, path)
    if cursor.text.startswith(("..", ","), cursor.at):
        raise cursor.wrong(f"{operator} takes one value; a range or a list goes with == or !=")
    return Compares(cast("Order", operator), value)


def _read_values(cursor: Cursor, path: Path, context: Context | None) -> tuple[Scalar | Span, ...]:
    start = cursor.at
    first = _read_scalar(cursor, path, _ANY)
    if cursor.skip(".."):
        cursor.at = start
        low = _read_ordered(cursor, path)
        cursor.skip("..")
        high = _read_ordered(cursor, path)
        if _kind(low) != _kind(high):
            raise cursor.wrong("the ends of a range must be of one kind: two numbers, two texts or two times", at=start)
        return (Span(low, high),)
    values = [first]
    while cursor.skip(","):
        if len(values) == MAX_VALUES:
            raise cursor.wrong(f"a list must have at most {MAX_VALUES} values")
        values.append(_read_scalar(cursor, path, _ANY))
    return tuple(context.expand(value) if context and type(value) is str else value for value in values)


def _read_ordered(cursor: Cursor, path: Path) -> Scalar:
    """A value that has a place in an order: no truth value, and no text without quotes."""
    start = cursor.at
    value = _read_scalar(cursor, path, _ORDERED)
    if type(value) is bool or (type(value) is str and cursor.text[start] != '"'):
        cursor.at = start
        raise cursor.expected(_ORDERED)
    return value


def _read_scalar(cursor: Cursor, path: Path, what: str) -> Scalar:
    start = cursor.at
    quoted = cursor.take(_QUOTED)
    bare = None if quoted is not None else cursor.take(_BARE)
    if quoted is None and bare is None:
        raise cursor.expected(what)
    value = _to_text(cursor, quoted, start) if quoted is not None else _to_scalar(cursor, bare or "", start)
    if path.member not in TIMES:
        return value
    moment = parse_moment(value) if type(value) is str else value
    if not isinstance(moment, Moment) or moment.kind != "DateTime":
        raise cursor.wrong(f"{path.member} must be compared with a time such as 2026-11-25T01:50:31Z", at=start)
    return moment


def _to_scalar(cursor: Cursor, bare: str, start: int) -> Scalar:
    if bare in {"true", "false"}:
        return bare == "true"
    if _NUMBER.fullmatch(bare):
        return _to_number(cursor, bare, start)
    if to_moment(bare) is None:
        if "\x00" in bare:
            raise cursor.wrong("a text must not hold U+0000", at=start)
        return bare
    moment = parse_moment(bare)
    if moment is None:
        raise cursor.wrong(f"{bare} names a time that does not exist", at=start)
    return moment


def _to_number(cursor: Cursor, bare: str, start: int) -> float:
    """A number as documents hold it: an integer of 64 bits, or else a float."""
    try:
        number: float = orjson.loads(bare)
    except orjson.JSONDecodeError:
        raise cursor.wrong(f"{bare} is too large", at=start) from None
    return number


def _to_text(cursor: Cursor, quoted: str, start: int) -> str:
    try:
        text: str = orjson.loads(quoted)
    except orjson.JSONDecodeError:
        raise cursor.wrong(f"{quoted} must be a text as JSON writes it", at=start) from None
    if "\x00" in text:
        raise cursor.wrong("a text must not hold U+0000", at=start)
    return text


def _read_pattern(cursor: Cursor) -> str:
    r"""A regular expression. In quotes it is a text of JSON; what is none, as `"\d"`, is taken as it stands."""
    start = cursor.at
    quoted = cursor.take(_QUOTED)
    if quoted is None:
        pattern = cursor.take(_BARE_PATTERN)
        if pattern is None:
            raise cursor.expected('a pattern such as "^Rat.*"')
    else:
        try:
            pattern = str(orjson.loads(quoted))
        except orjson.JSONDecodeError:
            pattern = quoted[1:-1].replace('\\"', '"')
    return parse_pattern(pattern, f"Parameter {cursor.parameter!r}, column {start + 1}: the pattern")


def _kind(value: Scalar) -> str:
    if isinstance(value, Moment):
        return value.kind
    return "text" if type(value) is str else "number"
