# SPDX-License-Identifier: EUPL-1.2
"""Bytes from a client to packets, without I/O: MQTT 3.1.1 and 5 (docs/decisions, MQTT codec).

Every reader takes the buffer and where the packet's body starts and ends, so that a payload is copied once.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from broker.mqtt import fields
from broker.mqtt.fields import decode, malformed, read_byte, read_integer, read_properties, read_string
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

_ID_PROPERTY: Final = b"\x26\x00\x02id"
"""How the user property `id` starts; where it stands alone it is read without a look at the others."""


class Decoder:
    """Cuts what arrives, in pieces of any size, into packets of one version of the protocol."""

    def __init__(self, version: int, *, max_bytes: int) -> None:
        self._five = version == MQTT_5
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._need = 0

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that are complete with `data`; raises ProtocolError where what follows is none."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._need:
                return
            data = bytes(self._rest)
            self._rest.clear()
        at, length, five, most = 0, len(data), self._five, self._max_bytes
        while at < length:
            start, end = find_body(data, at, length, most)
            if end > length:
                break
            first = data[at]
            at = end
            if first >> 4 == 3:
                yield read_publish(data, first, start, end, five)
            else:
                yield _read_other(data, first, start, end, five=five)
        else:
            return
        self._rest += data[at:]
        self._need = end - at


def find_body(data: bytes | bytearray, at: int, length: int, most: int) -> tuple[int, int]:
    """Where the body of the packet at `at` starts and ends; the end lies behind `length` where more must come."""
    size = shift = 0
    start = at + 1
    while True:
        if start >= length:
            return start, length + 1
        byte = data[start]
        start += 1
        if byte < 0x80:
            size |= byte << shift
            break
        size |= (byte & 0x7F) << shift
        shift += 7
        if shift > 21:
            raise malformed("The remaining length has more than four bytes")
    end = start + size
    if end - at > most:
        raise ProtocolError(Reason.PACKET_TOO_LARGE, f"A packet of {end - at} bytes; at most {most} are taken")
    return start, end


def read_publish(data: bytes, flags: int, at: int, end: int, five: bool) -> Publish:  # noqa: FBT001 - the hot path
    """PUBLISH (3.3). Written out, since every message passes here: calls would double its time."""
    topic_at = at + 2
    at = topic_at + (data[at] << 8 | data[at + 1]) if topic_at <= end else end + 1
    qos = flags >> 1 & 3
    if at + (2 if qos else 0) + five > end:
        raise malformed("A PUBLISH ends before its payload")
    raw = data[topic_at:at]
    topic = raw.decode() if raw.isascii() and 0 not in raw else decode(raw)
    packet_id = 0
    if qos:
        packet_id = data[at] << 8 | data[at + 1]
        at += 2
        if qos == 3 or not packet_id:
            raise malformed("QoS 3 and packet identifier 0 do not exist")
    message_id, may_be_ahead = None, False
    if five:
        if data[at]:
            message_id, may_be_ahead, at = _read_user_properties(data, at, end)
        else:
            at += 1
    return Publish(topic, data[at:end], qos, packet_id, flags & 1 == 1, message_id, may_be_ahead)


def _read_user_properties(data: bytes, at: int, end: int) -> tuple[str | None, bool, int]:
    """The message's id, and whether it may be ahead, out of the properties of a PUBLISH, which are not empty."""
    size = data[at]
    stop = at + 1 + size
    if size < 0x80 and stop <= end and data.startswith(_ID_PROPERTY, at + 1):
        value_at = at + 8
        if value_at + (data[value_at - 2] << 8 | data[value_at - 1]) == stop:
            return decode(data[value_at:stop]) or None, False, stop
    found, at = read_properties(data, at, end, fields.PUBLISH_PROPERTIES)
    if fields.TOPIC_ALIAS in found:
        raise ProtocolError(Reason.TOPIC_ALIAS_INVALID, "Topic aliases were not offered")
    correlation = found.get(fields.CORRELATION_DATA)
    return *to_id_and_leave(found.get(fields.USER_PROPERTY, ()), correlation), at


def to_id_and_leave(properties: Collection[tuple[str, str]], correlation: bytes | None) -> tuple[str | None, bool]:
    """What user properties and correlation data say: the message's id, and whether it may be ahead of now."""
    may_be_ahead = ("future", "allow") in properties
    for name, value in properties:
        if name == "id":
            return value or None, may_be_ahead
    return to_message_id(correlation) if correlation else None, may_be_ahead


def to_message_id(correlation: bytes) -> str:
    """Correlation data as a message's id: its text, or its hexadecimal digits where it is none."""
    try:
        text = correlation.decode()
    except UnicodeDecodeError:
        return correlation.hex()
    return text if text.isprintable() else correlation.hex()


def read_packet_id(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A packet identifier, which is never 0."""
    packet_id, at = read_integer(data, at, end)
    if not packet_id:
        raise malformed("A packet identifier must not be 0")
    return packet_id, at


def _read_puback(data: bytes, at: int, end: int, *, five: bool) -> Puback:
    packet_id, at = read_packet_id(data, at, end)
    reason = 0
    if five and at < end:
        reason, at = read_byte(data, at, end)
        if at < end:
            _, at = read_properties(data, at, end, fields.PUBACK_PROPERTIES)
    _require_end(at, end)
    return Puback(packet_id, reason)


def _read_subscribe(data: bytes, at: int, end: int, *, five: bool) -> Subscribe:
    packet_id, at = read_packet_id(data, at, end)
    found: dict[int, Any] = {}
    if five:
        found, at = read_properties(data, at, end, fields.SUBSCRIBE_PROPERTIES)
    filters: list[tuple[str, int]] = []
    while at < end or not filters:
        pattern, at = read_string(data, at, end)
        options, at = read_byte(data, at, end)
        if options & 3 == 3 or options & (0xC0 if five else 0xFC) or (five and options & 0x30 == 0x30):
            raise malformed("The options of a subscription are not valid")
        filters.append((pattern, options & 3))
    return Subscribe(packet_id, tuple(filters), fields.SUBSCRIPTION_IDENTIFIER in found)


def _read_unsubscribe(data: bytes, at: int, end: int, *, five: bool) -> Unsubscribe:
    packet_id, at = read_packet_id(data, at, end)
    if five:
        _, at = read_properties(data, at, end, fields.UNSUBSCRIBE_PROPERTIES)
    filters: list[str] = []
    while at < end or not filters:
        pattern, at = read_string(data, at, end)
        filters.append(pattern)
    return Unsubscribe(packet_id, tuple(filters))


def _read_pingreq(_data: bytes, at: int, end: int, *, five: bool) -> Pingreq:  # noqa: ARG001 - one shape for all
    _require_end(at, end)
    return Pingreq()


def _read_disconnect(data: bytes, at: int, end: int, *, five: bool) -> Disconnect:
    reason = 0
    if five and at < end:
        reason, at = read_byte(data, at, end)
        if at < end:
            _, at = read_properties(data, at, end, fields.DISCONNECT_PROPERTIES)
    _require_end(at, end)
    return Disconnect(reason)


def _require_end(at: int, end: int) -> None:
    if at != end:
        raise malformed("A packet is longer than its fields")


_READERS: Final[dict[int, Callable[..., Packet]]] = {
    0x40: _read_puback,
    0x82: _read_subscribe,
    0xA2: _read_unsubscribe,
    0xC0: _read_pingreq,
    0xE0: _read_disconnect,
}
"""By the first byte, in which the lower four bits are fixed."""


def _read_other(data: bytes, first: int, start: int, end: int, *, five: bool) -> Packet:
    if first == 0x10:
        raise ProtocolError(Reason.PROTOCOL_ERROR, "A second CONNECT")
    reader = _READERS.get(first)
    if reader is None:
        if first >> 4 in (5, 6, 7):
            raise ProtocolError(Reason.QOS_NOT_SUPPORTED, "QoS 2 is not supported")
        raise malformed(f"A packet that starts with {first:#04x} is not expected from a client")
    return reader(data, start, end, five=five)
