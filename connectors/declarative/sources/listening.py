# SPDX-License-Identifier: EUPL-1.2
"""Listening to a broker: MQTT, asyncio on one side, paho's thread on the other; bounded, and acknowledged by hand."""

import asyncio
import os
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from allmende.errors import Retry, SourceError, Stop
from connectors.declarative.sources.messages import Message
from connectors.declarative.sources.subscribing import Subscriber, begin_connection, make_client, subscriptions_of

MOST_WAITING = 1000
MOST_WAITING_BYTES = 32 * 1024 * 1024
CONNECT_S = 20.0
_REFUSED = {
    0x84: "speaks another version of MQTT: set version: 3.1.1, or 5",
    0x85: "does not take the client_id",
    0x86: "refuses the username or the password",
    0x87: "refuses the username, the password or the certificate",
    0x8A: "has banned us",
}
_ENDED = {
    0x80: "it is gone, or another client has the same client_id",  # what paho says when nothing was said
    0x8B: "it shuts down",
    0x8E: "another client has the same client_id",
}

log = structlog.get_logger()


class Listener:
    """One connection; when it is lost it ends, and the runner decides when there is another."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[Message | None] = asyncio.Queue()
        self._settled = asyncio.Event()
        self._lost: SourceError | None = None
        self._room = threading.Condition()
        self._waiting = 0
        self._waiting_bytes = 0
        self._closed = False
        self._client = make_client(subscriber)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    @property
    def _where(self) -> str:
        return f"Broker {self._subscriber.host}:{self._subscriber.port}"

    async def open(self) -> None:
        """Connect and subscribe; raise Stop or Retry with what is wrong."""
        subscriber = self._subscriber
        if subscriber.tls is not None:
            context = await asyncio.to_thread(subscriber.tls)
            self._client.tls_set_context(context)
            # paho does not say what is wrong with a certificate, and leaves the socket open.
            await self._reach(context)
        begin_connection(self._client, subscriber, most_unacknowledged=MOST_WAITING)
        self._client.loop_start()
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._settled.wait()
        except TimeoutError as error:
            raise Retry(f"{self._where} does not answer") from error
        if isinstance(self._lost, _NoConnection):
            await self._reach(None)
        if self._lost is not None:
            raise self._lost

    async def next(self, quiet_s: float | None) -> Message | None:
        """Give the next message, or nothing where none has come for so long; raise Retry when the broker is lost."""
        while True:
            try:
                async with asyncio.timeout(quiet_s):
                    message = await self._arrived.get()
            except TimeoutError:
                return None
            if message is None:
                raise self._lost or Retry(f"{self._where} is away")
            with self._room:
                self._waiting -= 1
                self._waiting_bytes -= len(message.payload)
                self._room.notify()
            if self._lost is None or message.qos == 0:
                return message
            # It was never acknowledged, and comes again.

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that it may forget a message; of a connection that is lost it hears nothing."""
        if message.qos and not self._closed:
            self._client.ack(message.number, message.qos)

    async def close(self) -> None:
        """Disconnect."""
        with self._room:
            self._closed = True
            self._room.notify_all()
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # It would close its sockets when it is freed: of a broker that is away for a night that may be too late.
        self._client.reinitialise()

    async def _reach(self, context: ssl.SSLContext | None) -> None:
        """Connect and hang up; raise Retry with what is wrong."""
        subscriber = self._subscriber
        try:
            async with asyncio.timeout(CONNECT_S / 4):
                _, writer = await asyncio.open_connection(subscriber.host, subscriber.port, ssl=context)
        except TimeoutError as error:
            raise Retry(f"{self._where} does not answer") from error
        except ssl.SSLCertVerificationError as error:
            words = f"shows a certificate that is not trusted: {error.verify_message}; 'ca' names others to trust"
            raise Retry(f"{self._where} {words}") from error
        except OSError as error:
            is_plain = isinstance(error, ConnectionError) and error.errno
            words = os.strerror(error.errno or 0) if is_plain else error.strerror or str(error)
            raise Retry(f"{self._where} is away: {words}") from error
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    # The callbacks run in paho's thread and hand everything over to the loop.

    def _hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _on_connect(self, client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        if code.is_failure:
            words = f"{self._where} {_REFUSED.get(code.value, f'does not let us in: {code}')}"
            self._hand_over(self._lose, Stop(words) if code.value in _REFUSED else Retry(words))
            return
        client.subscribe(subscriptions_of(self._subscriber))

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        self._hand_over(self._lose, _NoConnection(f"{self._where} is away"))

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._hand_over(self._lose, Retry(f"{self._where} closed the connection: {_ENDED.get(code.value, code)}"))

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        topics = zip(self._subscriber.topics, codes, strict=False)
        refused = [f"{topic} ({code})" for topic, code in topics if code.is_failure]
        if refused:
            words = f"{self._where} does not let us read {', '.join(refused)}"
            self._hand_over(self._lose, Stop(words))
        else:
            self._hand_over(self._settled.set)

    def _on_message(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        """Wait for room: what is not read stays with the broker."""
        try:
            topic = message.topic
        except UnicodeDecodeError:
            # No broker should let it pass; it would come again and again.
            log.warning("topic_not_understood", payload_bytes=len(message.payload))
            client.ack(message.mid, message.qos)
            return
        payload = bytes(message.payload)
        with self._room:
            while self._is_full and not self._closed:
                self._room.wait()
            if self._closed:
                return
            self._waiting += 1
            self._waiting_bytes += len(payload)
        arrived = Message(topic=topic, payload=payload, number=message.mid, qos=message.qos)
        self._hand_over(self._arrived.put_nowait, arrived)

    @property
    def _is_full(self) -> bool:
        return self._waiting >= MOST_WAITING or self._waiting_bytes >= MOST_WAITING_BYTES

    # From here on in the loop's thread.

    def _lose(self, reason: SourceError) -> None:
        if self._lost is None:
            self._lost = reason
            self._settled.set()
            self._arrived.put_nowait(None)


class _NoConnection(Retry):
    """There is no connection, and paho does not say why."""
