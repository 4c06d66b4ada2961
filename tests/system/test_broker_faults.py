# SPDX-License-Identifier: EUPL-1.2
"""An outside MQTT broker is killed or away: connectors keep what they read and send it again; the API goes on."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.mqtt.mosquitto import Mosquitto, running
from tests.system.city import City, cpu_seconds, wait_for_rows
from tests.system.crowd import READINGS, Crowd
from tests.system.feeds import Import, append_days, assert_stored, make_meadow, rows_in, waiting_in
from tests.system.waiting import until

pytestmark = pytest.mark.server

CONNECTORS = 100
ROWS = 10


@pytest.fixture(scope="module")
def broker(module_folder: Path) -> Iterator[Mosquitto]:
    with running(
        module_folder, settings="allow_anonymous true\nsys_interval 1\nmax_inflight_messages 500"
    ) as mosquitto:
        yield mosquitto


@pytest.fixture(scope="module")
def kept_city(module_folder: Path, broker: Mosquitto) -> Iterator[City]:
    """A platform that is a client of that broker."""
    city = City(module_folder / "data", "--mqtt", f"mqtt://127.0.0.1:{broker.port}")
    with city.up():
        yield city


def wait_for_publishes(port: int, wanted: int) -> None:
    """Wait until the broker says that it has taken so many messages."""
    counts = [0]
    watcher = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    watcher.on_connect = lambda client, *_: client.subscribe("$SYS/broker/publish/messages/received")
    watcher.on_message = lambda _client, _data, message: counts.append(int(message.payload))
    watcher.connect("127.0.0.1", port)
    watcher.loop_start()
    try:
        until(lambda: counts[-1] >= wanted, f"the broker has taken {wanted} messages")
    finally:
        watcher.disconnect()
        watcher.loop_stop()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that does nothing for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_what_a_killed_broker_had_acknowledged_comes_again_from_the_spools(
    city: City, broker: Mosquitto, folder: Path
) -> None:
    """F4."""
    with ExitStack() as stack:
        with stopped(city.serving):
            crowd = stack.enter_context(Crowd(folder, broker.port, CONNECTORS))
            wait_for_publishes(broker.port, CONNECTORS * READINGS)
            rows, waiting = city.rows(), waiting_in(folder)
            broker.kill()
            broker.start()
            # The connectors come first, and the broker takes what they send for nobody.
            wait_for_publishes(broker.port, CONNECTORS * READINGS)
        crowd.join()

    assert rows == 0
    assert waiting == CONNECTORS * READINGS
    assert city.history("level", ids="urn:ngsi-ld:Sensor:crowd-%") == crowd.readings
    assert len(city.sql("SELECT DISTINCT value FROM t_default.history WHERE number IS NULL")) == CONNECTORS * READINGS
    assert [totals.as_json() for totals in crowd.totals] == [
        {"read": 1, "stored": READINGS, "rejected": 0}
    ] * CONNECTORS
    assert waiting_in(folder) == 0
    assert city.dead_letters() == 0


@pytest.mark.parametrize("away_s", [4, pytest.param(60, marks=pytest.mark.acceptance)])
def test_while_the_broker_is_away_connectors_keep_what_they_read_and_the_api_goes_on(
    city: City, broker: Mosquitto, folder: Path, away_s: int
) -> None:
    """F5."""
    feed, spool = make_meadow(folder, f"away{away_s}", sensors=ROWS // 2, days=2), folder / "spool"
    lamp = {"id": f"urn:ngsi-ld:Lamp:away{away_s}", "type": "Lamp", "power": {"type": "Property", "value": 1}}
    feeding = Import(city, feed, spool, once=False)
    wait_for_rows(city, city.rows() + 2 * feed.total, ended=feeding.has_ended)
    until(lambda: feeding.waiting() == 0, "the connector has every receipt")

    broker.kill()
    append_days(feed, f"away{away_s}", range(2, 4), sensors=ROWS // 2)
    until(lambda: rows_in(spool) == ROWS, "what was read is on the connector's disk")
    processes = (city.serving, feeding.pid)
    before, since = [cpu_seconds(pid) for pid in processes], time.monotonic()
    with city.client() as client:
        written = client.post("/ngsi-ld/v1/entities", json=lamp)
        read = client.get(f"/ngsi-ld/v1/entities/{lamp['id']}")
        ready = client.get("/readyz")
    until(lambda: time.monotonic() - since > away_s, "the broker was away for a while")
    used = [cpu_seconds(pid) - at_first for pid, at_first in zip(processes, before, strict=True)]
    broker.start()
    until(lambda: waiting_in(spool) == 0, "everything has its receipt", every_s=0.05)
    until(lambda: city.get("/readyz").json() == {"status": "ready"}, "the platform is ready", every_s=0.05)
    feeding.running.end()

    assert_stored(city, feed)
    assert (written.status_code, read.status_code) == (201, 200)
    assert ready.status_code == 200
    assert ready.json()["status"] == "degraded"
    assert f"127.0.0.1:{broker.port} is away" in ready.json()["detail"]
    assert max(used) < away_s / 4, "nobody is busy with waiting"
