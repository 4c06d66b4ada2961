# SPDX-License-Identifier: EUPL-1.2
"""Connectors publish over a real MQTT broker, to a platform that answers receipts, and lose nothing."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.platforms import FakePlatform
from tests.connectors.writing import HEAD, write_file

pytestmark = [pytest.mark.server, pytest.mark.needs("mosquitto")]
FILE = (
    HEAD
    + """
source: {type: file, path: source.csv, every: 1s}
entity:
  type: T
  id: id
  observedAt: at
  attributes:
    x: {value: $number(x)}
"""
)


def write_source(folder: Path, rows: Sequence[tuple[str, str, str]]) -> Path:
    (folder / "source.csv").write_text("id,at,x\n" + "".join(",".join(row) + "\n" for row in rows))
    return write_file(folder, FILE)


def start(path: Path, port: int, *options: str) -> subprocess.Popen[str]:
    arguments = ["connectors", "run", str(path), "--platform", f"mqtt://127.0.0.1:{port}", *options]
    program = "import sys; from allmende.cli import main; main(sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments, "--data", str(path.parent / "data")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(path: Path, port: int, *options: str) -> tuple[int, dict[str, Any], str]:
    process = start(path, port, "--once", *options)
    out, err = process.communicate(timeout=60)
    return process.returncode, json.loads(out.splitlines()[-1]) if out else {}, err


def time_of(number: int) -> str:
    return f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"


def instances(platform: FakePlatform) -> list[tuple[str, str, Any]]:
    found = []
    for entity in platform.entities():
        listed = entity["x"] if isinstance(entity["x"], list) else [entity["x"]]
        found += [(entity["id"], instance["observedAt"], instance["value"]) for instance in listed]
    return found


def test_a_pass_ends_when_every_record_has_its_receipt(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [(f"e{n % 7}", time_of(n), str(n)) for n in range(5000)])

    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (0, {"read": 5000, "stored": 5000, "rejected": 0})
    assert sorted(value for _, _, value in instances(platform)) == list(range(5000))
    assert list(dict.fromkeys(state["state"] for state in platform.states)) == ["running", "stopped"]
    assert platform.states[-1]["backlog"] == 0


def test_a_connector_says_what_its_data_are_called(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])

    run(path, platform.port)
    path.write_text(f"{FILE}dataset: {{title: {{de: Pegel, en: Water levels}}}}\n")
    run(path, platform.port)

    assert platform.states[0]["title"] is None
    assert platform.states[-1]["title"] == {"de": "Pegel", "en": "Water levels"}


def test_a_second_pass_sends_only_what_is_new(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])
    run(path, platform.port)

    with (tmp_path / "source.csv").open("a") as source:
        source.write(f"a,{time_of(2)},2\n")
    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (0, {"read": 1, "stored": 1, "rejected": 0})
    assert [value for _, _, value in instances(platform)] == [1, 2]


def test_a_data_folder_that_cannot_be_is_one_line(tmp_path: Path, broker: int) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])
    (tmp_path / "data").write_text("a file")

    status, answer, errors = run(path, broker)

    assert (status, answer) == (1, {})
    assert errors == f"Error: The spool below {tmp_path / 'data'} cannot be written: Not a directory\n"


def test_a_request_that_no_platform_makes_ends_no_run(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])
    platform.ask("replay", [{"message": "x", "index": 2**70}])

    status, answer, errors = run(path, platform.port)

    assert (status, answer) == (0, {"read": 1, "stored": 1, "rejected": 0})
    assert "request_not_understood" in errors


def test_what_is_rejected_or_cannot_be_mapped_is_counted_and_reported(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1"), ("b", time_of(1), "many"), ("c", time_of(1), "3")])
    platform.refuse = lambda entity: "not wanted" if entity["id"].endswith(":c") else None

    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (3, {"read": 3, "stored": 1, "rejected": 2})
    letters = [content for kind, _, content in platform.messages if kind == "deadletters"]
    assert letters == [[{
        "reason": "Attribute 'x': 'many' is not a number", "attribute": "x",
        "record": {"id": "b", "at": time_of(1), "x": "many"},
    }]]  # fmt: skip
    assert platform.states[-1]["set_aside"] == 2


def test_a_corrected_mapping_replays_the_raw_record(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1"), ("b", time_of(1), "n/a"), ("c", time_of(1), "3")])
    run(path, platform.port)
    (letter,) = [name for kind, name, _ in platform.messages if kind == "deadletters"]

    path.write_text(FILE.replace("$number(x)", "\"x = 'n/a' ? -1 : $number(x)\""))
    platform.ask("replay", [{"message": letter, "index": 0}])
    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (0, {"read": 0, "stored": 1, "rejected": 0})
    kind, name, content = platform.messages[-1]
    assert (kind, name) == ("entities", f"{letter}~0~1")
    assert (content[0]["id"], content[0]["x"]["value"]) == ("urn:ngsi-ld:T:test:b", -1)
    assert platform.states[-1]["set_aside"] == 0


def test_a_replay_that_fails_again_stays_set_aside(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("b", time_of(1), "many")])
    run(path, platform.port)
    letter = platform.messages[-1][1]

    platform.ask("replay", [{"message": letter, "index": 0}])
    status, answer, _ = run(path, platform.port)

    assert (status, answer["rejected"]) == (3, 1)
    assert platform.messages[-1][:2] == ("deadletters", f"{letter}~0~1")
    assert platform.states[-1]["set_aside"] == 1


def test_a_rejected_entity_is_replayed_alone(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1"), ("b", time_of(2), "2"), ("b", time_of(3), "3")])
    platform.refuse = lambda entity: "not yet" if entity["id"].endswith(":b") else None
    _, answer, _ = run(path, platform.port)
    assert answer == {"read": 3, "stored": 1, "rejected": 2}

    platform.refuse = lambda _: None
    first = platform.messages[0][1]
    platform.ask("replay", [{"message": first, "index": 1}])
    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (0, {"read": 0, "stored": 2, "rejected": 0})
    assert platform.messages[-1][1] == f"{first}~1~2"
    assert [entity["x"]["value"] for entity in platform.messages[-1][2]] == [2, 3]
    assert platform.states[-1]["set_aside"] == 0


def test_one_wrong_reading_does_not_spoil_those_it_was_joined_with(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(n), str(n)) for n in range(500)])

    def refuse(entity: dict[str, Any]) -> str | None:
        listed = entity["x"] if isinstance(entity["x"], list) else [entity["x"]]
        return "13 is unlucky" if any(instance["value"] == 13 for instance in listed) else None

    platform.refuse = refuse
    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (3, {"read": 500, "stored": 499, "rejected": 1})
    assert [name.partition("~")[2] for _, name, _ in platform.messages] == ["", "0~1"]
    assert platform.states[-1]["set_aside"] == 1
    with sqlite3.connect(tmp_path / "data/spool/default-test.sqlite") as spool:
        kept = spool.execute("SELECT content FROM record").fetchall()
    spool.close()
    assert [json.loads(content)["x"] for (content,) in kept] == ["13"]


def test_what_is_dropped_is_forgotten(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("b", time_of(1), "many")])
    run(path, platform.port)

    platform.ask("drop", [{"message": platform.messages[-1][1], "index": 0}])
    status, answer, _ = run(path, platform.port)

    assert (status, answer) == (0, {"read": 0, "stored": 0, "rejected": 0})
    assert platform.states[-1]["set_aside"] == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_ended_goes_on_without_loss(tmp_path: Path, platform: FakePlatform, how: signal.Signals) -> None:
    path = write_source(tmp_path, [(f"e{n % 50}", time_of(n), str(n)) for n in range(60_000)])
    rounds = 0

    for wanted in (3, 12, 25):
        process = start(path, platform.port, "--once")
        platform.wait_for(lambda wanted=wanted: len(platform.messages) >= wanted)
        os.kill(process.pid, how)
        process.communicate()
        rounds += process.returncode != 0
    status, _, _ = run(path, platform.port)

    assert rounds > 0
    assert status == 0
    values = [value for _, _, value in instances(platform)]
    assert sorted(set(values)) == list(range(60_000))
    assert len(values) == 60_000


def test_messages_without_a_receipt_are_sent_again_under_the_same_id(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [(f"e{n % 50}", time_of(n), str(n)) for n in range(3000)])
    platform.answers = False
    process = start(path, platform.port, "--once")
    platform.wait_for(lambda: len(platform.messages) == 3)
    process.kill()
    process.communicate()

    platform.answers = True
    status, answer, _ = run(path, platform.port)

    assert (status, answer["stored"]) == (0, 3000)
    first, second = platform.messages[:3], platform.messages[3:]
    assert first == second


def test_a_connector_runs_by_its_schedule_until_it_is_ended(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])
    process = start(path, platform.port)
    platform.wait_for(lambda: len(platform.messages) == 1)

    with (tmp_path / "source.csv").open("a") as source:
        source.write(f"a,{time_of(2)},2\n")
    platform.wait_for(lambda: len(platform.messages) == 2)
    process.terminate()
    process.communicate()

    assert process.returncode == 0
    assert {"running", "waiting"} <= {state["state"] for state in platform.states}


def test_a_source_that_fails_is_reported(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [])
    (tmp_path / "source.csv").unlink()
    process = start(path, platform.port)
    platform.wait_for(lambda: any(state["state"] == "failing" for state in platform.states))

    (tmp_path / "source.csv").write_text(f"id,at,x\na,{time_of(1)},1\n")
    platform.wait_for(lambda: len(platform.messages) == 1)
    process.terminate()
    process.communicate()

    failing = next(state for state in platform.states if state["state"] == "failing")
    assert "source.csv does not exist" in failing["last_error"]["text"]


def test_a_platform_that_is_away_is_one_line_and_status_4(tmp_path: Path, broker: int) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])

    status, _, err = run(path, broker - 1)

    assert status == 4
    assert err.strip().splitlines()[-1].startswith("Error: The platform is away")


def test_without_a_platform_the_one_of_the_data_folder_is_meant(tmp_path: Path, platform: FakePlatform) -> None:
    path = write_source(tmp_path, [("a", time_of(1), "1")])
    data = tmp_path / "data"
    data.mkdir()
    (data / "platform.json").write_text(json.dumps({"mqtt": f"mqtt://127.0.0.1:{platform.port}"}))
    program = "import sys; from allmende.cli import main; main(sys.argv[1:])"

    done = subprocess.run(
        [sys.executable, "-c", program, "connectors", "run", str(path), "--once", "--data", str(data)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0
    assert json.loads(done.stdout)["stored"] == 1
