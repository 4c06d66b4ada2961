# SPDX-License-Identifier: EUPL-1.2
"""Names become addresses in threads of their own: a resolver that hangs holds up nothing else, not even the end."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from allmende.outbound.addresses import Address, parse_address
from allmende.outbound.failures import Unreachable

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]
Ask: TypeAlias = Callable[[str, int], list[str]]


def ask_system(host: str, port: int) -> list[str]:
    """What the system says; it takes as long as its name servers do. Raises OSError."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(slots=True)
class Resolver:
    """The resolver of this machine, asked for a few names at once."""

    ask: Ask = ask_system
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def resolve(self, host: str, port: int) -> list[Address]:
        """Every address of a host; raises Unreachable. What looks like a number is read as the system reads it."""
        try:
            return [parse_address(host)]
        except ValueError:
            pass  # a name
        await self._turns.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[str]] = loop.create_future()

        def end(found: list[str] | None, error: Exception | None) -> None:
            self._turns.release()
            if answer.done():
                return
            if error is None:
                answer.set_result(found or [])
            else:
                answer.set_exception(error)

        # A thread that a program waits for at its end would keep it waiting for the name server.
        threading.Thread(target=self._run, args=(host, port, loop, end), name="resolve", daemon=True).start()
        try:
            found = await answer
        except (OSError, UnicodeError) as error:
            raise Unreachable("has a host that no name server knows") from error
        return list(dict.fromkeys(parse_address(text) for text in found))

    def _run(self, host: str, port: int, loop: asyncio.AbstractEventLoop, end: Callable[..., None]) -> None:
        found, failure = None, None
        try:
            found = self.ask(host, port)
        except (OSError, UnicodeError) as error:
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(end, found, failure)
