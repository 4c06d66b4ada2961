# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors of both network servers, from a real broker to the platform."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import SHIPPED
from tests.connectors.platforms import FakePlatform
from tests.connectors.test_broker import send
from tests.connectors.test_testing import run

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]


@pytest.mark.parametrize("name", ["chirpstack-generic", "ttn-generic"])
def test_uplinks_reach_the_platform(
    name: str, broker: int, platform: FakePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, prefix = SHIPPED / name, name.upper().replace("-", "_")
    given = {"URL": f"mqtt://127.0.0.1:{broker}", "USERNAME": "any", "PASSWORD": "any", "PATH": folder / "fixture"}
    for key, value in given.items():
        monkeypatch.setenv(f"{prefix}_{key}", str(value))
    options = ["--once", "--platform", f"mqtt://127.0.0.1:{broker}", "--data", tmp_path]
    first = run("run", name, *options)
    # One after the other: of a topic, the next one is not to come before the last one.
    for message in json.loads((folder / "fixture" / "uplinks.json").read_text()):
        send(broker, {message["topic"]: json.dumps(message["payload"])})

    done = run("run", name, *options)

    golden = json.loads((folder / "golden" / "uplinks.json.json").read_text())
    assert json.loads(first.stdout) == {"read": 0, "stored": 0, "rejected": 0}
    assert (done.exit_code, json.loads(done.stdout)) == (3, {"read": 5, "stored": 4, "rejected": 2})
    assert _by_id(platform.entities()) == _by_id(golden)
    reasons = [
        letter["reason"] for kind, _, content in platform.messages if kind == "deadletters" for letter in content
    ]
    assert sorted(reason.split(":")[0] for reason in reasons) == [
        "Codec climate-sensor.js", f"Device 70b3d5e75e0a0003 is not in {folder}/fixture/devices.csv",
    ]  # fmt: skip


def _by_id(entities: list[dict[str, Any]]) -> dict[str, Any]:
    return {entity["id"]: entity for entity in entities}
