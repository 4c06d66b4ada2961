# SPDX-License-Identifier: EUPL-1.2
"""Webhooks through the whole platform: what was accepted is stored, whoever is killed meanwhile."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.connectors.uplinks import EUI, chirpstack, ttn
from tests.launch.running import Running, as_nobody, up

pytestmark = pytest.mark.server

HOOK = """
apiVersion: connectors/v1
name: counts
source: {type: webhook, auth: {bearer: "${COUNTS_KEY}"}}
entity:
  type: TrafficFlowObserved
  id: place
  observedAt: time
  attributes:
    intensity: count
"""
BEARER = {"authorization": "Bearer s"}
SHIPPED = Path(__file__).parents[2] / "connectors/shipped"
ROUNDS, SENDERS, EACH_ROUND = 3, 4, 60


@pytest.fixture
def connectors(tmp_path: Path) -> Path:
    """A folder with the file of a webhook."""
    folder = tmp_path / "connectors"
    folder.mkdir()
    (folder / "counts.yaml").write_text(HOOK)
    return folder


def reading(place: str, count: int = 1) -> dict[str, Any]:
    return {"place": place, "count": count, "time": "2026-06-01T10:00:00Z"}


def send(http: str, body: Any) -> httpx.Response:
    """Send to the webhook as soon as it is there."""
    while True:
        answer = httpx.post(f"{http}/hooks/default/counts", json=body, headers=BEARER, timeout=60, trust_env=False)
        if answer.status_code not in {404, 503}:
            return answer
        time.sleep(0.05)


def places(http: str) -> set[str]:
    """What is stored."""
    found: set[str] = set()
    url = f"{http}/ngsi-ld/v1/entities?type=TrafficFlowObserved&limit=1000"
    while url:
        answer = httpx.get(url, timeout=60, trust_env=False)
        found |= {entity["id"].rpartition(":")[2] for entity in answer.json()}
        following = answer.links.get("next")
        url = str(httpx.URL(http).join(following["url"])) if following else ""
    return found


def connector_of(data: Path) -> int | None:
    """The process of the connector that runs, if one does."""
    for pid in json.loads((data / "platform.json").read_text())["parts"]:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"connectors" in command and b"run" in command:
            return int(pid)
    return None


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_what_is_sent_is_stored_and_the_same_again_changes_nothing(
    tmp_path: Path, nobodys_folder: Path, user: str
) -> None:
    data, become = (tmp_path / "data", None) if user == "root" else (nobodys_folder / "data", as_nobody())
    files = nobodys_folder / "connectors"
    files.mkdir()
    (files / "counts.yaml").write_text(HOOK)
    with up(data, "--connectors", files, become=become, COUNTS_KEY="s") as platform:
        http, _ = platform.ready()
        accepted = [send(http, reading("bridge", 42)).status_code for _ in range(3)]
        while places(http) != {"bridge"}:
            time.sleep(0.05)
        entity = f"{http}/ngsi-ld/v1/temporal/entities/urn:ngsi-ld:TrafficFlowObserved:counts:bridge"
        history = httpx.get(entity, params={"format": "temporalValues"}, trust_env=False).json()
        refused = httpx.post(f"{http}/hooks/default/counts", json=reading("wrong"), trust_env=False)
        unknown = httpx.post(f"{http}/hooks/default/other", json={}, headers=BEARER, trust_env=False)
        status, errors = platform.end()

    assert accepted == [202, 202, 202]
    assert history["intensity"]["values"] == [[42, "2026-06-01T10:00:00Z"]]
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert unknown.status_code == 404
    assert status == 0
    assert "Traceback" not in errors


def test_what_was_accepted_is_stored_though_its_connector_is_killed_again_and_again(
    tmp_path: Path, connectors: Path
) -> None:
    numbers: Iterator[int] = iter(range(10**9))
    accepted: set[str] = set()
    unanswered: list[int] = []
    ended = threading.Event()

    def sending(http: str) -> None:
        with httpx.Client(timeout=60, trust_env=False) as client:
            while not ended.is_set():
                place = f"p{next(numbers)}"
                answer = client.post(f"{http}/hooks/default/counts", json=reading(place), headers=BEARER)
                if answer.status_code == 202:
                    accepted.add(place)
                else:
                    assert answer.status_code == 503
                    assert int(answer.headers["retry-after"]) > 0
                    unanswered.append(answer.status_code)
                    ended.wait(0.02)

    data = tmp_path / "data"
    with up(data, "--connectors", connectors, COUNTS_KEY="s", log=tmp_path / "log") as platform:
        http, _ = platform.ready()
        send(http, reading("first"))
        with ThreadPoolExecutor(SENDERS) as threads:
            senders = [threads.submit(sending, http) for _ in range(SENDERS)]
            for done in range(ROUNDS):
                while len(accepted) < (done + 1) * EACH_ROUND:
                    assert not any(sender.done() for sender in senders)
                    time.sleep(0.01)
                pid = connector_of(data)
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
            while len(accepted) < (ROUNDS + 1) * EACH_ROUND:
                time.sleep(0.01)
            ended.set()
            for sender in senders:
                sender.result()
        deadline = time.monotonic() + 60
        while not accepted <= places(http) and time.monotonic() < deadline:
            time.sleep(0.1)
        lost = accepted - places(http)

    assert lost == set()
    assert unanswered


def test_a_webhook_whose_connector_is_away_is_known(tmp_path: Path, connectors: Path) -> None:
    data = tmp_path / "data"
    with up(data, "--connectors", connectors, COUNTS_KEY="s") as platform:
        http, _ = platform.ready()
        send(http, reading("bridge"))

    with up(data) as platform:
        http, _ = platform.ready()
        answer = httpx.post(f"{http}/hooks/default/counts", json=reading("b"), headers=BEARER, trust_env=False)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "away" in answer.json()["detail"]


def test_a_webhook_whose_key_is_refused_ends(tmp_path: Path, connectors: Path) -> None:
    (tmp_path / "key").write_text("alm_wrong")
    with up(tmp_path / "data") as platform:
        _, mqtt = platform.ready()
        target = ("--platform", mqtt, "--key-file", tmp_path / "key", "--data", tmp_path / "away")
        with Running("connectors", "run", connectors / "counts.yaml", *target, COUNTS_KEY="s") as refused:
            _, errors = refused.process.communicate(timeout=60)

    assert refused.process.returncode == 4
    assert "refuses the connector's key" in errors


def test_notifications_of_other_brokers_are_entities_of_the_platform(tmp_path: Path) -> None:
    files, sent = tmp_path / "connectors", []
    files.mkdir()
    for name, fixture in (("ngsi-ld", "normalized"), ("ngsi-v2", "rooms")):
        shipped = SHIPPED / f"{name}-notification"
        (files / f"{name}.yaml").write_text((shipped / "connector.yaml").read_text())
        sent.append((f"{name}-notification", (shipped / f"fixture/{fixture}.json").read_bytes()))
    keys = {"NGSI_LD_NOTIFICATION_KEY": "s", "NGSI_V2_NOTIFICATION_KEY": "s"}
    with up(tmp_path / "data", "--connectors", files, **keys) as platform:
        http, _ = platform.ready()
        for name, body in sent:
            url = f"{http}/hooks/default/{name}"
            while (answer := httpx.post(url, content=body, headers=BEARER, trust_env=False)).status_code in {404, 503}:
                time.sleep(0.05)
            assert answer.status_code == 202
        roof = eventually(f"{http}/ngsi-ld/v1/entities/urn:ngsi-ld:WeatherObserved:roof")
        yard = eventually(f"{http}/ngsi-ld/v1/entities/urn:ngsi-ld:WeatherObserved:yard")
        room = eventually(f"{http}/ngsi-ld/v1/entities/urn:ngsi-ld:Room:R1")

    assert roof["temperature"]["accuracy"]["value"] == 0.5
    assert roof["owner"]["object"] == "urn:ngsi-ld:Organization:works"
    assert {instance["value"] for instance in yard["temperature"]} == {19, 23}
    assert room["temperature"]["observedAt"].startswith("2026-06-01T10:00:00")
    assert room["temperature"]["unitCode"] == "CEL"
    assert room["location"]["type"] == "GeoProperty"
    assert room["inspected"]["value"]["@type"] == "DateTime"


UPLINKS = """
apiVersion: connectors/v1
name: {kind}-climate
source:
  type: {kind}
  webhook: {{auth: {auth}}}
  codec: climate.js
  devices: devices.csv
entity:
  type: IndoorEnvironmentObserved
  id: devEui
  observedAt: time
  attributes:
    temperature: {{value: object.temperature, unit: CEL}}
    name: {{value: $device.place, observedAt: null}}
"""
CODEC = "function decodeUplink(input) { return {data: {temperature: input.bytes[0] / 2}}; }"


@pytest.mark.parametrize(
    ("kind", "auth", "sent"),
    [
        ("chirpstack", '{api_key: {header: X-Api-Key, value: "${KEY}"}}', {"headers": {"X-Api-Key": "s"}}),
        ("ttn", '{basic: {user: stack, password: "${KEY}"}}', {"auth": ("stack", "s")}),
    ],
)
def test_uplinks_that_a_network_server_sends_are_decoded_and_stored(
    tmp_path: Path, connectors: Path, kind: str, auth: str, sent: dict[str, Any]
) -> None:
    (connectors / "counts.yaml").unlink()
    (connectors / "climate.yaml").write_text(UPLINKS.format(kind=kind, auth=auth))
    (connectors / "climate.js").write_text(CODEC)
    (connectors / "devices.csv").write_text(f"devEui;place\n{EUI.upper()};Room 12\n")
    uplink = chirpstack(b"\x2b") if kind == "chirpstack" else ttn(b"\x2b")
    join = {"deviceInfo": {"devEui": EUI}, "devAddr": "00189440"}
    unknown = json.loads(json.dumps(uplink).replace(EUI, "ff" * 8).replace(EUI.upper(), "ff" * 8))
    with up(tmp_path / "data", "--connectors", connectors, KEY="s") as platform:
        http, _ = platform.ready()
        url = f"{http}/hooks/default/{kind}-climate"

        def post(body: Any, event: str) -> int:
            return httpx.post(url, json=body, params={"event": event}, timeout=60, trust_env=False, **sent).status_code

        while (first := post(uplink, "up")) in {404, 503}:
            time.sleep(0.05)
        others = [post(join, "join"), post(unknown, "up")]
        refused = httpx.post(url, json=uplink, timeout=60, trust_env=False).status_code
        entity = eventually(f"{http}/ngsi-ld/v1/entities/urn:ngsi-ld:IndoorEnvironmentObserved:{kind}-climate:{EUI}")
        letters = f"{http}/admin/deadletters"
        key = {"X-API-Key": (tmp_path / "data" / "admin.key").read_text().strip()}
        while not (set_aside := httpx.get(letters, headers=key, timeout=60, trust_env=False).json()):
            time.sleep(0.05)

    assert (first, others, refused) == (202, [202, 202], 401)
    assert (entity["temperature"]["value"], entity["name"]["value"]) == (21.5, "Room 12")
    assert entity["temperature"]["observedAt"].startswith("2026-10-24T21:00:00.123")
    assert [f"Device {'ff' * 8} is not in devices.csv" in letter["reason"] for letter in set_aside] == [True]


def eventually(url: str) -> Any:
    """An entity once it is there."""
    while (answer := httpx.get(url, timeout=60, trust_env=False)).status_code == 404:
        time.sleep(0.05)
    return answer.json()
