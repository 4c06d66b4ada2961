# SPDX-License-Identifier: EUPL-1.2
"""A connection before it is authenticated: at most 8 KiB and 5 s for its CONNECT, then it is a session or ends."""

import asyncio
import uuid
from typing import Final

import structlog

from allmende.errors import Unavailable
from broker.mqtt.connecting import CONNECT, UnsupportedVersion, read_first
from broker.mqtt.door import Door
from broker.mqtt.exchange import Client
from broker.mqtt.farewell import Farewell
from broker.mqtt.packets import MQTT_5, MQTT_311, Connect, ProtocolError, Reason, Will
from broker.mqtt.reading import find_body
from broker.mqtt.session import MOST_PACKET_BYTES, RECEIVE_MAXIMUM, Session, to_transport
from broker.mqtt.throttle import to_network
from broker.mqtt.writing import write_connack

MOST_BYTES: Final = 8 * 1024
PATIENCE_S: Final = 5.0
_MOST_ID_CHARACTERS: Final = 1000

_log = structlog.get_logger()


class Greeting(asyncio.BufferedProtocol):
    """Reads one CONNECT into a buffer of its own, so that whatever follows stays in the kernel until it is let in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._buffer = bytearray(MOST_BYTES)
        self._filled = 0
        self._timer: asyncio.TimerHandle | None = None
        self._admission: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock, unless too many others are waiting to be let in."""
        self._transport = to_transport(transport)
        self._address = str((transport.get_extra_info("peername") or ("local",))[0])
        self._network = to_network(self._address)
        self._door.exchange.transports.add(self._transport)
        self._is_knocking = self._door.knock(self._network)
        if not self._is_knocking:
            self._door.exchange.metrics.refuse("too_many_connections")
            self._transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._time_out)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Where to read to."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take the CONNECT once it is complete."""
        self._filled += nbytes
        if self._admission is not None:
            return
        try:
            start, end = find_body(self._buffer, 0, self._filled, MOST_BYTES)
            if self._buffer[0] == CONNECT and end > self._filled:
                return
            connect = read_first(bytes(self._buffer[:end]), start, end)
        except UnsupportedVersion as error:
            self._refuse(MQTT_311 if error.level < MQTT_311 else MQTT_5, error.reason, str(error))
        except ProtocolError as error:
            self._door.exchange.metrics.refuse(error.reason.name.lower())
            self._transport.abort()
        else:
            self._transport.pause_reading()
            self._stop_clock()
            self._admission = asyncio.get_running_loop().create_task(self._admit(connect, end))
            self._admission.add_done_callback(self._check)

    async def _admit(self, connect: Connect, end: int) -> None:
        refusal = _refusal_of(connect)
        if refusal is not None:
            self._refuse(connect.version, *refusal)
            return
        try:
            access = await self._door.admit(connect)
        except Unavailable as error:
            self._refuse(connect.version, Reason.SERVER_UNAVAILABLE, str(error))
            return
        if access is None:
            _log.info("mqtt_key_refused", address=self._address, connector=connect.username)
            await self._punish(connect.version)
            return
        client_id = connect.client_id or f"anonymous-{uuid.uuid4().hex}"
        self._transport.write(
            write_connack(
                connect.version,
                Reason.SUCCESS,
                receive_maximum=RECEIVE_MAXIMUM,
                max_packet_bytes=MOST_PACKET_BYTES,
                assigned_client_id=None if connect.client_id else client_id,
            )
        )
        self._enter()
        client = Client(connect, access, (access.tenant, access.connector, client_id))
        session = Session(self._door.exchange, self._transport, client)
        self._transport.set_protocol(session)
        self._transport.resume_reading()
        session.data_received(bytes(self._buffer[end : self._filled]))

    async def _punish(self, version: int) -> None:
        """Answer a wrong key, the later the more of them came from this address; too many at once get no answer."""
        self._enter()
        if not self._door.punished.enter(self._network):
            self._door.exchange.metrics.refuse("too_many_wrong_keys")
            self._transport.abort()
            return
        try:
            await asyncio.sleep(self._door.throttle.delay(self._network, asyncio.get_running_loop().time()))
        finally:
            self._door.punished.leave(self._network)
        self._refuse(version, Reason.BAD_USER_NAME_OR_PASSWORD, "The key does not open this connector")

    def _check(self, admission: asyncio.Task[None]) -> None:
        """Where letting in fails by a mistake of ours nobody is left waiting."""
        error = None if admission.cancelled() else admission.exception()
        if error is not None:
            _log.error("mqtt_admission_failed", address=self._address, exc_info=error)
            self._transport.abort()

    def _enter(self) -> None:
        """It is known who this is; others may knock."""
        if self._is_knocking:
            self._is_knocking = False
            self._door.knocking.leave(self._network)

    def _refuse(self, version: int, reason: Reason, text: str) -> None:
        self._door.exchange.metrics.refuse(reason.name.lower())
        self._stop_clock()
        self._enter()
        if not self._transport.is_closing():
            self._transport.write(write_connack(version, reason, text=text))
            Farewell.say(self._transport, self._door.exchange)

    def _time_out(self) -> None:
        self._door.exchange.metrics.refuse("connect_timeout")
        self._transport.abort()

    def _stop_clock(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def eof_received(self) -> None:
        """The client has gone."""

    def connection_lost(self, _error: Exception | None) -> None:
        """Forget it."""
        self._stop_clock()
        self._enter()
        self._door.exchange.lost(self._transport)
        if self._admission is not None:
            self._admission.cancel()


def _refusal_of(connect: Connect) -> tuple[Reason, str] | None:
    """What is asked for and not given to anybody."""
    if connect.authentication_method is not None:
        return Reason.BAD_AUTHENTICATION_METHOD, "Only user name and password are supported"
    if len(connect.client_id) > _MOST_ID_CHARACTERS:
        return Reason.CLIENT_ID_NOT_VALID, "The client identifier is too long"
    if connect.version == MQTT_311 and not connect.client_id and not connect.clean_start:
        return Reason.CLIENT_ID_NOT_VALID, "A client without an identifier must ask for a clean session"
    return None if connect.will is None else _refusal_of_will(connect.will)


def _refusal_of_will(will: Will) -> tuple[Reason, str]:
    if will.qos == 2:
        return Reason.QOS_NOT_SUPPORTED, "QoS 2 is not supported"
    if will.retain:
        return Reason.RETAIN_NOT_SUPPORTED, "Retained messages are not supported"
    return Reason.NOT_ACCEPTED, "Wills are not supported"
