# SPDX-License-Identifier: EUPL-1.2
"""CONNECT, which says the version of the protocol, to a packet (3.1)."""

from typing import Any, Final

from broker.mqtt import fields
from broker.mqtt.fields import malformed, read_binary, read_byte, read_integer, read_properties, read_string
from broker.mqtt.packets import MQTT_5, MQTT_311, Connect, ProtocolError, Reason, Will

CONNECT: Final = 0x10
"""Its first byte."""


class UnsupportedVersion(ProtocolError):
    """The client speaks a version that is neither 3.1.1 nor 5; `level` is what it named."""

    def __init__(self, level: int) -> None:
        super().__init__(Reason.UNSUPPORTED_VERSION, f"Protocol level {level} is not supported; 4 and 5 are")
        self.level = level


def read_first(data: bytes, at: int, end: int) -> Connect:
    """The first packet of a connection, which must be CONNECT."""
    if data[0] != CONNECT:
        raise malformed("The first packet is no CONNECT")
    return read_connect(data, at, end)


def read_connect(data: bytes, at: int, end: int) -> Connect:
    """CONNECT of either version."""
    version, at = _read_version(data, at, end)
    five = version == MQTT_5
    flags, at = read_byte(data, at, end)
    _check_flags(flags, five=five)
    keep_alive, at = read_integer(data, at, end)
    found: dict[int, Any] = {}
    if five:
        found, at = read_properties(data, at, end, fields.CONNECT_PROPERTIES)
        _check_properties(found)
    client_id, at = read_string(data, at, end)
    will, at = _read_will(data, at, end, flags, five=five)
    username = password = None
    if flags & 0x80:
        username, at = read_string(data, at, end)
    if flags & 0x40:
        password, at = read_binary(data, at, end)
    if at != end:
        raise malformed("CONNECT is longer than its fields")
    return Connect(
        version=version,
        client_id=client_id,
        username=username,
        password=password,
        clean_start=bool(flags & 0x02),
        keep_alive=keep_alive,
        will=will,
        receive_maximum=found.get(fields.RECEIVE_MAXIMUM, 0xFFFF),
        max_packet_bytes=found.get(fields.MAXIMUM_PACKET_SIZE),
        session_expiry=found.get(fields.SESSION_EXPIRY, 0),
        authentication_method=found.get(fields.AUTHENTICATION_METHOD),
    )


def _read_version(data: bytes, at: int, end: int) -> tuple[int, int]:
    name, at = read_binary(data, at, end)
    level, at = read_byte(data, at, end)
    if name == b"MQIsdp" or (name == b"MQTT" and level not in (MQTT_311, MQTT_5)):
        raise UnsupportedVersion(level)
    if name != b"MQTT":
        raise malformed("What came is not MQTT")
    return level, at


def _check_flags(flags: int, *, five: bool) -> None:
    if flags & 0x01:
        raise malformed("The reserved flag of CONNECT is set")
    if flags & 0x18 == 0x18 or (flags & 0x38 and not flags & 0x04):
        raise malformed("The flags of the will contradict each other")
    if not five and flags & 0xC0 == 0x40:
        raise malformed("CONNECT holds a password and no user name")


def _check_properties(found: dict[int, Any]) -> None:
    if found.get(fields.RECEIVE_MAXIMUM) == 0 or found.get(fields.MAXIMUM_PACKET_SIZE) == 0:
        raise ProtocolError(Reason.PROTOCOL_ERROR, "Receive maximum and maximum packet size must not be 0")
    if found.get(0x17, 0) > 1 or found.get(0x19, 0) > 1:
        raise ProtocolError(Reason.PROTOCOL_ERROR, "A property of CONNECT must be 0 or 1")
    if 0x16 in found and fields.AUTHENTICATION_METHOD not in found:
        raise ProtocolError(Reason.PROTOCOL_ERROR, "Authentication data needs an authentication method")


def _read_will(data: bytes, at: int, end: int, flags: int, *, five: bool) -> tuple[Will | None, int]:
    if not flags & 0x04:
        return None, at
    if five:
        _, at = read_properties(data, at, end, fields.WILL_PROPERTIES)
    _, at = read_string(data, at, end)
    _, at = read_binary(data, at, end)
    return Will(flags >> 3 & 3, bool(flags & 0x20)), at
