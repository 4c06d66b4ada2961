# SPDX-License-Identifier: EUPL-1.2
"""What of values counts as nothing, and which values are one key."""

from typing import Any


def is_nothing(value: Any) -> bool:
    """Whether an expression gave nothing: no value, null, or an empty text (an empty cell of a CSV)."""
    return value is None or value == ""


def to_key(value: Any) -> str:
    """Give the text by which a lookup is asked: 5, 5.0 and "5" are one key."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
