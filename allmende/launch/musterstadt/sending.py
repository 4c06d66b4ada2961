# SPDX-License-Identifier: EUPL-1.2
"""Sends the town's readings to a platform, and catches up on what it missed."""

import json
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from allmende.launch.musterstadt import places
from allmende.launch.musterstadt.backlog import Backlog
from allmende.launch.musterstadt.city import GARBLED, WRONG_CLOCK
from allmende.launch.musterstadt.outline import PLACES
from allmende.launch.musterstadt.past import REMEMBERED, tell
from allmende.launch.musterstadt.readings import HISTORY_STEP, readings

NAME: Final = "musterstadt"
TOPIC: Final = f"allmende/v1/default/{NAME}"
_MEANT_TO_FAIL: Final = frozenset({WRONG_CLOCK, GARBLED})
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
    """What is known of the connection; `changed` is set whenever that changes or a receipt has come."""

    changed: threading.Event
    receipts: deque[str] = field(default_factory=deque)
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
    backlog = Backlog(partial(_publish, client, "temporal"))
    since: datetime | None = None
    due = monotonic()
    while not (link.stops or link.refused):
        if link.is_up and monotonic() >= due:
            now = datetime.now(UTC)
            _send_newest(client, now, since, backlog)
            since, due = now, monotonic() + every.total_seconds()
        while link.receipts:
            backlog.settle(link.receipts.popleft())
        if link.is_up:
            backlog.go_on()
        link.changed.wait(max(0.0, due - monotonic()) if link.is_up else every.total_seconds())
        link.changed.clear()


def _send_newest(client: Client, now: datetime, since: datetime | None, backlog: Backlog) -> None:
    """What was measured since the last time; at first the map as well, and after a pause what was missed."""
    _publish(client, "entities", str(uuid.uuid4()), readings(now, since))
    if since is None:
        _publish(client, "entities", str(uuid.uuid4()), [places.to_entity(place) for place in PLACES])
        backlog.add(tell(now - REMEMBERED, now))
    elif now - since > HISTORY_STEP:
        backlog.add(tell(max(since, now - REMEMBERED), now))


def _publish(client: Client, kind: str, message_id: str, entities: list[dict[str, Any]]) -> None:
    if entities:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
        properties.UserProperty = ("id", message_id)
        client.publish(f"{TOPIC}/up/{kind}", json.dumps(entities, ensure_ascii=False), qos=1, properties=properties)


def _open_client(address: Address, link: Link) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=NAME, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set()
    client.reconnect_delay_set(min_delay=1, max_delay=30)
    client.on_connect = _on_connect(link)
    client.on_disconnect = _on_disconnect(link)
    client.on_message = _on_receipt(link)
    return client


def _on_receipt(link: Link) -> Callable[[Client, Any, MQTTMessage], None]:
    """Say what was rejected, unless it is what this town is meant to get wrong."""

    def on_receipt(_: Client, __: Any, message: MQTTMessage) -> None:
        receipt = json.loads(message.payload)
        for rejection in receipt["rejected"]:
            if rejection.get("entity") not in _MEANT_TO_FAIL:
                _say(f"The platform rejects {rejection.get('entity', 'a message')}: {rejection['reason']}")
        link.receipts.append(receipt["id"])
        link.changed.set()

    return on_receipt


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
