# SPDX-License-Identifier: EUPL-1.2
"""MQTT control packets as values, the same for MQTT 3.1.1 and 5, and the reasons for refusing one."""

from enum import IntEnum
from typing import Final, NamedTuple, TypeAlias

MQTT_311: Final = 4
MQTT_5: Final = 5


class Reason(IntEnum):
    """Reason codes of MQTT 5 that this endpoint sends (OASIS MQTT 5.0, 2.4)."""

    SUCCESS = 0x00
    NO_SUBSCRIPTION_EXISTED = 0x11
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    NOT_ACCEPTED = 0x83
    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_NOT_VALID = 0x85
    BAD_USER_NAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    QUOTA_EXCEEDED = 0x97
    RETAIN_NOT_SUPPORTED = 0x9A
    QOS_NOT_SUPPORTED = 0x9B
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xA1


class ProtocolError(Exception):
    """What came is no MQTT, or more than this endpoint takes; the connection ends with `reason`."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Will(NamedTuple):
    """That a CONNECT holds a will; its text is of no interest, since wills are refused."""

    qos: int
    retain: bool


class Connect(NamedTuple):
    """CONNECT. A `client_id` may be empty; `receive_maximum` is how many unacknowledged packets the client bears."""

    version: int
    client_id: str
    username: str | None = None
    password: bytes | None = None
    clean_start: bool = True
    keep_alive: int = 0
    will: Will | None = None
    receive_maximum: int = 0xFFFF
    max_packet_bytes: int | None = None
    session_expiry: int = 0
    authentication_method: str | None = None


class Publish(NamedTuple):
    """PUBLISH. `message_id` is what its properties say (the user property `id`, else the correlation data).

    `may_be_ahead`: its user property `future` is `allow` (forecasts).
    """

    topic: str
    payload: bytes
    qos: int = 0
    packet_id: int = 0
    retain: bool = False
    message_id: str | None = None
    may_be_ahead: bool = False


class Puback(NamedTuple):
    """PUBACK."""

    packet_id: int
    reason: int = 0


class Subscribe(NamedTuple):
    """SUBSCRIBE: topic filters with the QoS asked for."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]
    has_identifier: bool = False


class Unsubscribe(NamedTuple):
    """UNSUBSCRIBE."""

    packet_id: int
    filters: tuple[str, ...]


class Pingreq(NamedTuple):
    """PINGREQ."""


class Disconnect(NamedTuple):
    """DISCONNECT."""

    reason: int = 0


Packet: TypeAlias = Connect | Publish | Puback | Subscribe | Unsubscribe | Pingreq | Disconnect
