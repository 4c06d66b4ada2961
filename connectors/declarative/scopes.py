# SPDX-License-Identifier: EUPL-1.2
"""What an expression sees."""

from collections.abc import Callable
from typing import Any


class Scope:
    """What an expression sees: the element (without `each` the record itself), the record, its file, its topic, its device."""

    __slots__ = ("device", "element", "file", "merged", "record", "topic", "turn")

    def __init__(
        self,
        element: Any,
        record: Any,
        file: str,
        turn: int,
        *,
        topic: dict[str, str] | None = None,
        device: dict[str, Any] | None = None,
    ) -> None:
        self.element = element
        self.record = record
        self.file = file
        self.turn = turn
        self.topic = topic
        self.device = device
        self.merged: dict[str, Any] | None = None

    def bindings(self) -> dict[str, Any]:
        """Give the variables of the expression; one without a value is nothing."""
        bound = {"record": self.record, "file": self.file, "topic": self.topic, "device": self.device}
        return {name: value for name, value in bound.items() if value is not None}

    def of_element(self, element: Any) -> "Scope":
        """Give the scope of an element of `each`."""
        return Scope(element, self.record, self.file, self.turn, topic=self.topic, device=self.device)


Compute = Callable[[Scope], Any]
"""An expression, compiled."""
