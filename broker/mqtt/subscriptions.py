# SPDX-License-Identifier: EUPL-1.2
"""What one client listens to: filters inside the down topics of its own connector."""

from broker.mqtt.downlink import Downlink, Listener
from broker.mqtt.packets import Reason, Subscribe
from broker.mqtt.topics import Access, Wish, is_filter, parse_down

MOST_FILTERS = 100


class Subscriptions:
    """The granted filters of one client, kept in the audiences of their connectors."""

    def __init__(self, access: Access, downlink: Downlink, listener: Listener) -> None:
        self._access = access
        self._downlink = downlink
        self._listener = listener
        self._granted: dict[str, tuple[Wish, int]] = {}

    def subscribe(self, packet: Subscribe) -> list[int]:
        """Grant or refuse each filter; return a QoS or a reason code for each."""
        if packet.has_identifier:
            return [Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED] * len(packet.filters)
        return [self._grant(pattern, qos) for pattern, qos in packet.filters]

    def unsubscribe(self, filters: tuple[str, ...]) -> list[int]:
        """Take filters back."""
        reasons: list[int] = []
        for pattern in filters:
            found = self._granted.pop(pattern, None)
            reasons.append(Reason.NO_SUBSCRIPTION_EXISTED if found is None else Reason.SUCCESS)
            if found is not None:
                self._admit(found[0].tenant, found[0].connector)
        return reasons

    def wake(self) -> None:
        """Ask for what waits for the connectors listened to."""
        for tenant, connector in self._connectors():
            self._downlink.wake(tenant, connector)

    def clear(self) -> None:
        """The client is gone; what it was sent and has not acknowledged goes to others."""
        connectors = self._connectors()
        self._granted.clear()
        for tenant, connector in connectors:
            self._admit(tenant, connector)
            self._downlink.wake(tenant, connector)

    def _grant(self, pattern: str, qos: int) -> int:
        if pattern.startswith("$share/"):
            return Reason.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
        if not is_filter(pattern):
            return Reason.TOPIC_FILTER_INVALID
        wish = parse_down(pattern)
        if wish is None or not self._access.allows(wish.tenant, wish.connector):
            return Reason.NOT_AUTHORIZED
        if len(self._granted) >= MOST_FILTERS and pattern not in self._granted:
            return Reason.QUOTA_EXCEEDED
        self._granted[pattern] = (wish, min(qos, 1))
        self._admit(wish.tenant, wish.connector)
        return min(qos, 1)

    def _admit(self, tenant: str, connector: str) -> None:
        granted: dict[str, int] = {}
        for wish, qos in self._granted.values():
            if (wish.tenant, wish.connector) == (tenant, connector):
                for name in wish.names:
                    granted[name] = max(qos, granted.get(name, 0))
        self._downlink.audience_of(tenant, connector).admit(self._listener, granted)
        self._downlink.forget_if_empty(tenant, connector)

    def _connectors(self) -> set[tuple[str, str]]:
        return {(wish.tenant, wish.connector) for wish, _ in self._granted.values()}
