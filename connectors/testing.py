# SPDX-License-Identifier: EUPL-1.2
"""Tests of a connector file: each fixture is mapped and compared with `expect` and with its golden entities."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from allmende.connector import Entity
from allmende.errors import SettingsError, SourceError
from connectors.declarative.connector import Declared
from connectors.declarative.fixtures import open_tested
from connectors.declarative.format import InlineTest
from connectors.declarative.loading import FileProblems, load_connector
from connectors.examples import run_examples
from connectors.expectations import Failure, check_expectation, check_golden
from connectors.preview import preview

GOLDEN = "golden"


@dataclass(slots=True)
class Tested:
    """What the tests of connector files gave."""

    tests: int = 0
    failures: list[Failure] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def __add__(self, other: "Tested") -> "Tested":
        return Tested(
            self.tests + other.tests,
            self.failures + other.failures,
            self.written + other.written,
            self.warnings + other.warnings,
        )

    def as_json(self) -> dict[str, Any]:
        """Give what `test --json` prints."""
        return {
            "passed": not self.failures,
            "tests": self.tests,
            "failures": [asdict(failure) for failure in self.failures],
            "written": self.written,
            "warnings": self.warnings,
        }


def run_tests(path: Path, *, update: bool = False) -> Tested:
    """Run the tests of a connector file; `update`: write the golden entities that differ."""
    tested = Tested()
    try:
        file = load_connector(path, environment={}, strict=False).connector
    except SettingsError as error:
        tested.failures = [Failure(file=str(path), reason=words) for words in _problems(error)]
        return tested
    tests = file.tests
    if not tests:
        tested.warnings.append(f"{path}: no tests")
    for test in tests:
        found = _run_test(path, test, tested, update=update)
        tested.failures += [replace(failure, file=str(path), fixture=test.fixture) for failure in found]
        tested.tests += 1
    examples, differing = run_examples(file.source, path.parent)
    tested.tests += examples
    tested.failures += [replace(failure, file=str(path)) for failure in differing]
    tested.failures += [replace(failure, file=str(path)) for failure in _foreign_goldens(path, tests)]
    return tested


def find_test(path: Path, fixture: str) -> InlineTest:
    """Give the first test of a connector file that has this fixture."""
    tests = load_connector(path, environment={}, strict=False).connector.tests
    found = next((test for test in tests if test.fixture == fixture), None)
    if found is None:
        raise SettingsError(f"{path}: no test has the fixture {fixture}")
    return found


def open_test(path: Path, test: InlineTest) -> Declared:
    """Open a connector file with the fixture of one of its tests in the place of its source."""
    return open_tested(path, test.fixture, lookup=test.lookup)


def golden_of(path: Path, fixture: str) -> Path:
    """Give the file of the golden entities of a fixture."""
    return path.parent / GOLDEN / f"{Path(fixture).name}.json"


def _run_test(path: Path, test: InlineTest, tested: Tested, *, update: bool) -> list[Failure]:
    if not (path.parent / test.fixture).is_file():
        return [Failure(reason="the file does not exist")]
    try:
        answer = asyncio.run(preview(open_test(path, test), sys.maxsize))
    except (SettingsError, SourceError) as error:
        return [Failure(reason=words) for words in _problems(error)]
    entities: list[Entity] = orjson.loads(orjson.dumps(answer.entities))
    errors = [
        Failure(attribute=error["attribute"], reason=f"record {error['record']}: {error['reason']}")
        for error in answer.errors
    ]
    failures = check_expectation(test.expect, entities, errors)
    golden = golden_of(path, test.fixture)
    if update:
        _write_golden(golden, entities, tested)
    elif golden.is_file():
        failures += _compare_golden(golden, entities)
    return failures


def _compare_golden(golden: Path, entities: list[Entity]) -> list[Failure]:
    try:
        expected = orjson.loads(golden.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        return [Failure(reason=f"{GOLDEN}/{golden.name} cannot be read: {error}")]
    if not isinstance(expected, list) or not all(isinstance(entity, dict) for entity in expected):
        return [Failure(reason=f"{GOLDEN}/{golden.name} is not a list of entities")]
    return check_golden(expected, entities)


def _write_golden(golden: Path, entities: list[Entity], tested: Tested) -> None:
    text = json.dumps(entities, indent=1, ensure_ascii=False) + "\n"
    try:
        if golden.is_file() and golden.read_text(encoding="utf-8") == text:
            return
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{golden} cannot be written: {error}") from error
    tested.written.append(str(golden))


def _foreign_goldens(path: Path, tests: list[InlineTest]) -> Iterator[Failure]:
    """A golden file that no fixture has would never be compared; one that two have cannot be right for both."""
    names = [golden_of(path, test.fixture).name for test in tests]
    for golden in sorted((path.parent / GOLDEN).glob("*.json")):
        if golden.name not in names:
            yield Failure(reason=f"{GOLDEN}/{golden.name}: no test has the fixture {golden.stem}")
    fixtures = {test.fixture for test in tests}
    for name in sorted({Path(fixture).name for fixture in fixtures}):
        if sum(Path(fixture).name == name for fixture in fixtures) > 1:
            yield Failure(reason=f"two fixtures are called {name}; golden files go by the name")


def _problems(error: Exception) -> list[str]:
    return error.problems if isinstance(error, FileProblems) else [str(error)]
