# SPDX-License-Identifier: EUPL-1.2
"""Tests of connector files: what is expected, golden entities, and how a difference is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connectors.commands import connectors
from tests.connectors.writing import HEAD, write_file

FILE = (
    HEAD
    + """
source: {type: folder, path: "${TEST_LEVELS}", files: "*.csv"}
lookup:
  places: {path: "${TEST_LEVELS}/places.json", key: id}
entity:
  type: T
  id: id
  attributes:
    x: $number(x)
    place: "$lut('places', id).name"
    file: $file
    next: {relationship: "'urn:x:' & id"}
"""
)
ROWS = "id,x\na,1\nb,2\na,3\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(connectors, [str(argument) for argument in arguments])


def write_tested(folder: Path, tests: str = "", rows: str = ROWS) -> Path:
    fixture = folder / "fixture" / "levels.csv"
    fixture.parent.mkdir(parents=True, exist_ok=True)
    fixture.write_text(rows)
    (folder / "fixture" / "places.json").write_text('[{"id": "a", "name": "At the lock"}]')
    tests = tests or "expect: {count: 3}"
    return write_file(folder, f"{FILE}tests:\n  - fixture: fixture/levels.csv\n    {tests}\n")


def fail(folder: Path, tests: str, rows: str = ROWS) -> list[str]:
    """The failures without the name of the file."""
    path = write_tested(folder, tests, rows)
    done = run("test", path)
    assert done.exit_code == 1
    return [line.removeprefix(f"{path}: fixture fixture/levels.csv: ") for line in done.stderr.splitlines()]


def test_a_fixture_stands_for_the_source_and_its_folder_for_the_variables(tmp_path: Path) -> None:
    expect = "{count: 3, first: {id: 'urn:ngsi-ld:T:test:a', x: 1, place: At the lock, file: levels.csv}, last: {x: 3}}"

    done = run("test", write_tested(tmp_path, f"expect: {expect}"))

    assert (done.exit_code, done.stderr, done.stdout) == (0, "", "1 tests, 0 failures\n")


@pytest.mark.parametrize(
    ("expect", "failure"),
    [
        ("count: 4", "attribute (count): expected 4, found 3"),
        ("first: {x: 5}", "entity urn:ngsi-ld:T:test:a: attribute x: expected 5, found 1"),
        ("first: {x: true}", "entity urn:ngsi-ld:T:test:a: attribute x: expected true, found 1"),
        ("last: {x: null}", "entity urn:ngsi-ld:T:test:a: attribute x: expected nothing, found 3"),
        ("entities: {2: {next: no}}", 'entity urn:ngsi-ld:T:test:b: attribute next: expected "no", found "urn:x:b"'),
        (
            "entities: {b: {place: Mill}}",
            'entity urn:ngsi-ld:T:test:b: attribute place: expected "Mill", found nothing',
        ),
        ("entities: {4: {x: 1}}", "entity 4: there is no such entity"),
        ("entities: {c: {x: 1}}", "entity c: there is no such entity"),
        ("errors: 1", "attribute (errors): expected 1, found 0"),
    ],
)
def test_what_differs_is_told(tmp_path: Path, expect: str, failure: str) -> None:
    assert fail(tmp_path, f"expect: {{{expect}}}") == [failure]


def test_an_expression_that_fails_names_the_attribute(tmp_path: Path) -> None:
    failures = fail(tmp_path, "expect: {}", "id,x\na,many\n")

    assert failures == ["attribute x: record 1: Attribute 'x': 'many' is not a number"]
    assert run("test", write_tested(tmp_path, "expect: {errors: 1}", "id,x\na,many\n")).exit_code == 0


def test_a_fixture_that_is_missing_and_a_wrong_file_are_failures(tmp_path: Path) -> None:
    path = write_tested(tmp_path)
    (tmp_path / "fixture" / "places.json").unlink()
    lookup = run("test", path)
    (tmp_path / "fixture" / "levels.csv").unlink()
    fixture = run("test", path)
    path.write_text(path.read_text().replace("expect: {count", "expect: {cuont"))
    file = run("test", path)

    assert (lookup.exit_code, fixture.exit_code, file.exit_code) == (1, 1, 1)
    assert "Lookup places: file" in lookup.stderr
    assert "fixture fixture/levels.csv: the file does not exist" in fixture.stderr
    assert "unknown key 'cuont'; the nearest right key is 'count'" in file.stderr


def test_a_fixture_of_another_format_than_its_options_is_a_failure(tmp_path: Path) -> None:
    path = write_tested(tmp_path)
    (tmp_path / "fixture/levels.csv").rename(tmp_path / "fixture/levels.json")
    path.write_text(path.read_text().replace('"*.csv"', '"*.csv", delimiter: ","').replace("levels.csv", "levels.json"))

    assert "levels.json: Fixture levels.json: 'delimiter' is for format csv, not json" in run("test", path).stderr


def test_golden_entities_are_written_once_and_then_compared(tmp_path: Path) -> None:
    path = write_tested(tmp_path)
    golden = tmp_path / "golden" / "levels.csv.json"

    first = run("test", path, "--update")
    text = golden.read_text()
    second = run("test", path, "--update")

    assert first.stdout == f"{golden} written\n1 tests, 0 failures\n"
    assert second.stdout == "1 tests, 0 failures\n"
    assert golden.read_text() == text
    assert json.loads(text)[0]["x"] == {"type": "Property", "value": 1}
    assert run("test", path).exit_code == 0


def change(entities: list[Any]) -> None:
    entities[0]["x"]["value"] = 7
    entities[1]["id"] = "urn:other"
    entities[2]["x"]["unitCode"] = "MTR"


def test_what_differs_from_golden_entities_is_told(tmp_path: Path) -> None:
    path = write_tested(tmp_path)
    run("test", path, "--update")
    golden = tmp_path / "golden" / "levels.csv.json"
    entities = json.loads(golden.read_text())
    change(entities)
    golden.write_text(json.dumps(entities))

    failures = fail(tmp_path, "expect: {}")

    one, three = '{"type": "Property", "value": 1}', '{"type": "Property", "value": 3}'
    unit = f'{three[:-1]}, "unitCode": "MTR"}}'
    assert failures == [
        "entity urn:other: expected, and not there",
        "entity urn:ngsi-ld:T:test:b: there, and not expected",
        f"entity urn:ngsi-ld:T:test:a: attribute x: expected {one.replace('1', '7')}, found {one}",
        f"entity urn:ngsi-ld:T:test:a (number 2): attribute x: expected {unit}, found {three}",
    ]


@pytest.mark.parametrize(
    ("text", "failure"),
    [("{}", "golden/levels.csv.json is not a list of entities"), ("[", "golden/levels.csv.json cannot be read")],
)
def test_golden_entities_that_cannot_be_read_are_a_failure(tmp_path: Path, text: str, failure: str) -> None:
    write_file(tmp_path, text, "golden/levels.csv.json")

    assert fail(tmp_path, "expect: {}")[0].startswith(failure)


def test_entities_in_another_order_and_a_golden_file_without_a_test_are_failures(tmp_path: Path) -> None:
    path = write_tested(tmp_path)
    run("test", path, "--update")
    golden = tmp_path / "golden" / "levels.csv.json"
    first, second, third = json.loads(golden.read_text())
    golden.write_text(json.dumps([second, first, third]))
    write_file(tmp_path, "[]", "golden/old.csv.json")

    done = run("test", path)

    assert "levels.csv: the entities come in another order" in done.stderr
    assert "golden/old.csv.json: no test has the fixture old.csv" in done.stderr


def test_several_files_are_tested_and_the_answer_is_json(tmp_path: Path) -> None:
    good = write_tested(tmp_path / "good")
    bad = write_tested(tmp_path / "bad", "expect: {first: {x: 5}}")
    none = write_file(tmp_path, FILE)

    done = run("test", good, bad, none, "--json")

    assert done.exit_code == 1
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "passed": False,
        "tests": 2,
        "failures": [{
            "file": str(bad), "fixture": "fixture/levels.csv", "entity": "urn:ngsi-ld:T:test:a", "attribute": "x",
            "expected": 5, "found": 1, "reason": None,
        }],
        "written": [],
        "warnings": [f"{none}: no tests"],
    }  # fmt: skip
