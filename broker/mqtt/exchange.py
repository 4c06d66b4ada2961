# SPDX-License-Identifier: EUPL-1.2
"""What the clients of one endpoint share: ingest, who listens to which connector's topics, and how much is under way."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, TypeAlias

from broker.engine.messages import Message
from broker.mqtt.downlink import Downlink, Listener
from broker.mqtt.metrics import MqttMetrics
from broker.mqtt.packets import Connect, Reason
from broker.mqtt.topics import Access

MOST_BYTES: Final = 64 * 1024 * 1024
"""Payloads of all clients that wait for their commit; beyond, nobody is read from until half of it is stored."""
MOST_ENTITIES: Final = 20_000
"""The same in entities that the writer has not committed."""

Key: TypeAlias = tuple[str | None, str | None, str]
"""Which client it is: tenant, connector, client identifier."""


class Client(NamedTuple):
    """Who is at the other end."""

    connect: Connect
    access: Access
    key: Key


CLOSE_S: Final = 1.0
"""How long a client may take for the last bytes when the platform stops."""


class Intake(Protocol):
    """Takes messages (broker.engine.ingest)."""

    @property
    def pending(self) -> int:
        """Entities that are not committed yet."""

    def accept(self, message: Message) -> asyncio.Future[bytes | None]:
        """Queue a message; resolves after the commit with its receipt."""


class Member(Listener, Protocol):
    """A client that is connected."""

    client: Client

    def look(self, now: float) -> None:
        """Once a second: end where the client has been silent for too long, go on reading where that is possible."""

    def end(self, reason: Reason, text: str) -> None:
        """Close the connection, with a reason where the protocol has one."""

    def hold(self) -> None:
        """Do not read from it any more."""

    def ease(self) -> None:
        """Read again, unless this client has too much under way itself."""


@dataclass(slots=True)
class Exchange:
    """The state of one endpoint."""

    intake: Intake
    downlink: Downlink
    metrics: MqttMetrics
    transports: set[asyncio.Transport] = field(default_factory=set)
    members: dict[Key, Member] = field(default_factory=dict)
    paused: set[Member] = field(default_factory=set)
    bytes_under_way: int = 0
    messages_under_way: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    deserted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_full(self) -> bool:
        """Whether no more should be read from anybody."""
        return self.bytes_under_way > MOST_BYTES or self.intake.pending > MOST_ENTITIES

    def begin(self, size: int) -> None:
        """A message is on its way."""
        self.messages_under_way += 1
        self.bytes_under_way += size

    def finish(self, messages: int, size: int) -> None:
        """Messages have arrived; who was not read from is read from again where there is room."""
        self.messages_under_way -= messages
        self.bytes_under_way -= size
        if not self.messages_under_way:
            self.idle.set()
        if self.paused and self.bytes_under_way <= MOST_BYTES // 2 and self.intake.pending <= MOST_ENTITIES // 2:
            for member in list(self.paused):
                member.ease()

    def join(self, key: Key, member: Member) -> None:
        """A client is connected; one of the same identifier gives way."""
        elder = self.members.pop(key, None)
        if elder is not None:
            elder.end(Reason.SESSION_TAKEN_OVER, "Another connection uses this client identifier")
        self.members[key] = member
        self.metrics.connections.set(len(self.members))

    def leave(self, key: Key, member: Member) -> None:
        """A client is gone."""
        self.paused.discard(member)
        if self.members.get(key) is member:
            del self.members[key]
            self.metrics.connections.set(len(self.members))

    def lost(self, transport: asyncio.Transport) -> None:
        """A connection is gone, of a client or of somebody who was never let in."""
        self.transports.discard(transport)
        if not self.transports:
            self.deserted.set()

    def deliver_receipts(self, tenant: str, connector: str, receipts: list[bytes]) -> None:
        """Send receipts to whoever listens; one that nobody hears is sent again with a repeat of its message."""
        audience = self.downlink.audiences.get((tenant, connector))
        heard = audience.hear_receipts(receipts) if audience is not None else 0
        self.metrics.receipts.inc(heard)
        if not heard:
            self.metrics.receipts_unsent.inc(len(receipts))

    async def drain(self, seconds: float) -> None:
        """Read from nobody; wait until what was read is acknowledged, or so long."""
        for member in self.members.values():
            member.hold()
        if self.messages_under_way:
            self.idle.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.idle.wait(), seconds)

    async def close(self) -> None:
        """End every connection that is still there."""
        for transport in self.transports:
            transport.close()
        if self.transports:
            self.deserted.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.deserted.wait(), CLOSE_S)
        for transport in list(self.transports):
            transport.abort()
