# SPDX-License-Identifier: EUPL-1.2
"""The parameters of a statement while its text is built."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Parameters:
    """Values of a statement, by position."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"${len(self.values)}"
