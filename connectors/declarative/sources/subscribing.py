# SPDX-License-Identifier: EUPL-1.2
"""How a client of a broker is set up: who it is, what the broker keeps for it, and what it subscribes to."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

KEEPALIVE_S = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Where to listen, under which name, to what."""

    host: str
    port: int
    client_id: str
    topics: list[str]
    qos: int
    version: str
    session_s: int
    """How long the broker keeps the session while nobody is there; 0: there is none."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Callable[[], ssl.SSLContext] | None = None


def make_client(subscriber: Subscriber) -> Client:
    """Make a client that connects once, and whose messages are acknowledged by hand."""
    is_5 = subscriber.version == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=subscriber.client_id,
        clean_session=None if is_5 else not subscriber.session_s,
        protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    if subscriber.username is not None:
        client.username_pw_set(subscriber.username, subscriber.password)
    return client


def begin_connection(client: Client, subscriber: Subscriber, *, most_unacknowledged: int) -> None:
    """Have the client connect when its loop starts."""
    if subscriber.version != "5":
        client.connect_async(subscriber.host, subscriber.port, keepalive=KEEPALIVE_S)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types here
    properties.ReceiveMaximum = most_unacknowledged
    properties.SessionExpiryInterval = subscriber.session_s
    client.connect_async(
        subscriber.host,
        subscriber.port,
        keepalive=KEEPALIVE_S,
        clean_start=not subscriber.session_s,
        properties=properties,
    )


def subscriptions_of(subscriber: Subscriber) -> Any:
    """MQTT 5: retained messages come with a new subscription, and not once more at each connection."""
    if subscriber.version != "5":
        return [(topic, subscriber.qos) for topic in subscriber.topics]
    retain = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
    return [(topic, SubscribeOptions(qos=subscriber.qos, retainHandling=retain)) for topic in subscriber.topics]
