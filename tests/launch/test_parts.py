# SPDX-License-Identifier: EUPL-1.2
"""What a platform runs beside itself: connectors by their files, the simulated city; and how others reach it by TLS."""

import json
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.publish import single

from allmende.launch.musterstadt.kinds import KINDS
from tests.launch.running import Running, as_nobody, up
from tests.mqtt.mosquitto import Mosquitto, running

pytestmark = pytest.mark.server

COUNTER = """
apiVersion: connectors/v1
name: counter
source: {type: file, path: counts.csv, every: 1s, format: csv}
entity:
  type: TrafficFlowObserved
  id: place
  observedAt: time
  attributes:
    intensity: {value: "$number(count)"}
"""


@pytest.fixture
def connectors(tmp_path: Path) -> Path:
    """A folder with a good connector file, one of the same name, and one that cannot be read."""
    folder = tmp_path / "connectors"
    folder.mkdir()
    (folder / "counts.csv").write_text("place,time,count\nbridge,2026-06-01T10:00:00Z,42\n")
    (folder / "counter.yaml").write_text(COUNTER)
    (folder / "broken.yaml").write_text("apiVersion: [")
    (folder / "twin.yaml").write_text(COUNTER)
    return folder


def eventually(http: str, path: str) -> Any:
    """What a path answers once it answers something."""
    while not (answer := httpx.get(http + path, timeout=30, trust_env=False, verify=False)).is_success or not (
        content := answer.json()
    ):
        time.sleep(0.05)
    return content


def test_every_connector_file_of_a_folder_is_run_with_a_key_of_its_own(tmp_path: Path, connectors: Path) -> None:
    with up(tmp_path / "data", "--connectors", connectors) as platform:
        http, _ = platform.ready()
        entity = eventually(http, "/ngsi-ld/v1/entities/urn:ngsi-ld:TrafficFlowObserved:counter:bridge")
        key_file = tmp_path / "data" / "keys" / "default-counter"
        key = key_file.read_text().strip()
        answer = httpx.get(f"{http}/admin/keys", headers={"X-API-Key": key}, trust_env=False)
        status, errors = platform.end()

    assert entity["intensity"]["value"] == 42
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key != (tmp_path / "data" / "admin.key").read_text().strip()
    assert answer.status_code in {401, 403}
    assert status == 0
    rejected = [json.loads(line) for line in errors.splitlines() if "connector_rejected" in line]
    assert {Path(line["file"]).name: line["reason"] for line in rejected} == {
        "broken.yaml": "broken.yaml, line 1: not YAML: expected the node content, but found '<stream end>'",
        "twin.yaml": f"The name counter is that of {connectors / 'counter.yaml'}; choose another one",
    }
    assert "Another process runs the connector" not in errors


def test_a_connectors_key_is_kept_from_start_to_start(tmp_path: Path, connectors: Path) -> None:
    keys = []
    for _ in range(2):
        with up(tmp_path / "data", "--connectors", connectors) as platform:
            platform.ready()
            keys.append((tmp_path / "data" / "keys" / "default-counter").read_text())

    assert keys[0] == keys[1]


@pytest.mark.parametrize("user", ["root", "nobody"])
def test_the_simulated_city_sends_readings_of_eight_kinds_and_its_map(
    tmp_path: Path, nobodys_folder: Path, user: str
) -> None:
    data, become = (tmp_path, None) if user == "root" else (nobodys_folder / "data", as_nobody())
    with up(data, "--demo", become=become) as platform:
        http, _ = platform.ready()
        while not set(KINDS) | {"Road", "RiverBodyOfWater"} <= set(eventually(http, "/ngsi-ld/v1/types")["typeList"]):
            time.sleep(0.05)
        page = httpx.get(http, trust_env=False)

    assert len(KINDS) == 8
    assert page.status_code == 200
    assert "Streetlight" in page.text


def test_an_outside_broker_takes_the_place_of_the_own_endpoint(tmp_path: Path) -> None:
    entity = {"id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": 3}
    (tmp_path / "broker").mkdir()
    with running(tmp_path / "broker") as broker, up(tmp_path / "data", "--mqtt", broker_url(broker)) as platform:
        http, mqtt = platform.ready()
        single("allmende/v1/default/parks/up/entities/one", json.dumps(entity), qos=1, port=broker.port)
        stored = eventually(http, "/ngsi-ld/v1/entities/urn:ngsi-ld:Bench:1")
        _, errors = platform.end()

    assert stored["seats"]["value"] == 3
    assert mqtt == f"mqtt://127.0.0.1:{broker.port}"
    assert "outside_broker_decides" in errors
    assert "secret" not in errors


def broker_url(broker: Mosquitto) -> str:
    """The broker's URL with a name and a password, which an anonymous one ignores."""
    return f"mqtt://someone:secret@127.0.0.1:{broker.port}"


def test_a_url_of_a_broker_that_is_none_is_refused(tmp_path: Path) -> None:
    platform = up(tmp_path / "data", "--mqtt", "http://127.0.0.1:1")

    errors = platform.process.communicate(timeout=60)[1]

    assert platform.process.returncode == 2
    assert "--mqtt" in errors


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path, ssl.SSLContext]:
    """A certificate for this machine, its key, and a context that trusts its authority."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    chain, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return chain, key, trusting


def test_http_and_mqtt_are_served_by_tls_and_own_connectors_still_get_in(
    tmp_path: Path, connectors: Path, certificate: tuple[Path, Path, ssl.SSLContext]
) -> None:
    chain, key, trusting = certificate
    options = ("--host", "0.0.0.0", "--tls-cert", chain, "--tls-key", key, "--connectors", connectors)
    with up(tmp_path / "data", *options) as platform:
        http, mqtt = platform.ready()
        ready = httpx.get(f"{http}/readyz", verify=trusting, trust_env=False)
        admin = (tmp_path / "data" / "admin.key").read_text().strip()
        reading = httpx.get(f"{http}/ngsi-ld/v1/types", verify=trusting, trust_env=False)
        greeting = greet(mqtt, admin, trusting)
        listed = Running("keys", "list", "--data", tmp_path / "data", "--json")
        keys, _ = listed.process.communicate(timeout=60)
        stored = wait_for_entity(http, admin, "urn:ngsi-ld:TrafficFlowObserved:counter:bridge")
        by_hand = tmp_path / "by-hand.yaml"
        by_hand.write_text(
            COUNTER.replace("name: counter", "name: by-hand").replace("counts.csv", "connectors/counts.csv")
        )
        run = Running("connectors", "run", by_hand, "--once", "--data", tmp_path / "data")
        totals, _ = run.process.communicate(timeout=60)

    assert (http[:8], mqtt[:8]) == ("https://", "mqtts://")
    assert ready.status_code == 200
    assert reading.status_code == 401
    assert greeting == 0
    assert {key["name"] for key in json.loads(keys.splitlines()[-1])} >= {"administrator"}
    assert stored["intensity"]["value"] == 42
    assert json.loads(totals.splitlines()[-1]) == {"read": 1, "stored": 1, "rejected": 0}


def greet(mqtt: str, key: str, trusting: ssl.SSLContext) -> int:
    """The reason code with which the endpoint answers a connector."""
    codes: list[int] = []
    client = Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set("someone", key)
    client.tls_set_context(trusting)
    client.on_connect = lambda _c, _u, _f, code, _p: codes.append(code.value)
    client.connect("127.0.0.1", int(mqtt.rpartition(":")[2]))
    while not codes:
        client.loop(0.1)
    client.disconnect()
    return codes[0]


def wait_for_entity(http: str, key: str, entity: str) -> Any:
    """An entity, once it is stored."""
    with httpx.Client(verify=False, trust_env=False, headers={"X-API-Key": key}) as client:
        while not (answer := client.get(f"{http}/ngsi-ld/v1/entities/{entity}")).is_success:
            time.sleep(0.05)
        return answer.json()
