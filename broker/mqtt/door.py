# SPDX-License-Identifier: EUPL-1.2
"""Who is let in: a user name that is a connector's, with its key or an administrator's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from auth.principals import Principal
from broker.mqtt.crowd import Crowd
from broker.mqtt.exchange import Exchange
from broker.mqtt.packets import Connect
from broker.mqtt.throttle import Throttle
from broker.mqtt.topics import Access, is_connector

MOST_KNOCKING: Final = 1000
MOST_KNOCKING_EACH: Final = 200
MOST_PUNISHED: Final = 1000
MOST_PUNISHED_EACH: Final = 10
MOST_CONNECTIONS: Final = 10_000

Authenticate: TypeAlias = Callable[[str, str], Awaitable[Principal | None]]
"""Whose key the password is; the user name is for its log. Raises Unavailable where that cannot be told."""


@dataclass(slots=True)
class Door:
    """Decides about connections; `authenticate` None means that everybody may come in."""

    exchange: Exchange
    authenticate: Authenticate | None
    throttle: Throttle = field(default_factory=Throttle)
    knocking: Crowd = field(default_factory=lambda: Crowd(MOST_KNOCKING, MOST_KNOCKING_EACH))
    punished: Crowd = field(default_factory=lambda: Crowd(MOST_PUNISHED, MOST_PUNISHED_EACH))

    def knock(self, network: str) -> bool:
        """Whether one more connection may say who it is; it counts until it has."""
        return len(self.exchange.transports) <= MOST_CONNECTIONS and self.knocking.enter(network)

    async def admit(self, connect: Connect) -> Access | None:
        """Whose topics the client may use; None where it may not come in."""
        name = connect.username
        if name and not is_connector(name):
            return None
        if self.authenticate is None:
            return Access(None, name or None)
        if not name or connect.password is None:
            return None
        try:
            key = connect.password.decode()
        except UnicodeDecodeError:
            return None
        principal = await self.authenticate(name, key)
        if principal is None or (principal.kind == "connector" and principal.connector != name):
            return None
        return Access(principal.tenant, name)
