# SPDX-License-Identifier: EUPL-1.2
"""The program that plays the town, with a real MQTT broker."""

import json
import queue
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from allmende.launch.musterstadt.__main__ import main, parse_arguments
from allmende.launch.musterstadt.city import GARBLED, SENSORS, WRONG_CLOCK
from allmende.launch.musterstadt.outline import PLACES
from allmende.launch.musterstadt.sending import Address
from tests.conftest import require_part

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]
PATIENCE = 20
ENTITIES = "allmende/v1/default/musterstadt/up/entities"
TEMPORAL = "allmende/v1/default/musterstadt/up/temporal"


def start_mosquitto(folder: Path, port: int, *, passwords: bool = False) -> subprocess.Popen[bytes]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    require_part("mosquitto", None if program else "the program is not installed")
    (folder / "passwords").touch(mode=0o644)
    access = f"password_file {folder}/passwords" if passwords else "allow_anonymous true"
    (folder / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\n{access}\nuser root\nlog_type error\n")
    process = subprocess.Popen([str(program), "-c", str(folder / "mosquitto.conf")])
    deadline = time.monotonic() + PATIENCE
    while not listens(port):
        assert time.monotonic() < deadline, "mosquitto does not start"
        assert process.poll() is None
        time.sleep(0.02)
    return process


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def broker(tmp_path: Path, port: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [start_mosquitto(tmp_path, port)]
    yield started
    for process in started:
        process.terminate()
        process.wait(PATIENCE)


class Arrivals(queue.Queue[MQTTMessage]):
    """What has arrived; each message gets the receipt that the platform gives, unless it is to give none."""

    gives_receipts = True


@pytest.fixture
def arrivals(broker: object, port: int) -> Iterator[Arrivals]:
    received = Arrivals()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)

    def on_message(_: Client, __: Any, message: MQTTMessage) -> None:
        received.put(message)
        if received.gives_receipts and "/up/" in message.topic:
            [(_, message_id)] = message.properties.UserProperty
            receipt = {"id": message_id, "stored": len(json.loads(message.payload)), "rejected": []}
            client.publish("allmende/v1/default/musterstadt/down/ack", json.dumps(receipt))

    client.on_message = on_message
    subscribed: queue.Queue[bool] = queue.Queue()
    client.on_connect = lambda *_: client.subscribe("allmende/#", qos=1)
    client.on_subscribe = lambda *_: subscribed.put(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    subscribed.get(timeout=PATIENCE)
    yield received
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def city(arrivals: object, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "key").write_text("a key that this broker does not ask for\n")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "allmende.launch.musterstadt", "--platform", f"mqtt://127.0.0.1:{port}"),
            *("--key-file", str(tmp_path / "key"), "--every", "200ms"),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def take(arrivals: Arrivals, topic: str, entities: int) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = []
    while len(taken) < entities:
        message = arrivals.get(timeout=PATIENCE)
        if message.topic == topic:
            assert message.qos == 1
            assert [name for name, _ in message.properties.UserProperty] == ["id"]
            taken += json.loads(message.payload)
    return taken


def test_the_town_sends_its_readings_then_its_map_and_then_its_last_week(
    city: subprocess.Popen[str], arrivals: Arrivals
) -> None:
    newest = take(arrivals, ENTITIES, len(SENSORS) + len(PLACES))
    past = take(arrivals, TEMPORAL, 7 * len(SENSORS))

    assert {entity["id"] for entity in newest[: len(SENSORS)]} == {each.id for each in SENSORS}
    assert {entity["id"] for entity in newest[len(SENSORS) :]} >= {each.id for each in PLACES}
    assert Counter(entity["id"] for entity in past) == {each.id: 7 for each in SENSORS}
    days = [entity["fillingLevel"][0]["observedAt"] for entity in past if entity["type"] == "WasteContainer"]
    assert days == sorted(days, reverse=True)


@pytest.fixture
def platform_without_receipts(arrivals: Arrivals) -> None:
    arrivals.gives_receipts = False


def test_the_past_waits_for_receipts_and_readings_do_not(
    platform_without_receipts: None, city: subprocess.Popen[str], arrivals: Arrivals
) -> None:
    kinds: Counter[str] = Counter()
    while kinds["entities"] < 5:
        kinds[arrivals.get(timeout=PATIENCE).topic.rpartition("/")[2]] += 1

    assert kinds["temporal"] == 4


def test_it_goes_on_when_the_broker_comes_back(
    city: subprocess.Popen[str],
    arrivals: Arrivals,
    broker: list[subprocess.Popen[bytes]],
    tmp_path: Path,
    port: int,
) -> None:
    take(arrivals, ENTITIES, len(SENSORS))
    take(arrivals, TEMPORAL, len(SENSORS))

    broker[0].kill()
    broker[0].wait(PATIENCE)
    while not arrivals.empty():
        arrivals.get_nowait()
    broker.append(start_mosquitto(tmp_path, port))
    again = take(arrivals, ENTITIES, 1)
    past = take(arrivals, TEMPORAL, len(SENSORS))

    assert again
    assert past
    assert city.poll() is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_asked(city: subprocess.Popen[str], arrivals: Arrivals, how: signal.Signals) -> None:
    take(arrivals, ENTITIES, 1)

    city.send_signal(how)
    _, said = city.communicate(timeout=PATIENCE)

    assert city.returncode == 0
    assert said == ""


def test_it_says_what_was_rejected_and_is_silent_about_what_is_meant_to_fail(
    city: subprocess.Popen[str], arrivals: Arrivals, port: int
) -> None:
    take(arrivals, ENTITIES, 1)
    rejected = [
        {"index": 0, "entity": WRONG_CLOCK, "reason": "ahead", "deadletter": "1"},
        {"index": 2, "entity": GARBLED, "reason": "no number", "deadletter": "4"},
        {"index": 1, "entity": "urn:ngsi-ld:X:1", "reason": "too late", "deadletter": "2"},
        {"index": 0, "reason": "no JSON", "deadletter": "3"},
    ]
    receipt = json.dumps({"id": "1", "stored": 0, "rejected": rejected})

    publish.single("allmende/v1/default/musterstadt/down/ack", receipt, qos=1, hostname="127.0.0.1", port=port)
    said = [city.stderr.readline(), city.stderr.readline()]

    assert said == [
        "The platform rejects urn:ngsi-ld:X:1: too late\n",
        "The platform rejects a message: no JSON\n",
    ]


def test_it_is_light(city: subprocess.Popen[str], arrivals: Arrivals) -> None:
    take(arrivals, TEMPORAL, 7 * len(SENSORS))

    resident = Path(f"/proc/{city.pid}/status").read_text().split("VmRSS:")[1].split()[0]

    assert int(resident) < 40 * 1024


def test_a_refused_key_is_one_line(
    tmp_path: Path, port: int, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    (tmp_path / "key").write_text("wrong")
    process = start_mosquitto(tmp_path, port, passwords=True)
    capfd.readouterr()

    status = main(["--platform", f"mqtt://127.0.0.1:{port}", "--key-file", str(tmp_path / "key")])

    process.terminate()
    process.wait(PATIENCE)
    assert status == 4
    assert [line for line in capfd.readouterr().err.splitlines() if "key" in line] == [
        "The platform refuses the key: Not authorized"
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--platform", "http://127.0.0.1"],
        ["--platform", "mqtt://127.0.0.1:many"],
        ["--platform", "mqtt://"],
        ["--platform", "mqtt://127.0.0.1", "--every", "often"],
        ["--platform", "mqtt://127.0.0.1", "--every", "0s"],
        ["--platform", "mqtt://127.0.0.1", "--key-file", "/nowhere/key"],
        [],
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mqtt://127.0.0.1", Address(host="127.0.0.1", port=1883)),
        ("mqtts://city.example:8884", Address(host="city.example", port=8884, tls=True)),
        ("mqtt://u%40a:p%3A@[::1]:99", Address(host="::1", port=99, user="u@a", password="p:")),
    ],
)
def test_the_platform_is_named_by_a_url(text: str, address: Address) -> None:
    asked = parse_arguments(["--platform", text])

    assert asked.platform == address
