# SPDX-License-Identifier: EUPL-1.2
"""Connectors die under a platform that runs: it goes on, the others go on, and who asks is told why."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from connectors.states import read_states
from tests.connectors.test_guard import GROWS
from tests.system.city import City
from tests.system.waiting import until

pytestmark = pytest.mark.server

FILE = """
apiVersion: connectors/v1
name: {name}
source: {{type: file, path: {name}.json, every: 1s, jitter: 0s}}
entity:
  type: Sensor
  id: id
  observedAt: at
  attributes:
    level: {level}
"""
AT = "2026-06-01T00:00:00Z"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    place = tmp_path_factory.mktemp("deaths")
    (place / "connectors").mkdir()
    city = City(place / "data", "--connectors", place / "connectors", ALLMENDE_CONNECTOR_MEMORY="900")
    with city.up():
        yield city


def add(city: City, name: str, records: list[dict[str, Any]], *, level: str = "level") -> Path:
    """Put a connector and its source into the folder."""
    folder = city.data.parent / "connectors"
    (folder / f"{name}.json").write_text(json.dumps(records))
    file = folder / f"{name}.yaml"
    file.write_text(FILE.format(name=name, level=json.dumps(level)))
    return file


def state_of(city: City, name: str) -> dict[str, Any]:
    """What `connectors list` says of a connector; nothing where it does not know it."""
    return next((state.as_json() for state in read_states(city.data) if state.name == name), {})


def letters_of(city: City, name: str) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = json.loads(city.command("deadletters", "list", "--connector", name, "--json"))
    return letters


def pid_of(city: City, name: str) -> int | None:
    """The process of a connector."""
    for pid in json.loads((city.data / "platform.json").read_text())["parts"]:
        with suppress(FileNotFoundError):
            if f"/{name}.yaml".encode() in (Path("/proc") / pid / "cmdline").read_bytes():
                return int(pid)
    return None


def kill(city: City, name: str) -> None:
    pid = pid_of(city, name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def levels(city: City, name: str) -> set[Any]:
    return {value for _, _, value in city.history("level", ids=f"%:{name}:%")}


def test_an_expression_that_eats_memory_ends_in_a_dead_letter_and_troubles_nobody_else(city: City) -> None:
    add(city, "calm", [{"id": 1, "at": AT, "level": 1}])
    until(lambda: levels(city, "calm") == {1}, "the calm connector runs")
    calm = pid_of(city, "calm")

    records = [{"id": number, "at": AT, "level": number, "big": number == 2} for number in (1, 2, 3)]
    add(city, "eater", records, level=f"big ? {GROWS} : level")
    down = until(
        lambda: (state := state_of(city, "eater")).get("state") == "stopped" and state["last_error"] and state,
        "its death is told",
    )
    (letter,) = until(lambda: letters_of(city, "eater"), "the dead letter")

    assert "was ended by signal 6 and is to be started again" in down["last_error"]["text"]
    assert "ended the connector" in letter["reason"]
    until(lambda: levels(city, "eater") == {1, 3}, "the other records are stored")
    assert state_of(city, "eater")["last_error"] is None
    assert pid_of(city, "calm") == calm
    assert city.get("/readyz").status_code == 200


def test_a_connector_that_dies_while_its_file_is_wrong_says_so_and_goes_on_once_it_is_right(city: City) -> None:
    file = add(city, "fragile", [{"id": 1, "at": AT, "level": 1}])
    until(lambda: state_of(city, "fragile").get("state") == "waiting", "it runs")
    right = file.read_text()
    file.write_text(right.replace("level: ", "level: $number("))
    until(lambda: state_of(city, "fragile")["rejected_version"], "the new version is rejected")

    kill(city, "fragile")
    down = until(lambda: (state := state_of(city, "fragile"))["state"] == "stopped" and state, "it is down")
    words = city.command("connectors", "list")
    file.write_text(right)
    until(lambda: state_of(city, "fragile")["state"] in {"waiting", "running"}, "it runs again", seconds=10)

    assert "'entity.attributes.level.value'" in down["last_error"]["text"]
    assert (
        f"version {down['rejected_version']} of its file cannot run, and no other one runs until it is right" in words
    )


def test_the_raw_record_of_what_the_platform_rejects_is_shown(city: City) -> None:
    record = {"id": 1, "at": "2199-01-01T00:00:00Z", "level": 7, "note": "as it came"}
    add(city, "ahead", [record])

    (letter,) = until(lambda: letters_of(city, "ahead"), "the platform rejects it")
    shown = until(
        lambda: (found := json.loads(city.command("deadletters", "show", letter["id"], "--json")))["record"] and found,
        "its connector has set it aside",
    )

    assert shown["record"] == record
    assert shown["payload"]["level"]["value"] == 7
