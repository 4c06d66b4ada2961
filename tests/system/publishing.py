# SPDX-License-Identifier: EUPL-1.2
"""An independent client that publishes readings: paho, with the receipts that it gets."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.system.city import City, port_of
from tests.system.waiting import until

MISSING_CONTEXT = "https://city.example/missing.jsonld"
"""An @context that is in the index of the local folder, while its file is not there yet."""


class Publisher:
    """Publishes under a connector's name, and keeps what was acknowledged and what got a receipt."""

    def __init__(self, port: int, connector: str, key: str) -> None:
        self._prefix = f"allmende/v1/default/{connector}"
        self._ready = threading.Event()
        self._names: dict[int, str] = {}
        self.acknowledged: set[str] = set()
        self.receipts: dict[str, list[bytes]] = {}
        self._client = Client(CallbackAPIVersion.VERSION2, connector, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(connector, key)
        self._client.max_inflight_messages_set(200)
        self._client.max_queued_messages_set(0)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{self._prefix}/down/#", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_publish = self._acknowledged
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", port, keepalive=60)
        self._client.loop_start()
        assert self._ready.wait(20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, name: str, content: Any) -> None:
        """Publish a message under its id."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = [("id", name)]
        sent = self._client.publish(f"{self._prefix}/up/entities", orjson.dumps(content), 1, properties=properties)
        self._names[sent.mid] = name
        if sent.is_published():
            self.acknowledged.add(name)

    def wait_for_receipts(self, names: Mapping[str, int]) -> None:
        """Wait until messages have so many receipts."""
        until(
            lambda: all(len(self.receipts.get(name, ())) >= count for name, count in names.items()),
            "every message has its receipts",
        )

    def receipt(self, name: str) -> dict[str, Any]:
        """What the first receipt of a message says."""
        content: dict[str, Any] = orjson.loads(self.receipts[name][0])
        return content

    def _acknowledged(self, _client: Client, _data: Any, mid: int, code: Any, _properties: Any) -> None:
        name = self._names.get(mid)
        if name is not None and not code.is_failure:
            self.acknowledged.add(name)

    def _received(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.receipts.setdefault(orjson.loads(message.payload)["id"], []).append(message.payload)


@contextmanager
def publisher(city: City, connector: str) -> Iterator[Publisher]:
    """A publisher for the time of a test."""
    opened = Publisher(port_of(city.mqtt), connector, city.key)
    try:
        yield opened
    finally:
        opened.close()


def room(number: int, temperature: object, observed: str) -> dict[str, Any]:
    """One observation of a room."""
    value = {"type": "Property", "value": temperature, "observedAt": observed}
    return {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "temperature": value}
