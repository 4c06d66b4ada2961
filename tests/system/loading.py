# SPDX-License-Identifier: EUPL-1.2
"""Load that goes on while something fails: writes over HTTP and MQTT, and what each was answered."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import httpx

from tests.system.city import City
from tests.system.publishing import Publisher, publisher, room

CLIENTS = 4
MOST_UNACKNOWLEDGED = 300


class HttpLoad:
    """Clients that create entities, one after another, each once."""

    def __init__(self, city: City, name: str) -> None:
        self._city = city
        self._name = name
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write) for _ in range(CLIENTS)]
        self.statuses: Counter[int] = Counter()
        self.created: set[str] = set()
        self.wrong: list[str] = []

    def _write(self) -> None:
        with self._city.client() as client:
            while not self._stop.is_set():
                number = next(self._numbers)
                entity = f"urn:ngsi-ld:Lamp:{self._name}-{number}"
                body = {"id": entity, "type": "Lamp", "power": {"type": "Property", "value": number}}
                try:
                    answer = client.post("/ngsi-ld/v1/entities", json=body)
                except httpx.HTTPError as error:
                    self.wrong.append(repr(error))
                    return
                self._keep(entity, answer)
                if answer.status_code == 503:
                    self._stop.wait(0.05)

    def _keep(self, entity: str, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code == 201:
            self.created.add(entity)
        elif answer.status_code != 503 or not answer.headers.get("retry-after", "").isdigit():
            self.wrong.append(f"{answer.status_code} {answer.headers} {answer.text}")

    def stop(self) -> None:
        """Wait for the last answers, and ask no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


class MqttLoad:
    """A client that publishes one observation after another, never too many without an acknowledgement."""

    def __init__(self, sender: Publisher, name: str) -> None:
        self.sender = sender
        self.name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)
        self.sent: dict[str, str] = {}
        """Entity by message."""

    @property
    def unacknowledged(self) -> int:
        return len(self.sent) - len(self.sender.acknowledged)

    def _send(self) -> None:
        for number in itertools.count():
            while self.unacknowledged > MOST_UNACKNOWLEDGED and not self._stop.is_set():
                self._stop.wait(0.002)
            if self._stop.is_set():
                return
            observation = room(number, number, "2026-06-01T00:00:00Z")
            observation["id"] = f"urn:ngsi-ld:Room:{self.name}-{number}"
            self.sent[f"{self.name}-{number}"] = observation["id"]
            self.sender.publish(f"{self.name}-{number}", observation)
            self._stop.wait(0.001)

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


@contextmanager
def load(city: City, name: str) -> Iterator[tuple[HttpLoad, MqttLoad]]:
    """Both at once."""
    with publisher(city, name) as sender, HttpLoad(city, name) as http, MqttLoad(sender, name) as mqtt:
        yield http, mqtt


def assert_kept(city: City, http: HttpLoad, mqtt: MqttLoad) -> None:
    """Whatever was acknowledged, by 201 or PUBACK, is stored; HTTP answered nothing but 201 and 503; all was taken."""
    http.stop()
    mqtt.stop()
    mqtt.sender.wait_for_receipts(dict.fromkeys(mqtt.sent, 1))
    stored = {name for (name,) in city.sql("SELECT n.id FROM t_default.entity e JOIN t_default.name n USING (seq)")}
    assert http.wrong == []
    assert http.created - stored == set()
    assert set(mqtt.sent.values()) - stored == set()
    rooms = city.history("temperature", ids=f"urn:ngsi-ld:Room:{mqtt.name}-%")
    assert set(rooms.values()) == {1}
    assert len(rooms) == len(mqtt.sent)
