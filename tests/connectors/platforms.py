# SPDX-License-Identifier: EUPL-1.2
"""A platform of few lines behind a real MQTT broker: it keeps what arrives and answers receipts."""

import json
import threading
from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

Refuse = Callable[[dict[str, Any]], str | None]


class FakePlatform:
    """Takes every connector's messages; `refuse` gives a reason for entities that it rejects."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.messages: list[tuple[str, str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.refuse: Refuse = lambda _: None
        self.answers = True
        self.requests: list[tuple[str, list[dict[str, Any]]]] = []
        self._receipts: dict[str, bytes] = {}
        self._news = threading.Condition()
        ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.max_queued_messages_set(0)
        self._client.on_message = self._take
        self._client.on_connect = lambda client, *_: client.subscribe("allmende/v1/+/+/up/#", qos=1)
        self._client.on_subscribe = lambda *_: ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert ready.wait(10)

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def ask(self, kind: str, wanted: list[dict[str, Any]]) -> None:
        """Send a request when a connector says that it is there."""
        self.requests.append((kind, wanted))

    def entities(self) -> list[dict[str, Any]]:
        """Every entity of each message, repeats of a message left out."""
        seen = {name: content for kind, name, content in self.messages if kind in {"entities", "temporal"}}
        return [entity for content in seen.values() for entity in content]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        with self._news:
            assert self._news.wait_for(condition, seconds)

    def _take(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        prefix, _, kind = message.topic.rpartition("/up/")
        content = json.loads(message.payload)
        if kind == "state":
            self.states.append(content)
            for topic, wanted in self.requests:
                client.publish(f"{prefix}/down/{topic}", json.dumps(wanted), qos=1)
            self.requests = []
            self._tell()
            return
        name = dict(message.properties.UserProperty)["id"]
        self.messages.append((kind, name, content))
        if self.answers:
            receipt = self._receipts.setdefault(name, self._receipt(kind, name, content))
            client.publish(f"{prefix}/down/ack", receipt, qos=1)
        self._tell()

    def _receipt(self, kind: str, name: str, content: list[dict[str, Any]]) -> bytes:
        rejected = []
        for index, entity in enumerate(content):
            reason = entity["reason"] if kind == "deadletters" else self.refuse(entity)
            if reason is not None:
                rejected.append({"index": index, "entity": entity.get("id"), "reason": reason, "deadletter": "1"})
        stored = 0 if kind == "deadletters" else len(content) - len(rejected)
        return json.dumps({"id": name, "stored": stored, "rejected": rejected}).encode()

    def _tell(self) -> None:
        with self._news:
            self._news.notify_all()
