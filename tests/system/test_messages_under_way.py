# SPDX-License-Identifier: EUPL-1.2
"""Messages of an outside broker are under way while the connector, or that broker, is killed: nothing is lost."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tests.launch.running import Running
from tests.mqtt.mosquitto import Mosquitto, running
from tests.system.city import City, Reading
from tests.system.test_broker_faults import stopped
from tests.system.waiting import until

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]

FILE = """\
apiVersion: connectors/v1
name: radio
source: {type: mqtt, url: "${RADIO}", topics: "%s/{sensor}"}
entity:
  type: Sensor
  id: $topic.sensor
  observedAt: time
  attributes: {level: level}
"""
SENSORS = 10


@pytest.fixture
def source(folder: Path) -> Iterator[Mosquitto]:
    place = folder / "source"
    place.mkdir()
    with running(place) as mosquitto:
        yield mosquitto


class Radio:
    """Sensors that publish, and the connector that reads them."""

    def __init__(self, city: City, source: Mosquitto, folder: Path, name: str) -> None:
        self.city, self.source, self.folder, self.name = city, source, folder, name
        self.readings: Counter[Reading] = Counter()
        self.file = folder / f"{name}.yaml"
        self.file.write_text(FILE % name)
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.max_inflight_messages_set(500)
        self._client.connect("127.0.0.1", source.port)
        self._client.loop_start()
        self.connector = self.start()

    def start(self) -> Running:
        """Start the connector under a data folder that outlives it."""
        spool = self.folder / self.name
        started = Running(
            "connectors", "run", self.file, "--platform", self.city.mqtt, "--key-file", self.city.key_file,
            "--data", spool, log=spool.with_suffix(".log"), RADIO=f"mqtt://127.0.0.1:{self.source.port}",
        )  # fmt: skip
        self.city.senders.append(started)
        return started

    def send(self, numbers: range, *, retain: bool = False) -> None:
        """Publish a reading of each sensor for each number; the broker has them when this returns."""
        sent = []
        for number in numbers:
            time = f"2026-10-01T{number // 60:02}:{number % 60:02}:00Z"
            for sensor in range(SENSORS):
                level = number * 100 + sensor + 0.5
                content = json.dumps({"time": time, "level": level})
                sent.append(self._client.publish(f"{self.name}/{self.name}{sensor}", content, qos=1, retain=retain))
                self.readings[f"urn:ngsi-ld:Sensor:radio:{self.name}{sensor}", time, level] += 1
        for info in sent:
            info.wait_for_publish(60)

    def stored(self) -> Counter[Reading]:
        return self.city.history("level", ids=f"urn:ngsi-ld:Sensor:radio:{self.name}%")

    def end(self) -> None:
        self.connector.end()
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def radio(city: City, source: Mosquitto, folder: Path, request: pytest.FixtureRequest) -> Iterator[Radio]:
    radio = Radio(city, source, folder, str(request.param))
    radio.send(range(1), retain=True)
    until(lambda: len(radio.stored()) == SENSORS, "the connector has its session")
    yield radio
    radio.end()


@pytest.mark.parametrize("radio", ["connector"], indirect=True)
def test_a_killed_connector_loses_no_message(radio: Radio) -> None:
    kills = []
    for start in range(1, 301, 100):
        radio.send(range(start, start + 100))
        before = len(radio.stored())
        os.kill(radio.connector.process.pid, signal.SIGKILL)
        radio.connector.end()
        kills.append(before < start * SENSORS + 100 * SENSORS)
        radio.connector = radio.start()
    until(lambda: len(radio.stored()) == 301 * SENSORS, "everything is stored")

    assert any(kills), "something was under way"
    assert radio.stored() == radio.readings
    assert radio.city.dead_letters() == 0


@pytest.mark.parametrize("radio", ["broker"], indirect=True)
def test_what_a_killed_broker_had_on_disk_reaches_the_platform(radio: Radio, source: Mosquitto) -> None:
    database = source.folder / "mosquitto.db"
    with stopped(radio.connector.process.pid):
        radio.send(range(1, 101))
        assert source._process is not None
        source._process.send_signal(signal.SIGUSR1)  # mosquitto writes its sessions to disk
        until(
            lambda: database.exists() and "Saving in-memory" in (source.folder / "mosquitto.log").read_text(), "saved"
        )
        until(lambda: database.stat().st_size > 100 * SENSORS * 40, "the messages are on disk")
        source.kill()
        source.start()
    until(lambda: len(radio.stored()) == 101 * SENSORS, "everything is stored")

    assert radio.stored() == radio.readings
    assert radio.city.dead_letters() == 0
