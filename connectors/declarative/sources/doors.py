# SPDX-License-Identifier: EUPL-1.2
"""Doors of webhooks: the socket below the data folder, or the address that a connector file names, and HTTP on it."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allmende.errors import Retry, Stop
from allmende.hooks import short_path
from connectors.declarative.kinds.receiving import address_in

BACKLOG = 128


@dataclass(slots=True)
class Door:
    """Where the platform passes requests on to, and whether the spool is full: a run says so before it reads."""

    path: Path | None = None
    is_full: Callable[[], bool] = lambda: False


def listen_on(listen: str | None, door: Path | None) -> socket.socket:
    """Open the address `host:port`, else the socket of the platform; Retry where it cannot be had."""
    try:
        if listen is not None:
            return _listen_at(listen)
        if door is None:
            raise Stop("A webhook is received where its connector runs: allmende connectors run")
        return _listen_at_door(door)
    except OSError as error:
        raise Retry(f"Webhook: {listen or door} cannot be listened on: {error.strerror or error}") from error


def _listen_at(listen: str) -> socket.socket:
    address = address_in(listen)
    if address is None:
        raise Stop(f"source.listen must be host:port, not {listen!r}")
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    return socket.create_server(address, family=family, backlog=BACKLOG)


def _listen_at_door(door: Path) -> socket.socket:
    """Put a new socket in the place of one that an earlier process left: the spool's lock says that it is gone."""
    door.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = door.with_name(f".{door.name}.new")
    fresh.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_path(fresh) as address:
            listener.bind(address)
        fresh.chmod(0o600)
        listener.listen(BACKLOG)
        # Renamed when it listens: nobody who passes a request on ever finds the place empty.
        fresh.rename(door)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


@asynccontextmanager
async def serving(app: Any, listener: socket.socket) -> AsyncIterator[None]:
    """Answer HTTP on a socket; at the end, requests that are being answered are answered."""
    from allmende.connections import answering  # only a webhook needs the server, and it takes a while

    async with answering(app, listener, proxy_headers=False):
        yield
