# SPDX-License-Identifier: EUPL-1.2
"""A receiver for tests of connectors: the platform's own MQTT endpoint on loopback, before a memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from allmende.testing.memory import Memory, NoRequests
from broker.mqtt.endpoint import Endpoint

HOST = "127.0.0.1"


@dataclass(slots=True)
class Receiver:
    """Listens, can go away and come back on the same port; the memory stays."""

    memory: Memory = field(default_factory=Memory)
    port: int = 0
    _endpoint: Endpoint | None = None

    async def start(self) -> None:
        """Listen: on a free port the first time, then on that one."""
        self._endpoint = Endpoint(self.memory, NoRequests(), None, host=HOST, port=self.port, open=True)
        self.port = await self._endpoint.start()

    async def stop(self) -> None:
        """Be away: connections end, nobody listens."""
        if self._endpoint is not None:
            await self._endpoint.stop()
            self._endpoint = None


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    """A receiver that listens as long as it is needed."""
    receiver = Receiver()
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()
