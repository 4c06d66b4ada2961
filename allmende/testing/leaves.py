# SPDX-License-Identifier: EUPL-1.2
"""The values of a record, wherever they stand in it, and copies of it with others in their place; pure."""

from collections.abc import Callable, Iterator
from typing import Any

Way = tuple[str | int, ...]
"""The keys and positions that lead to a value."""

MOST = 300
WRONG: dict[str, Any] = {"malformed": True}
"""Of the wrong kind wherever one value is expected."""


def leaves(content: Any) -> Iterator[tuple[Way, Any]]:
    """Give the first values that are neither objects nor lists, with the way to each."""
    waiting: list[tuple[Way, Any]] = [((), content)]
    count = 0
    while waiting and count < MOST:
        way, part = waiting.pop(0)
        if isinstance(part, dict):
            waiting += [((*way, key), member) for key, member in part.items()]
        elif isinstance(part, list):
            waiting += [((*way, place), member) for place, member in enumerate(part[:MOST])]
        else:
            count += 1
            yield way, part


def with_leaf(content: Any, way: Way, value: Any) -> Any:
    """Give a copy with another value at the end of a way."""
    if not way:
        return value
    step, rest = way[0], way[1:]
    if isinstance(content, dict):
        return {key: with_leaf(member, rest, value) if key == step else member for key, member in content.items()}
    return [with_leaf(member, rest, value) if place == step else member for place, member in enumerate(content)]


def broken_copies(content: Any) -> Iterator[Any]:
    """Give copies whose values are of the wrong kind: all of them, then one after the other; then what has no values."""
    yield _replace(content, lambda _: WRONG)
    for way, _ in leaves(content):
        yield with_leaf(content, way, WRONG)
    yield {}
    yield WRONG


def insert_after(content: Any, element: Any, news: Any, *, alone: bool = False) -> Any | None:
    """Give a copy of a document with one more element behind the first that is equal; None where there is none.

    `alone`: where a list has one element, it stands there itself, as in XML.
    """
    for way, part in _lists(content, alone=alone):
        for place, member in enumerate(part):
            if member == element:
                return with_leaf(content, way, [*part[: place + 1], news, *part[place + 1 :]])
    return None


def _lists(content: Any, *, alone: bool) -> Iterator[tuple[Way, list[Any]]]:
    waiting: list[tuple[Way, Any]] = [((), content)]
    while waiting:
        way, part = waiting.pop(0)
        if isinstance(part, list):
            yield way, part
        elif isinstance(part, dict):
            if alone and way:
                yield way, [part]
            waiting += [((*way, key), member) for key, member in part.items()]


def _replace(content: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(content, dict):
        return {key: _replace(member, change) for key, member in content.items()}
    if isinstance(content, list):
        return [_replace(member, change) for member in content]
    return change(content)
