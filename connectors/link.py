# SPDX-License-Identifier: EUPL-1.2
"""The link to the platform: MQTT 5, asyncio on one side, paho's thread on the other."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from allmende.errors import AllmendeError, Forbidden, KeyRequired, SettingsError, Unavailable
from connectors.arrivals import Arrival

MOST_IN_FLIGHT = 100
KEEPALIVE_S = 30
FIRST_RETRY_S = 1.0
_KEY_REFUSED = {0x84, 0x85, 0x86, 0x87, 0x8A}
_NO_SUBSCRIBER = 0x10
_PORTS = {"mqtt": 1883, "mqtts": 8883}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the platform takes messages."""

    host: str
    port: int
    tls: bool = False
    knows_certificate: bool = True
    """Whether the certificate must be of this name; on the same machine it names another one."""


def parse_platform(url: str, *, knows_certificate: bool = True) -> Address:
    """Read mqtt://host:port or mqtts://host:port."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _PORTS or not parts.hostname or port == -1:
        raise SettingsError(f"--platform must be mqtt://host:port or mqtts://host:port, not {url!r}")
    return Address(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=parts.scheme == "mqtts",
        knows_certificate=knows_certificate,
    )


class Link:
    """One connection under one connector's name; it mends itself."""

    def __init__(
        self,
        address: Address,
        *,
        tenant: str,
        connector: str,
        key: str | None,
        may_be_ahead: bool = False,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._address = address
        self._prefix = f"allmende/v1/{tenant}/{connector}"
        self._ahead = may_be_ahead
        self._first_retry_s = first_retry_s
        self._loop = asyncio.get_running_loop()
        self._early: list[Arrival] = []
        self._arrived: Callable[[Arrival], None] = self._early.append
        self._changed: Callable[[], None] = lambda: None
        self._settled = asyncio.Event()
        self.is_ready = False
        self._closing = False
        self.connections = 0
        self.unheard: set[int] = set()
        """Messages that a broker took for nobody: it has lost the platform's session, and the platform is not back."""
        self.window = MOST_IN_FLIGHT
        self.refused: AllmendeError | None = None
        self.reason = f"{address.host}:{address.port} does not answer"
        self._client = self._make_client(tenant, connector, key)

    def listen(self, arrived: Callable[[Arrival], None], changed: Callable[[], None]) -> None:
        """Say who hears of messages and of changes of the connection; both are called in the loop's thread."""
        self._arrived, self._changed = arrived, changed
        # What the platform has kept for this connector may come with the answer to the subscription.
        for arrival in self._early:
            arrived(arrival)
        self._early.clear()

    async def open(self, *, patience_s: float) -> None:
        """Connect and subscribe; raise Unavailable when that takes too long, and when the key is refused.

        It goes on trying until it is closed.
        """
        self._client.connect_async(self._address.host, self._address.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()
        try:
            async with asyncio.timeout(patience_s):
                await self._settled.wait()
        except TimeoutError as error:
            raise Unavailable(f"The platform is away: {self.reason}") from error
        if self.refused is not None:
            raise self.refused

    def send(self, kind: str, payload: bytes, message_id: str | None = None) -> MQTTMessageInfo:
        """Send with QoS 1."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types here
        pairs = [("id", message_id)] if message_id else []
        if self._ahead:
            pairs.append(("future", "allow"))
        if pairs:
            properties.UserProperty = pairs
        return self._client.publish(f"{self._prefix}/up/{kind}", payload, qos=1, properties=properties)

    def acknowledge(self, arrival: Arrival) -> None:
        """Say that a message was taken."""
        self._client.ack(arrival.mid, arrival.qos)

    async def close(self, last: MQTTMessageInfo | None = None, *, patience_s: float = 2.0) -> None:
        """Wait until the last message is taken, then disconnect."""
        self._closing = True
        if last is not None and self.is_ready:
            await asyncio.to_thread(_wait, last, patience_s)
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        # It would close its sockets when it is freed, which may be after they are.
        self._client.reinitialise()

    def _make_client(self, tenant: str, connector: str, key: str | None) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"allmende-{tenant}-{connector}",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        client.max_inflight_messages_set(MOST_IN_FLIGHT)
        first_s: Any = self._first_retry_s  # paho waits for parts of a second as well, and says int
        client.reconnect_delay_set(min_delay=first_s, max_delay=30)
        if key is not None:
            client.username_pw_set(connector, key)
        if self._address.tls:
            client.tls_set(cert_reqs=ssl.CERT_REQUIRED if self._address.knows_certificate else ssl.CERT_NONE)
            client.tls_insecure_set(not self._address.knows_certificate)
        client.on_socket_open = _send_at_once
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    # The callbacks run in paho's thread and hand everything over to the loop.

    def _hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _on_connect(self, client: Client, _data: Any, _flags: Any, code: ReasonCode, properties: Any) -> None:
        if code.is_failure:
            self._hand_over(self._fail, code.value, str(code))
            return
        window = getattr(properties, "ReceiveMaximum", MOST_IN_FLIGHT)
        self._hand_over(self._narrow, window)
        client.subscribe(f"{self._prefix}/down/#", qos=1)

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        doubt = ", or its certificate is not of that name or not trusted here" if self._address.tls else ""
        self._hand_over(self._lose, f"no connection to {self._address.host}:{self._address.port}{doubt}")

    def _on_disconnect(self, _client: Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._hand_over(self._lose, f"{self._address.host}:{self._address.port} closed the connection: {code}")

    def _on_subscribe(self, _client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        if any(code.is_failure for code in codes):
            self._hand_over(self._fail, codes[0].value, str(codes[0]))
        else:
            self._hand_over(self._become_ready)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        topic = message.topic.removeprefix(f"{self._prefix}/down/")
        arrival = Arrival(topic=topic, payload=bytes(message.payload), mid=message.mid, qos=message.qos)
        self._hand_over(self._arrive, arrival)

    def _on_publish(self, _client: Client, _data: Any, mid: int, code: ReasonCode, _properties: Any) -> None:
        if code.value in _KEY_REFUSED:
            self._hand_over(self._fail, code.value, str(code))
        elif code.value == _NO_SUBSCRIBER:
            self._hand_over(self._miss, mid)

    # From here on in the loop's thread.

    def _arrive(self, arrival: Arrival) -> None:
        self._arrived(arrival)

    def _miss(self, mid: int) -> None:
        self.unheard.add(mid)
        self._changed()

    def _narrow(self, window: int) -> None:
        self.window = max(1, min(MOST_IN_FLIGHT, window))

    def _become_ready(self) -> None:
        self.is_ready = True
        self.connections += 1
        if self.connections > 1:
            log.info("platform_found", host=self._address.host, port=self._address.port)
        self._settled.set()
        self._changed()

    def _lose(self, reason: str) -> None:
        self.reason = reason
        if self.is_ready and not self._closing:
            log.warning("platform_lost", reason=reason)
        self.is_ready = False
        self._changed()

    def _fail(self, code: int, reason: str) -> None:
        self.reason = reason
        if code in _KEY_REFUSED:
            refusal = Forbidden if code == 0x87 else KeyRequired
            self.refused = refusal(
                f"The platform refuses the connector's key: {reason}; "
                "`allmende keys create --connector NAME` makes one, --key-file hands it over"
            )
            self._settled.set()
        self._lose(reason)


def _send_at_once(_client: Client, _data: Any, opened: Any) -> None:
    """Small messages do not wait until the platform has acknowledged those before: 40 ms each time."""
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _wait(last: MQTTMessageInfo, patience_s: float) -> None:
    try:
        last.wait_for_publish(patience_s)
    except (ValueError, RuntimeError):
        return
