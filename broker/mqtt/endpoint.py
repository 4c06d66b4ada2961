# SPDX-License-Identifier: EUPL-1.2
"""The platform's own MQTT endpoint: listens, lets connectors in, stops without losing what it took."""

import asyncio
import socket
import ssl
from functools import partial
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from allmende.errors import Unavailable
from broker.mqtt.door import Authenticate, Door
from broker.mqtt.downlink import Downlink
from broker.mqtt.exchange import Exchange, Intake, Member
from broker.mqtt.greeting import PATIENCE_S, Greeting
from broker.mqtt.metrics import MqttMetrics
from broker.mqtt.packets import Reason
from broker.mqtt.requests import Requests

LOOK_S: Final = 1.0
RECHECK_S: Final = 5.0
_DRAIN_S: Final = 5.0
_BACKLOG: Final = 1024

_log = structlog.get_logger()


class Endpoint:
    """MQTT 3.1.1 and 5 for connectors. With `open` everybody is let in; else `authenticate` says whose key it is."""

    def __init__(  # noqa: PLR0913 - opened once, by the composition root
        self,
        ingest: Intake,
        requests: Requests,
        authenticate: Authenticate | None,
        *,
        host: str,
        port: int,
        open: bool = False,  # noqa: A002 - the option's name
        registry: CollectorRegistry | None = None,
        tls: ssl.SSLContext | None = None,
        listener: socket.socket | None = None,
        inner: socket.socket | None = None,
    ) -> None:
        if authenticate is None and not open:
            raise ValueError("An endpoint that is not open needs a way to authenticate")
        metrics = MqttMetrics.register(registry or CollectorRegistry())
        downlink = Downlink(requests, metrics)
        self._exchange = Exchange(ingest, downlink, metrics)
        self._door = Door(self._exchange, None if open else authenticate)
        self._host = host
        self._port = port
        self._tls = tls
        self._listener = listener
        self._inner = inner
        self._server: asyncio.Server | None = None
        self._inner_server: asyncio.Server | None = None
        self._watch: asyncio.Task[None] | None = None
        requests.listen(downlink.wake)

    async def start(self) -> int:
        """Listen, on `inner` without TLS; return the port. Raises OSError where it is taken."""
        greet, create_server = partial(Greeting, self._door), asyncio.get_running_loop().create_server
        if self._inner is not None:
            self._inner_server = await create_server(greet, sock=self._inner)
        patience = PATIENCE_S if self._tls else None
        if self._listener is not None:
            self._server = await create_server(
                greet, sock=self._listener, ssl=self._tls, ssl_handshake_timeout=patience, backlog=_BACKLOG
            )
        else:
            self._server = await create_server(
                greet, self._host, self._port, ssl=self._tls, ssl_handshake_timeout=patience, backlog=_BACKLOG
            )
        self._watch = asyncio.create_task(self._look(), name="mqtt-endpoint")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Take nothing more, acknowledge what is being stored, say goodbye."""
        if self._server is None or self._watch is None:
            return
        self._server.close()
        if self._inner_server is not None:
            self._inner_server.close()
        self._watch.cancel()
        await self._exchange.drain(_DRAIN_S)
        for member in list(self._exchange.members.values()):
            member.end(Reason.SHUTTING_DOWN, "The platform is stopping")
        await self._door.exchange.downlink.stop()
        await self._exchange.close()
        await self._server.wait_closed()

    async def _look(self) -> None:
        """Once a second: who has been silent for too long, who may be read from again, whose key is revoked."""
        loop = asyncio.get_running_loop()
        checked: dict[Member, float] = {}
        while True:
            await asyncio.sleep(LOOK_S)
            now = loop.time()
            members = list(self._exchange.members.values())
            for member in members:
                member.look(now)
            due = [member for member in members if checked.setdefault(member, now) <= now - RECHECK_S]
            await self._check_keys(due)
            checked = {member: now if member in due else checked[member] for member in members}

    async def _check_keys(self, members: list[Member]) -> None:
        for member in members:
            try:
                access = await self._door.admit(member.client.connect)
            except Unavailable:
                return
            if access != member.client.access:
                member.end(Reason.NOT_AUTHORIZED, "The key is no longer valid")
