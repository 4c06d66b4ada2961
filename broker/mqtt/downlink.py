# SPDX-License-Identifier: EUPL-1.2
"""From the platform to connectors: receipts to all that listen, each replay or drop to one until it is taken."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from allmende.errors import RequestError
from broker.engine.requests import Request
from broker.mqtt.metrics import MqttMetrics
from broker.mqtt.outgoing import Token
from broker.mqtt.requests import Requests
from broker.mqtt.topics import DOWN, to_down
from broker.mqtt.writing import to_topic

AGAIN_S: Final = 2.0
_log = structlog.get_logger()


class Listener(Protocol):
    """A client that can be sent to."""

    def send(self, topic: bytes, payload: bytes, *, qos: int, token: Token | None = None) -> bool:
        """Send, or queue until the client takes more; False where it cannot be."""

    def outstanding(self) -> set[Token]:
        """Tokens that this client has not acknowledged."""


class Audience:
    """Who listens to the down topics of one connector, with the QoS granted for each."""

    def __init__(self, tenant: str, connector: str) -> None:
        self._key = (tenant, connector)
        self.topics = {name: to_topic(to_down(tenant, connector, name)) for name in DOWN}
        self._listeners: dict[str, dict[Listener, int]] = {name: {} for name in DOWN}

    def admit(self, listener: Listener, granted: dict[str, int]) -> None:
        """Replace what a client listens to."""
        for name, listeners in self._listeners.items():
            listeners.pop(listener, None)
            if name in granted:
                listeners[listener] = granted[name]

    @property
    def is_empty(self) -> bool:
        """Whether nobody listens."""
        return not any(self._listeners.values())

    def hear_receipts(self, receipts: list[bytes]) -> int:
        """Send receipts to each listener; return how many were sent."""
        topic, heard = self.topics["ack"], 0
        for listener, qos in self._listeners["ack"].items():
            for receipt in receipts:
                heard += listener.send(topic, receipt, qos=qos)
        return heard

    def outstanding(self) -> set[Token]:
        """Requests that are on their way to some client."""
        clients = {client for listeners in self._listeners.values() for client in listeners}
        return {token for client in clients for token in client.outstanding()}

    def hear_request(self, request: Request) -> bool:
        """Send a request to the first client that takes it with QoS 1."""
        listeners = self._listeners[request.kind]
        topic = self.topics[request.kind]
        return any(
            qos and client.send(topic, request.payload, qos=1, token=Token(*self._key, request.id))
            for client, qos in listeners.items()
        )

    @property
    def takes_requests(self) -> bool:
        """Whether anybody would take a request."""
        return any(self._listeners["replay"].values()) or any(self._listeners["drop"].values())


@dataclass(slots=True)
class Downlink:
    """Audiences by tenant and connector, and the requests that wait for them."""

    requests: Requests
    metrics: MqttMetrics
    audiences: dict[tuple[str, str], Audience] = field(default_factory=dict)
    _asking: set[tuple[str, str]] = field(default_factory=set)
    _again: set[tuple[str, str]] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def audience_of(self, tenant: str, connector: str) -> Audience:
        """The audience of a connector, made where there is none."""
        key = (tenant, connector)
        if key not in self.audiences:
            self.audiences[key] = Audience(tenant, connector)
        return self.audiences[key]

    def forget_if_empty(self, tenant: str, connector: str) -> None:
        """Drop an audience that nobody belongs to."""
        audience = self.audiences.get((tenant, connector))
        if audience is not None and audience.is_empty:
            del self.audiences[tenant, connector]

    def wake(self, tenant: str, connector: str) -> None:
        """Look for requests of a connector, if somebody would take them."""
        key = (tenant, connector)
        audience = self.audiences.get(key)
        if audience is None or not audience.takes_requests:
            return
        if key in self._asking:
            self._again.add(key)
            return
        self._asking.add(key)
        self._start(self._push(key))

    def take(self, token: Token) -> None:
        """A client has this request."""
        self._start(self._confirm(token))

    async def stop(self) -> None:
        """Let what is under way end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=AGAIN_S)
        for task in self._tasks:
            task.cancel()

    async def _push(self, key: tuple[str, str]) -> None:
        try:
            waiting = await self.requests.pending(*key)
        except RequestError as error:
            _log.info("requests_unread", tenant=key[0], connector=key[1], reason=str(error))
            asyncio.get_running_loop().call_later(AGAIN_S, self.wake, *key)
            waiting = []
        finally:
            self._asking.discard(key)
        audience = self.audiences.get(key)
        if audience is not None:
            on_their_way = audience.outstanding()
            for request in waiting:
                if Token(*key, request.id) not in on_their_way and audience.hear_request(request):
                    self.metrics.requests.inc()
        if key in self._again:
            self._again.discard(key)
            self.wake(*key)

    async def _confirm(self, token: Token) -> None:
        tenant, connector, request = token
        try:
            await self.requests.taken(tenant, [request])
        except RequestError as error:
            # They stay and are sent again; a connector takes a request twice without harm.
            _log.info("requests_unconfirmed", tenant=tenant, connector=connector, reason=str(error))
            return

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
