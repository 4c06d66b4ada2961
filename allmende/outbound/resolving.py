# SPDX-License-Identifier: EUPL-1.2
"""Names become addresses in threads of their own: a resolver that hangs holds up nothing else."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias

from allmende.outbound.addresses import Address, parse_address
from allmende.outbound.failures import Unreachable

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[Address]]]
_THREADS = 4


@dataclass(slots=True)
class Resolver:
    """The resolver of this machine; its threads begin with the first name."""

    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS, "resolve"))

    async def resolve(self, host: str, port: int) -> list[Address]:
        """Every address of a host; raises Unreachable. What looks like a number is read as the system reads it."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._threads, _ask, host, port)
        except (OSError, UnicodeError) as error:
            raise Unreachable("has a host that no name server knows") from error
        return list(dict.fromkeys(parse_address(text) for text in found))

    def close(self) -> None:
        """Begin no more look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _ask(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
