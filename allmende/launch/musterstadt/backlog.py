# SPDX-License-Identifier: EUPL-1.2
"""Sends what was before, a few messages at a time: the next when the platform has stored one, so that nobody waits."""

from collections.abc import Callable, Iterator
from itertools import chain
from time import monotonic
from typing import Any, Final
from uuid import uuid4

_UNDER_WAY: Final = 4
"""Messages without a receipt: enough to keep the platform busy, and few enough to stay small."""
_PATIENCE_S: Final = 30.0

Message = list[dict[str, Any]]
Publish = Callable[[str, Message], None]
"""Sends a message under an id."""


class Backlog:
    """What is to be told and what is under way; the clock counts seconds."""

    def __init__(self, publish: Publish, *, clock: Callable[[], float] = monotonic) -> None:
        self._publish = publish
        self._clock = clock
        self._left: Iterator[Message] = iter(())
        self._under_way: dict[str, tuple[Message, float]] = {}

    def add(self, messages: Iterator[Message]) -> None:
        """Tell these before what is left."""
        self._left = chain(messages, self._left)

    def settle(self, message_id: str) -> None:
        """A receipt has come."""
        self._under_way.pop(message_id, None)

    def go_on(self) -> None:
        """Send what there is room for, and again what has waited for its receipt too long: the connection was lost."""
        for message_id, (message, sent) in self._under_way.items():
            if self._clock() - sent > _PATIENCE_S:
                self._send(message_id, message)
        while len(self._under_way) < _UNDER_WAY and (following := next(self._left, None)):
            self._send(str(uuid4()), following)

    def _send(self, message_id: str, message: Message) -> None:
        self._under_way[message_id] = (message, self._clock())
        self._publish(message_id, message)
