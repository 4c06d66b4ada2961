# SPDX-License-Identifier: EUPL-1.2
"""Connector files come, change and go under a platform that runs: nothing is lost, and nothing is there twice."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.city import City
from tests.system.waiting import until

pytestmark = pytest.mark.server

COUNTER = """
apiVersion: connectors/v1
name: {name}
source: {{type: file, path: {path}, every: 1s, jitter: 0s, format: csv}}
entity:
  type: Counter
  id: place
  observedAt: time
  attributes:
    {attribute}: {{value: "$number(count)"}}
    # It has no time: only the message's id keeps a repeat out of history.
    serial: {{value: "$number(count)", observedAt: null}}
"""
DAY = "2026-06-01"


def write(file: Path, *, attribute: str = "intensity", name: str | None = None, path: str | None = None) -> Path:
    """Write a connector file as editors do: beside it, then in its place."""
    stem = file.parent.name if file.stem == "connector" else file.stem
    file.parent.mkdir(exist_ok=True)
    text = COUNTER.format(name=name or stem, path=path or f"{stem}.csv", attribute=attribute)
    unfinished = file.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.rename(file)
    return file


def count(source: Path, numbers: range) -> None:
    """Append readings to a source."""
    is_new = not source.exists()
    with source.open("a") as file:
        file.write("place,time,count\n" if is_new else "")
        for number in numbers:
            file.write(f"p{number % 3},{DAY}T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z,{number}\n")


@pytest.fixture(scope="module")
def kept_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    place = tmp_path_factory.mktemp("reload")
    (place / "connectors").mkdir()
    city = City(place / "data", "--connectors", place / "connectors")
    with city.up():
        yield city


@pytest.fixture
def city(kept_city: City) -> Iterator[City]:
    """The platform; after a test its folder is empty, and no connector runs."""
    yield kept_city
    for entry in folder_of(kept_city).iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    until(lambda: all(state["state"] == "stopped" for state in listed(kept_city).values()), "every connector ends")


def folder_of(city: City) -> Path:
    return Path(city.options[1])  # type: ignore[arg-type]


def listed(city: City) -> dict[str, Any]:
    """What `connectors list` says, by the file's name."""
    states = json.loads(city.command("connectors", "list", "--json"))
    return {str(state["file"]).removeprefix(f"{folder_of(city)}/"): state for state in states}


def wait_for(city: City, file: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Wait for what the list says of a file."""
    found: dict[str, Any] = until(
        lambda: (state := listed(city).get(file)) and condition(state) and state, f"{file} as wished", every_s=0.1
    )
    return found


def stored(city: City, attribute: str, name: str) -> Counter[Any]:
    readings = city.history(attribute, ids=f"urn:ngsi-ld:Counter:{name}:%")
    return Counter({int(value): times for (_, _, value), times in readings.items()})


def events(city: City, event: str) -> list[dict[str, Any]]:
    lines = city.log.read_text().splitlines()
    return [entry for line in lines if event in line and (entry := json.loads(line))["event"] == event]


def test_a_file_that_appears_is_run_with_a_key_of_its_own_and_ends_when_it_vanishes(city: City) -> None:
    folder = folder_of(city)
    (folder / "fresh").mkdir()
    count(folder / "fresh" / "fresh.csv", range(3))
    file = write(folder / "fresh" / "connector.yaml")

    running = wait_for(city, "fresh/connector.yaml", lambda state: state["state"] == "waiting")
    until(lambda: stored(city, "intensity", "fresh") == Counter(range(3)), "all readings are stored")
    key = city.data / "keys" / "default-fresh"
    mode = key.stat().st_mode & 0o777
    file.unlink()
    ended = until(lambda: ended_for_good(city, "fresh"), "its end is told")
    stopped = listed(city)["fresh/connector.yaml"]

    assert (running["name"], running["rejected_version"]) == ("fresh", None)
    assert mode == 0o600
    assert [entry["reason"] for entry in ended] == ["its file is gone"]
    assert stopped["state"] == "stopped"


def ended_for_good(city: City, name: str) -> list[dict[str, Any]]:
    return [entry for entry in events(city, "connector_ended") if entry["name"] == name]


def test_versions_are_exchanged_while_readings_are_under_way_and_none_is_lost_or_doubled(city: City) -> None:
    folder, total, rounds = folder_of(city), 60_000, 4
    source = folder / "busy.csv"
    count(source, range(total))
    write(folder / "busy.yaml", attribute="round0")
    versions = {wait_for(city, "busy.yaml", lambda state: state["last_stored"])["version"]}

    for number in range(1, rounds):
        known = set(versions)
        write(folder / "busy.yaml", attribute=f"round{number}")
        versions.add(wait_for(city, "busy.yaml", lambda state, known=known: state["version"] not in known)["version"])
    count(source, range(total, total + 100))
    until(lambda: sum(stored(city, "serial", "busy").values()) >= total + 100, "every reading is stored", every_s=0.1)

    by_round = [stored(city, f"round{number}", "busy") for number in range(rounds)]
    assert sum(by_round, Counter()) == Counter(range(total + 100))
    assert by_round[0]
    assert set(by_round[-1]) >= set(range(total, total + 100)), "the newest version runs"
    assert stored(city, "serial", "busy") == Counter(range(total + 100))
    assert len(versions) == rounds
    assert city.dead_letters() == 0


def test_a_version_that_is_wrong_leaves_the_old_one_running_and_is_told_everywhere(city: City) -> None:
    folder = folder_of(city)
    count(folder / "steady.csv", range(3))
    file = write(folder / "steady.yaml")
    old = wait_for(city, "steady.yaml", lambda state: state["state"] == "waiting")
    right = file.read_text()

    file.write_text(right.replace("$number(count)", "$number(count"))
    wrong = wait_for(city, "steady.yaml", lambda state: state["rejected_version"])
    count(folder / "steady.csv", range(3, 6))
    until(lambda: stored(city, "intensity", "steady") == Counter(range(6)), "the old version reads on")
    said = until(lambda: told(city, "steady", "rejected_version"), "the platform knows")
    file.write_text(right + "# corrected\n")
    mended = wait_for(city, "steady.yaml", lambda state: not state["rejected_version"])
    until(lambda: not told(city, "steady", "rejected_version"), "the platform knows that it is mended")

    (entry,) = [entry for entry in events(city, "connector_rejected") if entry["file"] == str(file)]
    assert wrong["version"] == old["version"]
    assert wrong["state"] in {"waiting", "running"}
    assert entry["version"] == wrong["rejected_version"] == said != old["version"]
    assert entry["still_running"] == "steady"
    assert "steady.yaml, line 10: 'entity.attributes.intensity.value'" in wrong["last_error"]["text"]
    assert wrong["last_error"]["text"] == entry["reason"]
    assert mended["last_error"] is None
    assert mended["version"] != old["version"]


def test_a_file_that_is_written_piece_by_piece_is_taken_when_it_is_whole(city: City) -> None:
    folder = folder_of(city)
    count(folder / "slow.csv", range(3))
    text = COUNTER.format(name="slow", path="slow.csv", attribute="intensity")

    with (folder / "slow.yaml").open("w") as file:
        for line in text.splitlines(keepends=True):
            file.write(line)
            file.flush()
            time.sleep(0.3)  # what is written has to be seen unfinished
    wait_for(city, "slow.yaml", lambda state: state["state"] == "waiting")

    assert [entry for entry in events(city, "connector_rejected") if entry["file"].endswith("slow.yaml")] == []


def told(city: City, connector: str, key: str) -> Any:
    """What the connector last said of itself to the platform."""
    rows = city.sql("SELECT state -> %s FROM t_default.connector WHERE name = %s", key, connector)
    return rows[0][0] if rows else None


def test_of_two_files_with_one_name_the_second_is_refused_until_the_first_is_gone(city: City) -> None:
    folder = folder_of(city)
    count(folder / "one.csv", range(3))
    first = write(folder / "one.yaml")
    wait_for(city, "one.yaml", lambda state: state["state"] == "waiting")

    write(folder / "another.yaml", name="one", path="one.csv")
    refused = wait_for(city, "another.yaml", lambda state: state["last_error"])
    still = listed(city)["one.yaml"]
    first.unlink()
    taken = wait_for(city, "another.yaml", lambda state: state["state"] == "waiting")

    assert refused["state"] == "stopped"
    assert refused["last_error"]["text"] == f"The name one is that of {first}; choose another one"
    assert still["state"] == "waiting"
    assert (taken["name"], taken["last_error"]) == ("one", None)
    assert stored(city, "serial", "one") == Counter(range(3)), "the spool goes with the name"


def test_a_table_beside_the_file_is_part_of_its_version(city: City) -> None:
    folder = folder_of(city)
    count(folder / "joined.csv", range(3))
    (folder / "sites.csv").write_text("id,name\np0,Old\n")
    file = folder / "joined.yaml"
    name = "    name: {value: \"$lut('sites', place).name\", observedAt: null}\n"
    file.write_text(
        COUNTER.format(name="joined", path="joined.csv", attribute="intensity")
        + name
        + "lookup: {sites: {path: sites.csv, key: id}}\n"
    )
    old = wait_for(city, "joined.yaml", lambda state: state["last_stored"] and state["state"] == "waiting")

    (folder / "sites.csv").write_text("id,name\np0,New\n")
    new = wait_for(city, "joined.yaml", lambda state: state["version"] != old["version"])
    count(folder / "joined.csv", range(3, 6))
    entity = "/ngsi-ld/v1/entities/urn:ngsi-ld:Counter:joined:p0"
    until(lambda: city.get(entity).json()["name"]["value"] == "New", "the new table is used")
    (folder / "sites.csv").unlink()
    wrong = wait_for(city, "joined.yaml", lambda state: state["rejected_version"])

    assert wrong["version"] == new["version"]
    assert "sites.csv does not exist" in wrong["last_error"]["text"]


def test_the_swap_of_a_config_map_is_one_exchange(city: City, tmp_path: Path) -> None:
    folder = folder_of(city)
    source = tmp_path / "mapped.csv"
    count(source, range(3))
    publish_map(folder, "..first", source, "before")
    for name in ("mapped.yaml",):
        (folder / name).symlink_to(f"..data/{name}")
    old = wait_for(city, "mapped.yaml", lambda state: state["last_stored"])

    publish_map(folder, "..second", source, "after")
    shutil.rmtree(folder / "..first")
    new = wait_for(city, "mapped.yaml", lambda state: state["version"] != old["version"])
    count(source, range(3, 6))
    until(lambda: stored(city, "after", "mapped") == Counter(range(3, 6)), "the new version reads")

    assert new["file"] == str(folder / "mapped.yaml")
    assert stored(city, "serial", "mapped") == Counter(range(6))
    assert len([entry for entry in events(city, "connector_exchanged") if entry["name"] == "mapped"]) == 1


def publish_map(folder: Path, version: str, source: Path, attribute: str) -> None:
    """Put a version of the folder there as Kubernetes does: all at once."""
    (folder / version).mkdir()
    text = COUNTER.format(name="mapped", path=source, attribute=attribute)
    (folder / version / "mapped.yaml").write_text(text)
    (folder / "..unfinished").symlink_to(version)
    (folder / "..unfinished").rename(folder / "..data")


def test_dead_letters_are_mapped_by_the_corrected_file_that_was_reloaded(city: City) -> None:
    folder = folder_of(city)
    count(folder / "faulty.csv", range(6))
    file = write(folder / "faulty.yaml")
    right = file.read_text()
    # One record is refused by the mapping, the entity of another one by the platform.
    file.write_text(
        right.replace(
            'intensity: {value: "$number(count)"}',
            "intensity: {value: \"count = '5' ? $number('many') : $number(count)\"}",
        ).replace("observedAt: time", "observedAt: \"count = '4' ? 'yesterday' : time\"")
    )
    wait_for(city, "faulty.yaml", lambda state: state["set_aside"] == 2)
    letters = letters_of(city, "faulty")
    shown = [json.loads(city.command("deadletters", "show", letter["id"], "--json")) for letter in letters]
    mapping, platform = sorted(shown, key=lambda letter: letter["record"]["count"], reverse=True)

    still_wrong = replay(city, "faulty")
    until(lambda: {letter["attempts"] for letter in letters_of(city, "faulty")} >= {2}, "they were tried again")
    old = listed(city)["faulty.yaml"]["version"]
    file.write_text(right)
    wait_for(city, "faulty.yaml", lambda state: state["version"] != old)
    mended = replay(city, "faulty")
    until(lambda: not letters_of(city, "faulty"), "all letters are gone")

    assert len(letters) == 2
    assert mapping["record"]["count"] == "5"
    assert "'many' is not a number" in mapping["reason"]
    assert platform["payload"]["intensity"] == {"type": "Property", "value": 4, "observedAt": "yesterday"}
    assert "yesterday" in platform["reason"]
    assert still_wrong["waiting"] == mended["waiting"] == 2
    assert stored(city, "intensity", "faulty") == Counter(range(6))
    assert wait_for(city, "faulty.yaml", lambda state: state["set_aside"] == 0)["backlog"] == 0


def letters_of(city: City, connector: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(city.command("deadletters", "list", "--connector", connector, "--json"))
    return found


def replay(city: City, connector: str) -> dict[str, int]:
    counts: dict[str, int] = json.loads(city.command("deadletters", "replay", "--connector", connector, "--json"))
    return counts
