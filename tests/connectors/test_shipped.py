# SPDX-License-Identifier: EUPL-1.2
"""Each shipped connector is YAML, has a page in two languages, and gives its golden entities."""

import re
from pathlib import Path

import orjson
import pytest

from connectors.declarative.connector import SHIPPED, find_file, shipped_names
from connectors.declarative.engines import PythonEngine
from connectors.declarative.fixtures import open_tested
from connectors.declarative.kinds.lorawan import LorawanSource
from connectors.declarative.loading import load_connector
from connectors.declarative.lorawan.examples import read_examples
from connectors.testing import golden_of, run_tests
from tests.connectors.writing import map_all


@pytest.mark.parametrize("name", shipped_names())
def test_its_tests_hold(name: str) -> None:
    tested = run_tests(find_file(name))

    assert [str(failure) for failure in tested.failures] == []
    assert tested.warnings == []


@pytest.mark.parametrize("name", shipped_names())
def test_each_fixture_has_its_golden_entities(name: str) -> None:
    tests = load_connector(find_file(name), environment={}, strict=False).connector.tests

    assert tests
    assert all(golden_of(find_file(name), test.fixture).is_file() for test in tests)


@pytest.mark.parametrize("name", shipped_names())
def test_the_slower_engine_gives_the_same_entities(name: str) -> None:
    for test in load_connector(find_file(name), environment={}, strict=False).connector.tests:
        connector = open_tested(find_file(name), test.fixture, lookup=test.lookup, engine=PythonEngine())

        mapped = map_all(connector)

        entities = [entity for answer in mapped for entity in answer.entities]
        assert sum(len(answer.problems) for answer in mapped) == test.expect.errors
        assert orjson.loads(orjson.dumps(entities)) == orjson.loads(
            golden_of(find_file(name), test.fixture).read_bytes()
        )


@pytest.mark.parametrize("name", shipped_names())
def test_it_holds_no_program_and_a_page_in_both_languages(name: str) -> None:
    files = {path.name for path in (SHIPPED / name).rglob("*") if path.is_file()}

    assert {"connector.yaml", "README.md", "README.de.md"} <= files
    assert not any(Path(file).suffix == ".py" for file in files)


@pytest.mark.parametrize("page", ["README.md", "README.de.md"])
@pytest.mark.parametrize("name", shipped_names())
def test_its_pages_name_its_variables(name: str, page: str) -> None:
    folder = SHIPPED / name
    used = set(re.findall(r"\$\{(?:file:)?(\w+)\}", (folder / "connector.yaml").read_text(encoding="utf-8")))

    text = (folder / page).read_text(encoding="utf-8")
    explained = set(re.findall(r"`([A-Z0-9]+(?:_[A-Z0-9]+)+)`", text.split("```sh", maxsplit=1)[0]))
    given = set(re.findall(r"\b([A-Z0-9]+(?:_[A-Z0-9]+)+)=", text))

    assert used <= explained
    assert given == used
    assert re.search(rf"allmende connectors run {name}\b", text)


@pytest.mark.parametrize("name", shipped_names())
def test_its_only_scripts_are_codecs_with_examples(name: str) -> None:
    source = load_connector(find_file(name), environment={}, strict=False).connector.source
    codecs = set(source.codecs.values()) if isinstance(source, LorawanSource) else set()

    assert {str(path.relative_to(SHIPPED / name)) for path in (SHIPPED / name).rglob("*.js")} == codecs
    assert all(len(list(read_examples(SHIPPED / name / codec))) >= 3 for codec in codecs)
