# SPDX-License-Identifier: EUPL-1.2
"""A mapping that takes its process down does so a few times; then its record is a dead letter, and the others go on."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from allmende.connector import Mapped, Record
from connectors.guard import MOST_DEATHS, Guarded
from tests.connectors.platforms import FakePlatform
from tests.connectors.test_publishing import start
from tests.connectors.writing import HEAD, write_file
from tests.docs.paths import ROOT

GROWS = "$length($replace($pad('', 500000, 'a'), 'a', $pad('', 4000, 'b')))"
"""It asks for 2 GB at once, within the limits of time, depth and number."""


def in_a_process(path: Path, contents: list[str], *, version: str = "1") -> Any:
    """What a process of its own maps; None where it died."""
    command = [sys.executable, "-m", "tests.connectors.deadly", str(path), version, *contents]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else None


def test_a_record_that_kills_is_rejected_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x.mapping"
    runs = [in_a_process(path, ["a", "kill", "b"]) for _ in range(MOST_DEATHS + 3)]

    # The first death is by an unknown record; then each is noted.
    assert runs[: MOST_DEATHS + 1] == [None] * (MOST_DEATHS + 1)
    for mapped in runs[MOST_DEATHS + 1 :]:
        assert mapped is not None
        assert [entities for entities, _ in mapped] == [[{"id": "a"}], [], [{"id": "b"}]]
        assert "ended the connector" in mapped[1][1][0]


def test_a_new_version_of_the_file_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "x.mapping"
    for _ in range(MOST_DEATHS + 2):
        in_a_process(path, ["kill"])

    assert in_a_process(path, ["kill"]) is not None
    assert in_a_process(path, ["kill"], version="2") is None


def test_whoever_ends_in_peace_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.mapping"

    assert in_a_process(path, ["a", "memory"]) == [[[{"id": "a"}], []], [[], ["The mapping needs too much memory"]]]
    assert not path.exists()


def test_a_record_that_was_only_under_way_is_mapped_and_not_watched_any_longer(tmp_path: Path) -> None:
    path = tmp_path / "x.mapping"
    contents = ["a", f"kill twice {tmp_path / 'deaths'}"]

    runs = [in_a_process(path, contents) for _ in range(3)]

    assert runs[:2] == [None, None]
    assert [problems for _, problems in runs[2]] == [[], []]
    assert not path.exists()


async def test_a_record_that_is_no_json_is_mapped_while_records_are_watched(tmp_path: Path) -> None:
    path = tmp_path / "x.mapping"
    path.write_text('{"open": true}')
    guarded = Guarded(Echo(), path, version="1")

    mapped = guarded.map(Record(content={"n": 2**70, 1: b"bytes"}), None)
    guarded.close()

    assert mapped.entities == [{"id": "echo"}]


class Echo:
    """Maps whatever comes."""

    def map(self, _: Record, state: Any) -> Mapped:
        return Mapped(entities=[{"id": "echo"}], state=state)


@pytest.mark.server
@pytest.mark.needs("mosquitto")
def test_a_connector_outlives_an_expression_that_eats_memory(tmp_path: Path, platform: FakePlatform) -> None:
    attributes = f"{{a: {json.dumps(f'big ? {GROWS} : 1')}}}"
    path = write_file(
        tmp_path,
        f"{HEAD}source: {{type: file, path: source.json}}\nentity: {{type: T, id: id, attributes: {attributes}}}\n",
    )
    (tmp_path / "source.json").write_text('[{"id": 1}, {"id": 2, "big": true}, {"id": 3}]')
    ends = []
    for _ in range(MOST_DEATHS + 2):
        process = start(path, platform.port, "--once", "--memory", "900")
        out, _ = process.communicate(timeout=60)
        ends.append(process.returncode)
        if out:
            break

    assert ends == [-signal.SIGABRT] * (MOST_DEATHS + 1) + [3]
    assert json.loads(out) == {"read": 3, "stored": 2, "rejected": 1}
    assert [entity["id"].rpartition(":")[2] for entity in platform.entities()] == ["1", "3"]
