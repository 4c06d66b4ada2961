# SPDX-License-Identifier: EUPL-1.2
"""The end of a connection whose client should still read why."""

import asyncio
from typing import Final

from broker.mqtt.exchange import Exchange

LINGER_S: Final = 1.0


class Farewell(asyncio.Protocol):
    """Throws away what still comes: closing with unread bytes would reset the connection and lose the last packet."""

    def __init__(self, transport: asyncio.Transport, exchange: Exchange) -> None:
        self._exchange = exchange
        self._transport = transport
        self._timer = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)

    @classmethod
    def say(cls, transport: asyncio.Transport, exchange: Exchange) -> None:
        """Wait a moment for the client to hang up."""
        if transport.is_closing():
            return
        transport.set_protocol(cls(transport, exchange))
        if transport.can_write_eof():
            transport.write_eof()
        if not transport.is_reading():
            transport.resume_reading()

    def data_received(self, _data: bytes) -> None:
        """Too late."""

    def eof_received(self) -> None:
        """The client has hung up."""

    def connection_lost(self, _error: Exception | None) -> None:
        """Nothing is left to do."""
        self._timer.cancel()
        self._exchange.lost(self._transport)
