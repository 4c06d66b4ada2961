# SPDX-License-Identifier: EUPL-1.2
"""The test kit says what is wrong with a connector file, and runs in anybody's repository."""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from allmende.connector import Cursor, Record
from allmende.testing.cases import Case, fixtures_of
from allmende.testing.suite import CHECKS, replay
from connectors.declarative.connector import Declared
from connectors.declarative.sources.opening import DeclaredSource
from tests.connectors.writing import HEAD, write_file
from tests.docs.paths import REFERENCE

SOUND = """
source: {type: http, url: "http://feed.invalid/levels.json"}
entity:
  type: WaterObserved
  id: id
  observedAt: at
  attributes:
    waterLevel: {value: $number(level), unit: MTR}
tests:
  - fixture: fixture/levels.json
"""
RECORDS = (
    '[{"id": "A1", "at": "2026-06-01T12:00:00Z", "level": 1.2}, {"id": "B2", "at": "2026-06-01T12:00:00Z", "level": 3}]'
)

LINE = 'from allmende.testing import connector_suite\n\nTestParking = connector_suite("parking/connector.yaml")\n'


def write(folder: Path, text: str = SOUND, records: str = RECORDS) -> Path:
    write_file(folder, records, "fixture/levels.json")
    return write_file(folder, HEAD + textwrap.dedent(text))


def check(name: str, folder: Path, text: str = SOUND, records: str = RECORDS) -> str:
    """What a check says of a connector file, as one text."""
    path = write(folder, text, records)
    (fixture,) = fixtures_of(path)
    return "\n".join(Case(path=path, fixture=fixture, folder=folder).run(CHECKS[name].check))


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_said_of_a_sound_connector(tmp_path: Path, name: str) -> None:
    assert check(name, tmp_path) == ""


class Sent:
    """A source as a broker or a sender is one: what it gave has no place to which one could go back."""

    def __init__(self, source: DeclaredSource) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    async def read(self, _: Cursor) -> AsyncIterator[Record]:
        async for record in self._source.read({}):
            yield msgspec.structs.replace(record, position=None)


class SentCase(Case):
    def open(self) -> Declared:
        opened = super().open()
        return replace(opened, source=Sent(opened.source))


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_said_of_a_source_that_cannot_be_read_again(tmp_path: Path, name: str) -> None:
    case = SentCase(path=write(tmp_path), fixture="fixture/levels.json", folder=tmp_path)

    assert case.run(CHECKS[name].check) == []


def test_an_id_of_the_moment_is_noticed_when_the_source_is_read_again(tmp_path: Path) -> None:
    said = check("repeat", tmp_path, SOUND.replace("id: id", "id: id & $string($millis())"))

    assert "is new when the source is read again: make 'id' of the record alone" in said


def test_a_time_of_the_clock_is_noticed_when_the_source_is_read_again(tmp_path: Path) -> None:
    said = check("repeat", tmp_path, SOUND.replace("observedAt: at", "observedAt: $now()"))

    assert "urn:ngsi-ld:WaterObserved:test:A1, attribute waterLevel: read again, it has another time" in said


def test_a_value_of_the_moment_is_noticed_when_the_source_is_read_again(tmp_path: Path) -> None:
    said = check("repeat", tmp_path, SOUND.replace("$number(level)", "$millis()"))

    assert "read again, it has another value at the same time" in said


def test_values_without_a_time_that_change_in_a_fixture_are_noticed(tmp_path: Path) -> None:
    records = '[{"id": "A1", "level": 1}, {"id": "A1", "level": 2}]'

    said = check("repeat", tmp_path, SOUND.replace("  observedAt: at\n", ""), records)

    assert "its value changes within the fixture and it has no time: give it an 'observedAt'" in said


def test_what_the_platform_refuses_is_said_with_its_reason(tmp_path: Path) -> None:
    said = check("accepted", tmp_path, records=RECORDS.replace("Z", ""))

    assert said.startswith("fixture/levels.json: the platform refuses urn:ngsi-ld:WaterObserved:test:A1: ")
    assert "observedAt" in said


def test_a_fixture_without_entities_proves_nothing(tmp_path: Path) -> None:
    for name in ("repeat", "resume", "platform_away", "malformed_record"):
        assert "gives no entity: name a fixture in 'tests' that gives some" in check(name, tmp_path, records="[]")


def test_a_broken_record_that_is_taken_as_it_is_is_noticed(tmp_path: Path) -> None:
    text = SOUND.replace("id: id", "id: \"'all'\"").replace("  observedAt: at\n", "").replace("$number(level)", "level")

    said = check("malformed_record", tmp_path, text, '[{"level": 1}]')

    assert "a record whose values are of the wrong kind is taken as it is: let $number read numbers" in said


def test_an_expression_for_records_that_one_of_them_breaks_is_noticed(tmp_path: Path) -> None:
    text = SOUND.replace(
        "entity:", "records: \"$map($, function($r) { $merge([$r, {'level': $number($r.level)}]) })\"\nentity:"
    )

    said = check("malformed_record", tmp_path, text)

    assert "one broken record makes the whole file unusable, write 'records' so that it only chooses: records: " in said


@pytest.mark.parametrize(("records", "is_noticed"), [("r.s", False), ("r.s[$number(level) > 0]", True)])
def test_so_it_is_in_xml(tmp_path: Path, records: str, is_noticed: bool) -> None:
    write_file(tmp_path, "<r><s><id>A1</id><at>2026-06-01T12:00:00Z</at><level>1</level></s></r>", "fixture/levels.xml")
    text = SOUND.replace("levels.json", "levels.xml").replace("entity:", f"records: {records}\nentity:")

    assert ("makes the whole file unusable" in check("malformed_record", tmp_path, text)) == is_noticed


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ('"2026-06-01T12:00:00"', "has no zone: let $local read it, with the zone of the source"),
        ('"2126-06-01T12:00:00Z"', "is ahead of now: look at the zone and the unit"),
        ('"1970-01-21T12:00:00Z"', "is the beginning of 1970: seconds were read as milliseconds"),
        ('"1 June"', "is no time in ISO 8601: let $local read it, with its layout as the third argument"),
        ("1780315200", "is no time in ISO 8601"),
    ],
)
def test_a_time_that_cannot_be_right_is_noticed(tmp_path: Path, time: str, said: str) -> None:
    records = f'[{{"id": "A1", "at": {time}, "level": 1}}]'

    assert said in check("clock_skew", tmp_path, records=records)


def test_forecasts_may_be_ahead(tmp_path: Path) -> None:
    records = '[{"id": "A1", "at": "2126-06-01T12:00:00Z", "level": 1}]'

    assert check("clock_skew", tmp_path, f"future: allow\n{SOUND}", records) == ""


def test_a_reading_of_1970_that_displaces_the_current_one_is_noticed(tmp_path: Path) -> None:
    text = SOUND.replace("waterLevel:", "at: {value: at, observedAt: null}\n    waterLevel:").replace(
        "unit: MTR", "unit: MTR, datasetId: \"'urn:at:' & at\""
    )

    assert "a record of 1970 displaces the current one" in check("clock_skew", tmp_path, text)


@pytest.mark.parametrize("name", ["resume", "platform_away", "malformed_record"])
def test_of_a_mapping_that_gives_something_else_each_time_nothing_can_be_told(tmp_path: Path, name: str) -> None:
    records = json.dumps([{"id": number, "at": "2026-06-01T12:00:00Z"} for number in range(300)])

    said = check(name, tmp_path, SOUND.replace("$number(level)", "$millis()"), records)

    assert "gives something else each time it is mapped: make ids, times and values of the record" in said


def test_a_file_without_tests_fails_its_replay(tmp_path: Path) -> None:
    path = write(tmp_path, SOUND.partition("tests:")[0])

    assert replay(path) == [f"{path}: no tests"]


def run_pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run pytest in a repository of its own, with its own settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio", "-rA"],
        cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=100,
    )  # fmt: skip


def make_repository(folder: Path, text: str) -> None:
    write(folder / "parking", text)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_parking.py").write_text(LINE)


@pytest.mark.server
def test_one_line_in_a_repository_of_its_own_is_enough(tmp_path: Path) -> None:
    make_repository(tmp_path, SOUND)

    done = run_pytest(tmp_path)

    assert done.returncode == 0, done.stdout
    assert f"{1 + len(CHECKS)} passed" in done.stdout
    assert "PASSED test_parking.py::TestParking::test_platform_away[fixture/levels.json]" in done.stdout


@pytest.mark.server
def test_a_suite_that_fails_says_what_to_do_in_the_file(tmp_path: Path) -> None:
    make_repository(tmp_path, SOUND.replace("observedAt: at", "observedAt: $now()").replace("level)", "levl)"))

    done = run_pytest(tmp_path)

    assert done.returncode == 1
    assert "gives no entity: name a fixture" in done.stdout


def test_without_pytest_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['pytest'] = None\n"
        "from allmende.testing import connector_suite; connector_suite('connector.yaml')"
    )

    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)

    assert done.returncode == 1
    assert "which is not installed: pip install 'allmende[testing]'" in done.stderr


def test_each_check_stands_in_its_page() -> None:
    page = (REFERENCE / "testing.md").read_text(encoding="utf-8")

    told = re.findall(r"^\| `test_(\w+)` \| \S", page, re.MULTILINE)

    assert sorted(told) == sorted(["replay", *CHECKS])
    assert f"```python\n{LINE}```" in page
