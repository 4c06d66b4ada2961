# SPDX-License-Identifier: EUPL-1.2
"""The same ingest as a client of an outside MQTT broker: acknowledged after the commit, in order of arrival.

The subscription is not shared, so that messages of a connector keep their order; `share` names a group where several
processes ingest from one broker (docs/reference/mqtt.md).
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Final, TypeAlias

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from prometheus_client import CollectorRegistry

from allmende.errors import RequestError, Unavailable
from broker.engine.messages import Message
from broker.mqtt.brokerurl import BrokerUrl
from broker.mqtt.exchange import Intake
from broker.mqtt.metrics import MqttMetrics
from broker.mqtt.outgoing import MOST_IN_FLIGHT, Token
from broker.mqtt.reading import to_id_and_leave
from broker.mqtt.requests import Requests
from broker.mqtt.session import MOST_ID_CHARACTERS, MOST_PACKET_BYTES, RECEIVE_MAXIMUM
from broker.mqtt.topics import Route, parse_up, to_down

SESSION_EXPIRY_S: Final = 86_400
PATIENCE_S: Final = 10.0
_DRAIN_S: Final = 5.0
_MOST_BYTES: Final = 16 * 1024 * 1024
_KEEP_ALIVE_S: Final = 30
_SLOWEST_RETRY_S: Final = 30
_TOPICS: Final = "allmende/v1/+/+/up/#"
_log = structlog.get_logger()

Pending: TypeAlias = tuple[asyncio.Future[bytes | None] | None, int, int, Route | None]
"""A message under way: its outcome (None: refused), the connection it came by, packet identifier, origin."""


class OutsideBroker:
    """A persistent session with an outside broker; paho's thread reads, the event loop does the rest."""

    def __init__(
        self,
        url: str,
        ingest: Intake,
        requests: Requests,
        *,
        client_id: str = "allmende-ingest",
        share: str | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._url = BrokerUrl.parse(url)
        self._intake = ingest
        self._requests = requests
        self._metrics = MqttMetrics.register(registry or CollectorRegistry())
        self._topics = f"$share/{share}/{_TOPICS}" if share else _TOPICS
        self._client = self._make_client(client_id)
        self._arrived: deque[tuple[int, MQTTMessage]] = deque()
        self._published: deque[tuple[int, int]] = deque()
        self._is_woken = False
        self._connection = 0
        self._pending: deque[Pending] = deque()
        self._tokens: dict[int, Token] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscribed = asyncio.Event()
        self._idle = asyncio.Event()
        self._is_stopping = False
        requests.listen(self._wake)

    @property
    def is_connected(self) -> bool:
        """Whether messages can come."""
        return self._subscribed.is_set()

    @property
    def trouble(self) -> str | None:
        """Why messages cannot come, if they cannot."""
        if self.is_connected:
            return None
        return f"The MQTT broker {self._url.shown} is away; connectors keep what they read until it is back"

    async def start(self) -> None:
        """Connect; where the broker is away go on trying while the platform serves."""
        self._loop = asyncio.get_running_loop()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho has no types here
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = RECEIVE_MAXIMUM
        properties.MaximumPacketSize = _MOST_BYTES
        self._client.connect_async(
            self._url.host, self._url.port, keepalive=_KEEP_ALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()
        try:
            await asyncio.wait_for(self._subscribed.wait(), PATIENCE_S)
        except TimeoutError:
            _log.warning("mqtt_broker_away", broker=self._url.shown)

    async def stop(self) -> None:
        """Acknowledge what is being stored; what comes from now on is sent again to whoever is next."""
        self._is_stopping = True
        if self._pending:
            self._idle.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), _DRAIN_S)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_DRAIN_S)
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    # In paho's thread

    def _make_client(self, client_id: str) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True
        )
        client.username_pw_set(self._url.username, self._url.password)
        if self._url.is_tls:
            client.tls_set()
        client.reconnect_delay_set(1, _SLOWEST_RETRY_S)
        client.max_inflight_messages_set(MOST_IN_FLIGHT)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _on_connect(self, client: Client, _userdata: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            _log.warning("mqtt_broker_refuses", broker=self._url.shown, reason=str(reason))
            return
        # Packet identifiers mean nothing beyond their connection: what came by an older one is sent again.
        self._connection += 1
        client.subscribe(self._topics, options=SubscribeOptions(qos=1, retainHandling=2))

    def _on_subscribe(self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _more: Any) -> None:
        if reasons[0].is_failure:
            _log.error("mqtt_subscription_refused", broker=self._url.shown, topics=self._topics, reason=str(reasons[0]))
            return
        self._loop.call_soon_threadsafe(self._set_connected, True)

    def _on_disconnect(self, *_arguments: Any) -> None:
        self._loop.call_soon_threadsafe(self._set_connected, False)

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._arrived.append((self._connection, message))
        self._wake_loop()

    def _on_publish(self, _client: Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        self._published.append((mid, reason.value))
        self._wake_loop()

    def _wake_loop(self) -> None:
        """Once for all that comes until the loop turns to it."""
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._take_arrived)

    # In the event loop

    def _set_connected(self, connected: bool) -> None:  # noqa: FBT001
        if connected == self._subscribed.is_set():
            return
        self._metrics.connections.set(int(connected))
        if connected:
            _log.info("mqtt_broker_connected", broker=self._url.shown)
            self._subscribed.set()
        else:
            if not self._is_stopping:
                _log.warning("mqtt_broker_lost", broker=self._url.shown)
            self._subscribed.clear()
            self._tokens.clear()

    def _take_arrived(self) -> None:
        """Hand on whatever paho's thread has read."""
        self._is_woken = False
        count = 0
        while self._arrived:
            connection, message = self._arrived.popleft()
            if not self._is_stopping:
                count += 1
                self._take(connection, message)
        self._metrics.received.inc(count)
        while self._published:
            self._confirm_published(*self._published.popleft())

    def _take(self, connection: int, message: MQTTMessage) -> None:
        found = parse_up(message.topic)
        given_id, may_be_ahead = _properties_of(message)
        message_id = given_id or (found[1] if found else None)
        reason = _refusal_of(message, found is not None, message_id)
        outcome = route = None
        if found is not None and reason is None:
            route = found[0]
            outcome = self._intake.accept(
                Message(route.tenant, route.connector, route.kind, message_id, bytes(message.payload), may_be_ahead)
            )
        else:
            self._metrics.refuse(reason or "foreign_topic")
            _log.warning("mqtt_message_refused", topic=message.topic, reason=reason)
        self._pending.append((outcome, connection, message.mid if message.qos else 0, route))
        if len(self._pending) == 1:
            self._listen_to_oldest()

    def _listen_to_oldest(self) -> None:
        outcome = self._pending[0][0]
        if outcome is None:
            self._loop.call_soon(self._settle, None)
        else:
            outcome.add_done_callback(self._settle)

    def _settle(self, _outcome: Any) -> None:
        """Acknowledge, in order of arrival, whatever is committed."""
        pending = self._pending
        while pending and (pending[0][0] is None or pending[0][0].done()):
            outcome, connection, packet_id, route = pending.popleft()
            if self._is_settled(outcome, route) and packet_id and connection == self._connection:
                self._client.ack(packet_id, 1)
            if route is not None and route.kind == "state":
                self._wake(route.tenant, route.connector)
        if pending:
            self._listen_to_oldest()
        else:
            self._idle.set()

    def _is_settled(self, outcome: asyncio.Future[bytes | None] | None, route: Route | None) -> bool:
        """Whether the message need not come again; publishes its receipt."""
        if outcome is None or route is None:
            return True
        error = asyncio.CancelledError() if outcome.cancelled() else outcome.exception()
        if isinstance(error, Unavailable | asyncio.CancelledError):
            return False
        if error is not None:
            self._metrics.refuse(type(error).__name__.lower())
            _log.error("mqtt_message_refused", tenant=route.tenant, connector=route.connector, reason=str(error))
            return True
        receipt = outcome.result()
        if receipt is not None:
            self._publish_receipt(route, receipt)
        return True

    def _publish_receipt(self, route: Route, receipt: bytes) -> None:
        # What waited at the broker comes before the answer to the subscription, so that is not asked for here.
        if not self._client.is_connected():
            self._metrics.receipts_unsent.inc()
            return
        self._client.publish(to_down(route.tenant, route.connector, "ack"), receipt, qos=1)
        self._metrics.receipts.inc()

    # Requests for connectors

    def _wake(self, tenant: str, connector: str) -> None:
        """Publish the requests of a connector; asked again whenever the connector reports its state."""
        if self.is_connected and not self._is_stopping:
            task = self._loop.create_task(self._push(tenant, connector))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _push(self, tenant: str, connector: str) -> None:
        try:
            waiting = await self._requests.pending(tenant, connector)
        except RequestError as error:
            _log.info("requests_unread", tenant=tenant, connector=connector, reason=str(error))
            return
        on_their_way = set(self._tokens.values())
        for request in waiting:
            token = Token(tenant, connector, request.id)
            if token not in on_their_way:
                sent = self._client.publish(to_down(tenant, connector, request.kind), request.payload, qos=1)
                self._tokens[sent.mid] = token
                self._metrics.requests.inc()

    def _confirm_published(self, mid: int, reason: int) -> None:
        """The broker has a request; one without a subscriber (0x10) stays until its connector listens."""
        token = self._tokens.pop(mid, None)
        if token is not None and reason == 0:
            task = self._loop.create_task(self._confirm(token))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _confirm(self, token: Token) -> None:
        try:
            await self._requests.taken(token.tenant, [token.request])
        except RequestError as error:
            _log.info("requests_unconfirmed", tenant=token.tenant, connector=token.connector, reason=str(error))


def _properties_of(message: MQTTMessage) -> tuple[str | None, bool]:
    """The message's id, and whether it may be ahead of now."""
    properties = message.properties
    return to_id_and_leave(getattr(properties, "UserProperty", ()), getattr(properties, "CorrelationData", None))


def _refusal_of(message: MQTTMessage, is_ours: bool, message_id: str | None) -> str | None:  # noqa: FBT001
    if not is_ours:
        return "foreign_topic"
    if len(message.payload) > MOST_PACKET_BYTES:
        return "packet_too_large"
    return "id_too_long" if message_id is not None and len(message_id) > MOST_ID_CHARACTERS else None
