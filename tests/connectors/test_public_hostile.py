# SPDX-License-Identifier: EUPL-1.2
"""What public platforms get wrong costs the record or the value that is wrong, and nothing else."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import find_file
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import load_connector
from connectors.preview import Preview, preview
from tests.connectors.test_public import COUNTS

NAMES = sorted({name for name, _ in COUNTS})


def read(folder: Path, name: str, change: Any) -> Preview:
    """What comes of the first fixture of a connector, changed."""
    path = find_file(name)
    test = load_connector(path, environment={}, strict=False).connector.tests[0]
    raw = (path.parent / test.fixture).read_bytes()
    changed = folder / Path(test.fixture).name
    changed.write_bytes(change(raw))
    lookup = {key: str(path.parent / file) for key, file in test.lookup.items()}
    return asyncio.run(preview(open_tested(path, str(changed), lookup=lookup), sys.maxsize))


def reasons(answer: Preview) -> list[tuple[str | None, str]]:
    return [(error["attribute"], error["reason"]) for error in answer.errors]


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_breaks_off_is_an_error_and_no_entity(name: str, tmp_path: Path) -> None:
    answer = read(tmp_path, name, lambda raw: raw[: len(raw) // 2])

    assert answer.entities == []
    ((_, reason),) = reasons(answer)
    assert reason.startswith(("The file is not JSON", "The file cannot be read as XML"))


def test_a_value_that_is_no_number_costs_this_value(tmp_path: Path) -> None:
    answer = read(tmp_path, "sensor-community", lambda raw: raw.replace(b'"15.30"', b'"unknown"'))

    assert reasons(answer) == [("pm10", "Attribute 'pm10': 'unknown' is not a number")]
    assert len(answer.entities) == COUNTS["sensor-community", "area.json"]
    assert "pm10" not in answer.entities[0]
    assert answer.entities[0]["pm25"]["value"] == 8.1


def test_a_station_without_an_id_costs_this_station(tmp_path: Path) -> None:
    def forget(raw: bytes) -> bytes:
        content = json.loads(raw)
        del content["data"]["stations"][0]["station_id"]
        return json.dumps(content).encode()

    answer = read(tmp_path, "gbfs-3", forget)

    assert reasons(answer) == [("id", "The record has no id")]
    assert len(answer.entities) == COUNTS["gbfs-3", "station_status.json"] - 1


def test_a_place_in_metres_is_left_out(tmp_path: Path) -> None:
    path = find_file("datex2-parking").parent / "fixture"
    table = tmp_path / "table.xml"
    table.write_text(
        (path / "table-v2.xml")
        .read_text(encoding="utf-8")
        .replace("6.08<", "501234.5<")
        .replace("50.77<", "5623456.1<")
    )
    connector = open_tested(find_file("datex2-parking"), str(path / "status-v2.xml"), lookup={"sites": str(table)})

    answer = asyncio.run(preview(connector, sys.maxsize))

    assert answer.errors == []
    assert [("location" in entity) for entity in answer.entities] == [False, False, True]


def test_a_time_that_is_none_costs_its_value(tmp_path: Path) -> None:
    answer = read(tmp_path, "pegelonline", lambda raw: raw.replace(b"2026-07-01T07:45:00+02:00", b"2026-07-01T7h45"))

    assert reasons(answer) == [("flow", "Attribute 'flow': '2026-07-01T7h45' is not a time that is understood")]
    assert answer.entities[0]["waterLevel"]["value"] == 312
