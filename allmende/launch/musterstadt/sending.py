# SPDX-License-Identifier: EUPL-1.2
"""Sends the town's readings to a platform, and catches up on what it missed."""

import json
import sys
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from allmende.launch.musterstadt.city import WRONG_CLOCK
from allmende.launch.musterstadt.readings import HISTORY_STEP, history, readings

NAME: Final = "musterstadt"
TOPIC: Final = f"allmende/v1/default/{NAME}"
REMEMBERED: Final = timedelta(hours=24)
_REFUSED: Final = frozenset({"Bad user name or password", "Not authorized"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the platform takes messages, and as whom."""

    host: str
    port: int
    tls: bool = False
    user: str = NAME
    password: str | None = None


@dataclass(slots=True)
class Link:
    """What is known of the connection; `changed` is set whenever that changes."""

    changed: threading.Event
    is_up: bool = False
    stops: bool = False
    refused: str | None = None


def send(address: Address, every: timedelta, link: Link) -> None:
    """Send until the link stops or the platform refuses the key."""
    client = _open_client(address, link)
    client.connect_async(address.host, address.port, keepalive=30)
    client.loop_start()
    try:
        _send_all(client, every, link)
    finally:
        client.disconnect()
        client.loop_stop()


def _send_all(client: Client, every: timedelta, link: Link) -> None:
    since: datetime | None = None
    while not (link.stops or link.refused):
        if link.is_up:
            now = datetime.now(UTC)
            _publish(client, "entities", readings(now, since))
            start = now - REMEMBERED if since is None else max(since, now - REMEMBERED)
            if since is None or now - start > HISTORY_STEP:
                _publish_each(client, "temporal", history(start, now))
            since = now
        link.changed.wait(every.total_seconds())
        link.changed.clear()


def _publish_each(client: Client, kind: str, entities: Iterable[dict[str, Any]]) -> None:
    for entity in entities:
        _publish(client, kind, [entity])


def _publish(client: Client, kind: str, entities: list[dict[str, Any]]) -> None:
    if entities:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.UserProperty = ("id", str(uuid.uuid4()))
        client.publish(f"{TOPIC}/up/{kind}", json.dumps(entities, ensure_ascii=False), qos=1, properties=properties)


def _open_client(address: Address, link: Link) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=NAME, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set()
    client.reconnect_delay_set(min_delay=1, max_delay=30)
    client.on_connect = _on_connect(link)
    client.on_disconnect = _on_disconnect(link)
    client.on_message = _on_receipt
    return client


def _on_receipt(_: Client, __: Any, message: MQTTMessage) -> None:
    """Say what was rejected, unless it is what this town is meant to get wrong."""
    for rejection in json.loads(message.payload)["rejected"]:
        if rejection.get("entity") != WRONG_CLOCK:
            _say(f"The platform rejects {rejection.get('entity', 'a message')}: {rejection['reason']}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _on_connect(link: Link) -> Callable[[Client, Any, ConnectFlags, ReasonCode, Properties | None], None]:
    def on_connect(client: Client, _: Any, __: ConnectFlags, reason: ReasonCode, ___: Properties | None) -> None:
        if not reason.is_failure:
            client.subscribe(f"{TOPIC}/down/ack")
        link.is_up = not reason.is_failure
        if str(reason) in _REFUSED:
            link.refused = str(reason)
        elif reason.is_failure:
            _say(f"The platform does not take the connection: {reason}")
        link.changed.set()

    return on_connect


def _on_disconnect(link: Link) -> Callable[[Client, Any, DisconnectFlags, ReasonCode, Properties | None], None]:
    def on_disconnect(_: Client, __: Any, ___: DisconnectFlags, reason: ReasonCode, ____: Properties | None) -> None:
        if link.is_up and not link.stops:
            _say(f"The connection to the platform is lost: {reason}")
        link.is_up = False

    return on_disconnect
