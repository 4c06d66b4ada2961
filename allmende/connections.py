# SPDX-License-Identifier: EUPL-1.2
"""Connections of HTTP with bounds: nobody fills the memory with a header, or the table of files with silence."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

END_WITHIN_S = 5
_REFUSAL = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself waits for ever and reads a header of any size."""

    max_head_bytes: ClassVar[int] = 64 * 1024
    head_within_s: ClassVar[float] = 15
    silent_for_s: ClassVar[float] = 60
    """How long a body may pause."""
    deaf_for_s: ClassVar[float] = 60
    """How long a client may take nothing of what is sent to it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_head = True
        self._is_whole = False
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._hearing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A client connected; it has to say what it wants."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.head_within_s, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._meet_deadline()
        self._stop_watching()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client takes less than it is sent; it has to go on taking."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It has taken nearly all."""
        self._stop_watching()
        super().resume_writing()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._is_whole, self._head_bytes = True, False, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its header is whole."""
        self._in_head = False
        self._meet_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """So is its body."""
        self._is_whole = True
        self._meet_deadline()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Read on; a request that is not whole afterwards must go on in time."""
        super().data_received(data)
        if self._is_whole or self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > self.max_head_bytes:
                self.transport.write(_REFUSAL)
                self.transport.close()
            elif self._deadline is None:
                self._deadline = self.loop.call_later(self.head_within_s, self.transport.abort)
        else:
            self._meet_deadline()
            self._deadline = self.loop.call_later(self.silent_for_s, self.transport.abort)

    def _watch(self, left_bytes: int) -> None:
        self._hearing = self.loop.call_later(self.deaf_for_s, self._look, left_bytes)

    def _look(self, left_bytes: int) -> None:
        """Whether it has taken anything of what was left."""
        now_bytes = self.transport.get_write_buffer_size()
        if now_bytes < left_bytes:
            self._watch(now_bytes)
        else:
            self.transport.abort()

    def _stop_watching(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            self._hearing = None

    def _meet_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


@asynccontextmanager
async def answering(app: Any, listener: socket.socket, **options: Any) -> AsyncIterator[None]:
    """Answer HTTP on a socket, with further options of uvicorn; at the end, requests under way are answered."""
    config = uvicorn.Config(
        app,
        loop="none",
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=END_WITHIN_S,
        **options,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    ticking = asyncio.create_task(server.main_loop(), name="http")
    try:
        yield
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown(sockets=[listener])
