# SPDX-License-Identifier: EUPL-1.2
"""Each shipped connector is YAML, has a page in two languages, and gives its golden entities."""

import json
from pathlib import Path

import pytest

from connectors.declarative.connector import SHIPPED, Declared, find_file, open_connector, shipped_names
from tests.connectors.writing import map_all


def open_on_fixture(name: str) -> Declared:
    """The connector, with the variable of its path on its own fixture."""
    variable = f"{name.upper().replace('-', '_')}_PATH"
    return open_connector(find_file(name), environment={variable: str(SHIPPED / name / "fixture")})


@pytest.mark.parametrize("name", shipped_names())
def test_the_fixture_gives_the_golden_entities(name: str) -> None:
    connector = open_on_fixture(name)

    mapped = map_all(connector)

    entities = [entity for answer in mapped for entity in answer.entities]
    assert [problem for answer in mapped for problem in answer.problems] == []
    assert entities == json.loads((SHIPPED / name / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", shipped_names())
def test_the_tests_in_the_file_hold(name: str) -> None:
    folder = SHIPPED / name
    connector = open_on_fixture(name)
    entities = [entity for answer in map_all(connector) for entity in answer.entities]

    for test in connector.file.tests:
        assert (folder / test.fixture).is_file()
        assert len(entities) == test.expect["count"]
        for attribute, value in test.expect["first"].items():
            assert entities[0][attribute]["value"] == value


@pytest.mark.parametrize("name", shipped_names())
def test_it_holds_no_program_and_a_page_in_both_languages(name: str) -> None:
    files = {path.name for path in (SHIPPED / name).rglob("*") if path.is_file()}

    assert {"connector.yaml", "README.md", "README.de.md", "expected.json"} <= files
    assert not any(Path(file).suffix in {".py", ".js"} for file in files)
