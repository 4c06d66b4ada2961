# SPDX-License-Identifier: EUPL-1.2
"""What goes to one client: packet identifiers, the client's receive maximum, and what waits for it; no I/O."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from broker.mqtt.writing import write_publish

MOST_IN_FLIGHT: Final = 1000
MOST_WAITING: Final = 10_000
_LAST_ID: Final = 0xFFFF


class Token(NamedTuple):
    """The request that a message carries: what is to be confirmed when the client has it."""

    tenant: str
    connector: str
    request: int


@dataclass(slots=True)
class Outgoing:
    """QoS 1 towards a client."""

    version: int
    window: int
    max_packet_bytes: int | None = None
    in_flight: dict[int, Token | None] = field(default_factory=dict)
    _waiting: deque[tuple[bytes, bytes, Token | None]] = field(default_factory=deque)
    _last: int = 0

    def send(self, topic: bytes, payload: bytes, *, qos: int, token: Token | None = None) -> bytes | None:
        """The packet to write now: empty where it has to wait for the client; None where it cannot be sent."""
        if self.max_packet_bytes is not None and len(topic) + len(payload) + 10 > self.max_packet_bytes:
            return None
        if not qos:
            return write_publish(self.version, topic, payload, 0)
        if self._waiting or len(self.in_flight) >= self.window:
            if len(self._waiting) >= MOST_WAITING:
                return None
            self._waiting.append((topic, payload, token))
            return b""
        return self._number(topic, payload, token)

    def acknowledge(self, packet_id: int) -> Token | None:
        """The client has this packet; return its token. An identifier that is not in flight means nothing."""
        return self.in_flight.pop(packet_id, None)

    def release(self) -> list[bytes]:
        """The packets that have waited and may be written now."""
        packets = []
        while self._waiting and len(self.in_flight) < self.window:
            packets.append(self._number(*self._waiting.popleft()))
        return packets

    def tokens(self) -> set[Token]:
        """What has been sent and is not known to be with the client."""
        kept = {token for _, _, token in self._waiting if token is not None}
        return kept | {token for token in self.in_flight.values() if token is not None}

    def _number(self, topic: bytes, payload: bytes, token: Token | None) -> bytes:
        packet_id = self._last % _LAST_ID + 1
        while packet_id in self.in_flight:
            packet_id = packet_id % _LAST_ID + 1
        self._last = packet_id
        self.in_flight[packet_id] = token
        return write_publish(self.version, topic, payload, packet_id)
