# SPDX-License-Identifier: EUPL-1.2
"""One client after its CONNECT: messages to ingest, acknowledgements after the commit, in order of arrival."""

import asyncio
from typing import Final, cast

import structlog

from allmende.errors import NonexistentTenant, RequestError, Unavailable
from broker.engine.messages import Message
from broker.mqtt.arrivals import Arrivals
from broker.mqtt.exchange import Client, Exchange
from broker.mqtt.farewell import Farewell
from broker.mqtt.outgoing import MOST_IN_FLIGHT, Outgoing, Token
from broker.mqtt.packets import (
    MQTT_5,
    Disconnect,
    Packet,
    Pingreq,
    ProtocolError,
    Puback,
    Publish,
    Reason,
    Subscribe,
    Unsubscribe,
)
from broker.mqtt.reading import Decoder
from broker.mqtt.routing import Routes
from broker.mqtt.subscriptions import Subscriptions
from broker.mqtt.topics import Route
from broker.mqtt.writing import (
    PINGRESP,
    write_disconnect,
    write_puback,
    write_refusal,
    write_suback,
    write_unsuback,
)

RECEIVE_MAXIMUM: Final = 500
MOST_PACKET_BYTES: Final = 1024 * 1024
MOST_MESSAGES: Final = 1000
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ID_CHARACTERS: Final = 200

_log = structlog.get_logger()


class Session(asyncio.Protocol):
    """The state of one connection. No session outlives its connection: ids of messages make repeats harmless."""

    def __init__(self, exchange: Exchange, transport: asyncio.Transport, client: Client) -> None:
        connect = client.connect
        self.client = client
        self._exchange = exchange
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._version = connect.version
        self._silence = connect.keep_alive * 1.5
        self._heard = self._loop.time()
        self._decoder = Decoder(connect.version, max_bytes=MOST_PACKET_BYTES)
        window = min(connect.receive_maximum, MOST_IN_FLIGHT)
        self._outgoing = Outgoing(connect.version, window, connect.max_packet_bytes)
        self.subscriptions = Subscriptions(client.access, exchange.downlink, self)
        self._routes = Routes(client.access)
        self._arrivals = Arrivals(self._settle)
        self._out: list[bytes] = []
        self._is_flushing = False
        self._is_paused = False
        self._is_clogged = False
        self._is_held = False
        self._is_over = False
        exchange.join(client.key, self)

    # What comes

    def data_received(self, data: bytes) -> None:
        """Take whatever packets are complete."""
        self._heard = self._loop.time()
        before = len(self._arrivals)
        try:
            for packet in self._decoder.feed(data):
                if type(packet) is Publish:
                    self._publish(packet)
                else:
                    self._take(packet)
                if self._is_held or self._is_over:
                    break
        except ProtocolError as error:
            self.end(error.reason, str(error))
        self._exchange.metrics.received.inc(len(self._arrivals) - before)
        if self._has_too_much() or self._exchange.is_full:
            self._pause()

    def _publish(self, packet: Publish) -> None:
        topic, payload, qos, packet_id, retain, message_id, may_be_ahead = packet
        if retain or qos == 2:
            reason = Reason.QOS_NOT_SUPPORTED if qos == 2 else Reason.RETAIN_NOT_SUPPORTED
            self.end(reason, "Messages of QoS 2 and retained messages are not taken")
            return
        route, level = self._routes.find(topic)
        message_id = message_id or level
        if route is None or (message_id is not None and len(message_id) > MOST_ID_CHARACTERS):
            self._refuse(packet, route)
            return
        message = Message(route.tenant, route.connector, route.kind, message_id, payload, may_be_ahead)
        self._await(self._exchange.intake.accept(message), packet_id, route, len(payload))

    def _await(self, outcome: asyncio.Future[bytes | None], packet_id: int, route: Route, size: int) -> None:
        self._arrivals.add(outcome, packet_id, route, size)
        self._exchange.begin(size)
        if self._arrivals.unacknowledged > RECEIVE_MAXIMUM and self._version == MQTT_5:
            self.end(Reason.RECEIVE_MAXIMUM_EXCEEDED, f"At most {RECEIVE_MAXIMUM} messages may wait for PUBACK")

    def _refuse(self, packet: Publish, route: Route | None) -> None:
        """Refuse one message in its turn: by its PUBACK, or by the end of the connection where there is none."""
        reason = Reason.NOT_AUTHORIZED if route is None else Reason.NOT_ACCEPTED
        text = "This is no topic of this connector" if route is None else "The message's id is too long"
        if self._version != MQTT_5 or not packet.qos:
            self.hold()
        outcome: asyncio.Future[bytes | None] = self._loop.create_future()
        outcome.set_exception(_RefusedError(reason, text))
        self._await(outcome, packet.packet_id, route or Route("", "", ""), 0)

    def _take(self, packet: Packet) -> None:
        match packet:
            case Puback(packet_id):
                token = self._outgoing.acknowledge(packet_id)
                for waiting in self._outgoing.release():
                    self._write(waiting)
                if token is not None:
                    self._exchange.downlink.take(token)
            case Subscribe(packet_id):
                reasons = self.subscriptions.subscribe(packet)
                self._write(write_suback(self._version, packet_id, reasons))
                self.subscriptions.wake()
            case Unsubscribe(packet_id, filters):
                reasons = self.subscriptions.unsubscribe(filters)
                self._write(write_unsuback(self._version, packet_id, reasons))
            case Pingreq():
                self._write(PINGRESP)
            case Disconnect():
                self._close()

    # What has been committed

    def _settle(self, _outcome: asyncio.Future[bytes | None]) -> None:
        """Acknowledge, in order of arrival, whatever is committed."""
        out = self._out
        receipts: dict[Route, list[bytes]] = {}
        settled = self._arrivals.take_settled()
        for outcome, packet_id, route, _ in settled:
            if outcome.cancelled() or outcome.exception() is not None:
                self._fail(outcome, packet_id)
                continue
            if packet_id:
                out.append(write_puback(packet_id))
            receipt = outcome.result()
            if receipt is not None:
                receipts.setdefault(route, []).append(receipt)
        for route, some in receipts.items():
            self._exchange.deliver_receipts(route.tenant, route.connector, some)
        self._flush()
        self._exchange.finish(len(settled), sum(arrival[3] for arrival in settled))
        if self._is_paused:
            self.ease()

    def _fail(self, outcome: asyncio.Future[bytes | None], packet_id: int) -> None:
        error = None if outcome.cancelled() else outcome.exception()
        reason, text = _reason_of(error)
        if self._version == MQTT_5 and packet_id and reason is not Reason.SHUTTING_DOWN:
            self._exchange.metrics.refuse(reason.name.lower())
            self._out.append(write_refusal(packet_id, reason))
        else:
            self.end(reason, text)

    # What goes

    def send(self, topic: bytes, payload: bytes, *, qos: int, token: Token | None = None) -> bool:
        """Send to the client, or queue until it takes more; False where it cannot be."""
        if self._is_over or (self._is_clogged and not qos):
            return False
        packet = self._outgoing.send(topic, payload, qos=qos, token=token)
        if packet:
            self._write(packet)
        return packet is not None

    def outstanding(self) -> set[Token]:
        """Requests that this client has not acknowledged."""
        return self._outgoing.tokens()

    def _write(self, packet: bytes) -> None:
        self._out.append(packet)
        if not self._is_flushing:
            self._is_flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Write once what this turn of the loop has gathered."""
        self._is_flushing = False
        if self._out:
            if not self._is_over:
                self._transport.write(b"".join(self._out))
            self._out.clear()

    # Its life

    def _has_too_much(self) -> bool:
        return len(self._arrivals) >= MOST_MESSAGES or self._arrivals.bytes >= MOST_BYTES

    def _pause(self) -> None:
        if not self._is_paused and not self._is_over:
            self._is_paused = True
            self._exchange.paused.add(self)
            self._exchange.metrics.pauses.inc()
            self._transport.pause_reading()

    def hold(self) -> None:
        """Do not read from it any more."""
        self._is_held = True
        self._pause()

    def ease(self) -> None:
        """Read again, unless this client has too much under way itself."""
        if self._is_held or self._is_clogged or self._is_over or self._exchange.is_full:
            return
        room = len(self._arrivals) <= MOST_MESSAGES // 2 and self._arrivals.bytes <= MOST_BYTES // 2
        if self._is_paused and room:
            self._is_paused = False
            self._exchange.paused.discard(self)
            self._heard = self._loop.time()
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """The client does not read what it is sent: take no more of it until it does."""
        self._is_clogged = True
        self._pause()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_clogged = False
        self.ease()

    def look(self, now: float) -> None:
        """Once a second: end where the client has been silent for too long, go on reading where that is possible."""
        if self._is_paused and not self._is_clogged:
            self.ease()
        elif self._silence and now - self._heard > self._silence:
            self.end(Reason.KEEP_ALIVE_TIMEOUT, "Nothing came within one and a half times the keep alive")

    def end(self, reason: Reason, text: str) -> None:
        """Close the connection, with a reason where the protocol has one."""
        if self._is_over:
            return
        self._exchange.metrics.refuse(reason.name.lower())
        _log.info("mqtt_client_ended", client=self.client.connect.client_id, reason=reason.name.lower(), text=text)
        if self._version != MQTT_5:
            self._close()
            return
        self._out.append(write_disconnect(reason, text))
        self._flush()
        self._leave()
        Farewell.say(self._transport, self._exchange)

    def _close(self) -> None:
        self._flush()
        self._leave()
        self._transport.close()

    def eof_received(self) -> None:
        """The client has nothing more to say."""

    def connection_lost(self, _error: Exception | None) -> None:
        """The connection is gone; what it brought is stored all the same."""
        self._leave()
        self._exchange.lost(self._transport)

    def _leave(self) -> None:
        if not self._is_over:
            self._is_over = True
            self.subscriptions.clear()
            self._exchange.leave(self.client.key, self)


class _RefusedError(Exception):
    """The outcome of a message that never reached ingest."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def _reason_of(error: BaseException | None) -> tuple[Reason, str]:
    match error:
        case _RefusedError():
            return error.reason, str(error)
        case NonexistentTenant():
            return Reason.NOT_AUTHORIZED, str(error)
        case None | Unavailable():
            return Reason.SHUTTING_DOWN, "The platform is stopping"
        case RequestError():
            return Reason.NOT_ACCEPTED, str(error)
    _log.error("message_failed", exc_info=error)
    return Reason.NOT_ACCEPTED, "The message could not be stored"


def to_transport(transport: asyncio.BaseTransport) -> asyncio.Transport:
    """The type that loops of asyncio and uvloop in fact give."""
    return cast("asyncio.Transport", transport)
