# SPDX-License-Identifier: EUPL-1.2
"""Tells MQTT that something is new for a connector."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Wakeups:
    """Listeners of one process."""

    _listeners: list[Callable[[str, str], None]] = field(default_factory=list)

    def listen(self, listener: Callable[[str, str], None]) -> None:
        """Call `listener(tenant, connector)` from now on."""
        self._listeners.append(listener)

    def wake(self, tenant: str, connector: str) -> None:
        """Something is new on the connector's down topics."""
        for listener in self._listeners:
            listener(tenant, connector)
