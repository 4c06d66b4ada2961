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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from allmende.launch.musterstadt.__main__ import main, parse_arguments
from allmende.launch.musterstadt.city import SENSORS, WRONG_CLOCK
from allmende.launch.musterstadt.sending import Address
from tests.conftest import require_part

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]
PATIENCE = 20


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


@pytest.fixture
def arrivals(broker: object, port: int) -> Iterator[queue.Queue[MQTTMessage]]:
    received: queue.Queue[MQTTMessage] = queue.Queue()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _, __, message: received.put(message)
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


def take(arrivals: queue.Queue[MQTTMessage], topic: str, entities: int) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = []
    while len(taken) < entities:
        message = arrivals.get(timeout=PATIENCE)
        if message.topic == topic:
            assert message.qos == 1
            assert [name for name, _ in message.properties.UserProperty] == ["id"]
            taken += json.loads(message.payload)
    return taken


def test_the_town_sends_its_readings_and_then_its_last_day(
    city: subprocess.Popen[str], arrivals: queue.Queue[MQTTMessage]
) -> None:
    newest = take(arrivals, "allmende/v1/default/musterstadt/up/entities", len(SENSORS))
    past = take(arrivals, "allmende/v1/default/musterstadt/up/temporal", len(SENSORS))

    assert {entity["id"] for entity in newest[: len(SENSORS)]} == {each.id for each in SENSORS}
    assert {entity["id"] for entity in past} == {each.id for each in SENSORS}


def test_it_goes_on_when_the_broker_comes_back(
    city: subprocess.Popen[str],
    arrivals: queue.Queue[MQTTMessage],
    broker: list[subprocess.Popen[bytes]],
    tmp_path: Path,
    port: int,
) -> None:
    topic = "allmende/v1/default/musterstadt/up/entities"
    take(arrivals, topic, len(SENSORS))
    take(arrivals, "allmende/v1/default/musterstadt/up/temporal", len(SENSORS))

    broker[0].kill()
    broker[0].wait(PATIENCE)
    while not arrivals.empty():
        arrivals.get_nowait()
    broker.append(start_mosquitto(tmp_path, port))
    again = take(arrivals, topic, 1)

    assert again
    assert city.poll() is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_when_asked(
    city: subprocess.Popen[str], arrivals: queue.Queue[MQTTMessage], how: signal.Signals
) -> None:
    take(arrivals, "allmende/v1/default/musterstadt/up/entities", 1)

    city.send_signal(how)
    _, said = city.communicate(timeout=PATIENCE)

    assert city.returncode == 0
    assert said == ""


def test_it_says_what_was_rejected_and_is_silent_about_the_wrong_clock(
    city: subprocess.Popen[str], arrivals: queue.Queue[MQTTMessage], port: int
) -> None:
    take(arrivals, "allmende/v1/default/musterstadt/up/entities", 1)
    rejected = [
        {"index": 0, "entity": WRONG_CLOCK, "reason": "ahead", "deadletter": "1"},
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


def test_it_is_light(city: subprocess.Popen[str], arrivals: queue.Queue[MQTTMessage]) -> None:
    take(arrivals, "allmende/v1/default/musterstadt/up/temporal", len(SENSORS))

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
