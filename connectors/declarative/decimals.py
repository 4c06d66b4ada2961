# SPDX-License-Identifier: EUPL-1.2
"""Numbers from texts: with the decimal sign that a file has, or whichever it is."""

import math
import re
from collections.abc import Callable
from typing import Any

from connectors.declarative.engines import ExpressionError
from connectors.declarative.values import is_nothing

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:(?P<sign>[.,' \u00a0\u202f])\d{3})(?:(?P=sign)\d{3})*", re.ASCII)
_MAX_DIGITS = 18


def number_reader(decimal: str) -> Callable[..., Any]:
    """Make `$number` for a decimal sign; with a comma, points group thousands."""
    groups = "" if decimal == "." else "."

    def number(value: Any = None) -> Any:
        if type(value) is str:
            if value.isdecimal() and value.isascii() and len(value) <= _MAX_DIGITS:
                return int(value)
            text = value.strip()
            return _read(text, decimal, groups) if text else None
        if isinstance(value, bool):
            return int(value)
        if value is None or isinstance(value, int | float):
            return value
        raise ExpressionError(f"{value!r} is not a number")

    return number


def dec(value: Any = None) -> Any:
    """Give the number of "12,5", "1.234,5" and "1,234.5": the last of comma and point is the decimal sign.

    One kind of sign that comes several times groups thousands.
    """
    if is_nothing(value):
        return None
    if type(value) is int or type(value) is float:
        return value
    text = str(value).strip()
    sign = max(",.", key=text.rfind)
    return _read(text, "" if text.count(sign) > 1 else sign, ".,' \u00a0\u202f")


def _read(text: str, decimal: str, groups: str) -> int | float:
    """Read a number whose thousands may be grouped by one of these signs, always by three digits."""
    whole, sign, rest = text.replace("−", "-").partition(decimal) if decimal else (text.replace("−", "-"), "", "")
    grouped = _GROUPED.fullmatch(whole)
    if grouped is not None and grouped["sign"] in groups:
        whole = whole.replace(grouped["sign"], "")
    plain = f"{whole}.{rest}" if sign else whole
    is_point_odd = decimal != "." and "." in whole  # it neither groups by three, nor is it the decimal sign
    if is_point_odd or not _NUMBER.fullmatch(plain):
        raise ExpressionError(f"{text!r} is not a number")
    number: int | float = float(plain)
    if plain.lstrip("+-").isdecimal() and -(2**63) <= number < 2**63:
        number = int(plain)
    if not math.isfinite(number):
        raise ExpressionError(f"{text!r} is out of range")
    return number
