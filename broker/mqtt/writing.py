# SPDX-License-Identifier: EUPL-1.2
"""Packets to a client as bytes, for MQTT 3.1.1 and 5."""

import struct
from collections.abc import Sequence
from typing import Final

from broker.mqtt.packets import MQTT_5, Reason

PINGRESP: Final = b"\xd0\x00"
_HEAD: Final = struct.Struct(">HH")
_PUBACK: Final = 0x4002

_CONNACK_311: Final = {
    Reason.UNSUPPORTED_VERSION: 1,
    Reason.CLIENT_ID_NOT_VALID: 2,
    Reason.SERVER_UNAVAILABLE: 3,
    Reason.SERVER_BUSY: 3,
    Reason.SHUTTING_DOWN: 3,
    Reason.BAD_USER_NAME_OR_PASSWORD: 4,
}
"""Return codes of CONNACK in MQTT 3.1.1; whatever else is refused is "not authorized"."""


def write_puback(packet_id: int) -> bytes:
    """PUBACK of success, the same four bytes in both versions."""
    return _HEAD.pack(_PUBACK, packet_id)


def write_refusal(packet_id: int, reason: Reason) -> bytes:
    """PUBACK that refuses a message (MQTT 5; 3.1.1 has none)."""
    return b"\x40\x03" + packet_id.to_bytes(2, "big") + bytes([reason])


def write_connack(
    version: int,
    reason: Reason,
    *,
    receive_maximum: int = 0,
    max_packet_bytes: int = 0,
    assigned_client_id: str | None = None,
    text: str | None = None,
) -> bytes:
    """CONNACK; a success of MQTT 5 tells the limits. No session outlives its connection."""
    if version != MQTT_5:
        return b"\x20\x02\x00" + bytes([_CONNACK_311.get(reason, 5) if reason else 0])
    properties = b""
    if reason is Reason.SUCCESS:
        properties += b"\x11" + bytes(4)
        properties += b"\x21" + receive_maximum.to_bytes(2, "big")
        properties += b"\x24\x01\x25\x00"
        properties += b"\x27" + max_packet_bytes.to_bytes(4, "big")
        properties += b"\x29\x00\x2a\x00"
    if assigned_client_id is not None:
        properties += b"\x12" + _string(assigned_client_id)
    if text is not None:
        properties += b"\x1f" + _string(text)
    return _packet(0x20, b"\x00" + bytes([reason]) + to_varying(len(properties)) + properties)


def write_suback(version: int, packet_id: int, reasons: Sequence[int]) -> bytes:
    """SUBACK: a granted QoS or a refusal for each filter."""
    head = packet_id.to_bytes(2, "big")
    if version == MQTT_5:
        return _packet(0x90, head + b"\x00" + bytes(reasons))
    return _packet(0x90, head + bytes(min(reason, 0x80) for reason in reasons))


def write_unsuback(version: int, packet_id: int, reasons: Sequence[int]) -> bytes:
    """UNSUBACK."""
    head = packet_id.to_bytes(2, "big")
    return _packet(0xB0, head + b"\x00" + bytes(reasons) if version == MQTT_5 else head)


def write_disconnect(reason: Reason, text: str | None = None) -> bytes:
    """DISCONNECT of a server (MQTT 5; 3.1.1 has none)."""
    if text is None:
        return _packet(0xE0, bytes([reason]))
    properties = b"\x1f" + _string(text)
    return _packet(0xE0, bytes([reason]) + to_varying(len(properties)) + properties)


def write_publish(version: int, topic: bytes, payload: bytes, packet_id: int) -> bytes:
    """PUBLISH to a client: QoS 1, or QoS 0 where `packet_id` is 0. `topic` comes with its length, by `to_topic`."""
    tail = b"\x00" if version == MQTT_5 else b""
    head = topic + packet_id.to_bytes(2, "big") + tail if packet_id else topic + tail
    return (b"\x32" if packet_id else b"\x30") + to_varying(len(head) + len(payload)) + head + payload


def to_topic(topic: str) -> bytes:
    """A topic as it stands in packets, made once for many."""
    return _string(topic)


def to_varying(number: int) -> bytes:
    """A variable byte integer."""
    if number < 0x80:
        return bytes((number,))
    if number < 0x4000:
        return bytes((number & 0x7F | 0x80, number >> 7))
    return bytes((number & 0x7F | 0x80,)) + to_varying(number >> 7)


def _string(text: str) -> bytes:
    raw = text.encode()[:0xFFFF]
    return len(raw).to_bytes(2, "big") + raw


def _packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + to_varying(len(body)) + body
