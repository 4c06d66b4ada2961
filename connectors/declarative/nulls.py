# SPDX-License-Identifier: EUPL-1.2
"""Members of objects that are null: to expressions they are not there. Pure."""

from typing import Any

from connectors.declarative.engines import ExpressionError

_CONTAINERS = (dict, list)


class WithoutNulls:
    """Gives values without members that are null; what several expressions see in turn is looked through once."""

    __slots__ = ("_given", "_seen")

    def __init__(self) -> None:
        self._given: Any = None
        self._seen: Any = None

    def of(self, value: Any) -> Any:
        """Give the value as expressions see it."""
        if value is not self._given:
            self._seen, self._given = without_nulls(value), value
        return self._seen


def without_nulls(value: Any) -> Any:
    """Give a value without members that are null, at any depth; nulls in lists stay, since places count there."""
    try:
        return _without(value) if _has_nulls(value) else value
    except RecursionError as error:
        raise ExpressionError("The record is nested too deeply") from error


def _has_nulls(value: Any) -> bool:
    if type(value) is dict:
        inner: Any = value.values()
        if None in inner:
            return True
    elif type(value) is list:
        inner = value
    else:
        return False
    return any(_has_nulls(one) for one in inner if type(one) in _CONTAINERS)


def _without(value: Any) -> Any:
    if type(value) is dict:
        return {key: _without(inner) for key, inner in value.items() if inner is not None}
    if type(value) is list:
        return [_without(inner) for inner in value]
    return value
