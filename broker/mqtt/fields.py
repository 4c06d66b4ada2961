# SPDX-License-Identifier: EUPL-1.2
"""The fields that MQTT packets are made of: strings, binaries, integers, properties."""

from collections.abc import Callable
from typing import Any, Final

from broker.mqtt.packets import ProtocolError, Reason

USER_PROPERTY: Final = 0x26
CORRELATION_DATA: Final = 0x09
RECEIVE_MAXIMUM: Final = 0x21
MAXIMUM_PACKET_SIZE: Final = 0x27
SESSION_EXPIRY: Final = 0x11
AUTHENTICATION_METHOD: Final = 0x15
SUBSCRIPTION_IDENTIFIER: Final = 0x0B
TOPIC_ALIAS: Final = 0x23


def malformed(text: str) -> ProtocolError:
    """What cannot be read as MQTT."""
    return ProtocolError(Reason.MALFORMED_PACKET, text)


def read_integer(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """Two bytes, most significant first."""
    if at + 2 > end:
        raise malformed("A packet ends within a number")
    return buffer[at] << 8 | buffer[at + 1], at + 2


def read_long(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """Four bytes, most significant first."""
    if at + 4 > end:
        raise malformed("A packet ends within a number")
    return int.from_bytes(buffer[at : at + 4], "big"), at + 4


def read_byte(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """One byte."""
    if at >= end:
        raise malformed("A packet ends before a byte that must be there")
    return buffer[at], at + 1


def read_varying(buffer: bytes, at: int, end: int) -> tuple[int, int]:
    """A variable byte integer: one to four bytes of seven bits."""
    number = 0
    for shift in (0, 7, 14, 21):
        if at >= end:
            raise malformed("A packet ends within a number")
        byte = buffer[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise malformed("A variable byte integer has more than four bytes")


def read_binary(buffer: bytes, at: int, end: int) -> tuple[bytes, int]:
    """A length of two bytes, then as many bytes."""
    length, at = read_integer(buffer, at, end)
    if at + length > end:
        raise malformed("A packet ends within a string")
    return buffer[at : at + length], at + length


def read_string(buffer: bytes, at: int, end: int) -> tuple[str, int]:
    """A UTF-8 string without U+0000."""
    raw, at = read_binary(buffer, at, end)
    return decode(raw), at


def decode(raw: bytes) -> str:
    """Text of a string field; what is not UTF-8 or holds U+0000 is malformed (1.5.4)."""
    if 0 in raw:
        raise malformed("A string holds U+0000")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise malformed("A string is not UTF-8") from None


def read_pair(buffer: bytes, at: int, end: int) -> tuple[tuple[str, str], int]:
    """Two strings: name and value."""
    name, at = read_string(buffer, at, end)
    value, at = read_string(buffer, at, end)
    return (name, value), at


Reader = Callable[[bytes, int, int], tuple[Any, int]]

# Properties that a client may send, by packet (2.2.2.2); whatever is not listed is malformed there.
PUBLISH_PROPERTIES: Final[dict[int, Reader]] = {
    0x01: read_byte,
    0x02: read_long,
    0x03: read_string,
    0x08: read_string,
    CORRELATION_DATA: read_binary,
    TOPIC_ALIAS: read_integer,
    USER_PROPERTY: read_pair,
}
CONNECT_PROPERTIES: Final[dict[int, Reader]] = {
    SESSION_EXPIRY: read_long,
    AUTHENTICATION_METHOD: read_string,
    0x16: read_binary,
    0x17: read_byte,
    0x19: read_byte,
    RECEIVE_MAXIMUM: read_integer,
    0x22: read_integer,
    USER_PROPERTY: read_pair,
    MAXIMUM_PACKET_SIZE: read_long,
}
WILL_PROPERTIES: Final[dict[int, Reader]] = {
    0x01: read_byte,
    0x02: read_long,
    0x03: read_string,
    0x08: read_string,
    CORRELATION_DATA: read_binary,
    0x18: read_long,
    USER_PROPERTY: read_pair,
}
PUBACK_PROPERTIES: Final[dict[int, Reader]] = {0x1F: read_string, USER_PROPERTY: read_pair}
SUBSCRIBE_PROPERTIES: Final[dict[int, Reader]] = {SUBSCRIPTION_IDENTIFIER: read_varying, USER_PROPERTY: read_pair}
UNSUBSCRIBE_PROPERTIES: Final[dict[int, Reader]] = {USER_PROPERTY: read_pair}
DISCONNECT_PROPERTIES: Final[dict[int, Reader]] = {
    SESSION_EXPIRY: read_long,
    0x1F: read_string,
    USER_PROPERTY: read_pair,
}


def read_properties(buffer: bytes, at: int, end: int, known: dict[int, Reader]) -> tuple[dict[int, Any], int]:
    """The properties of a packet by identifier; user properties as a list of pairs."""
    length, at = read_varying(buffer, at, end)
    stop = at + length
    if stop > end:
        raise malformed("A packet ends within its properties")
    found: dict[int, Any] = {}
    while at < stop:
        identifier, at = read_varying(buffer, at, stop)
        reader = known.get(identifier)
        if reader is None:
            raise malformed(f"Property {identifier:#04x} does not belong into this packet")
        value, at = reader(buffer, at, stop)
        if identifier == USER_PROPERTY:
            found.setdefault(USER_PROPERTY, []).append(value)
        elif identifier in found:
            raise ProtocolError(Reason.PROTOCOL_ERROR, f"Property {identifier:#04x} is there twice")
        else:
            found[identifier] = value
    return found, stop
