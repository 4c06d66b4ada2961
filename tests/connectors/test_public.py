# SPDX-License-Identifier: EUPL-1.2
"""The shipped connectors of public platforms and standards give what their answers say, with both engines."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.connector import Declared, find_file, open_connector
from connectors.declarative.engines import Engine, PythonEngine, RustEngine
from connectors.declarative.fixtures import open_tested
from connectors.declarative.loading import load_connector
from connectors.preview import preview
from tests.connectors import environment_values, mobility_values

ENGINES = [RustEngine(), PythonEngine()]
COUNTS = environment_values.COUNTS | mobility_values.COUNTS
ENTITIES = environment_values.ENTITIES | mobility_values.ENTITIES


def entities_of(name: str, fixture: str, engine: Engine) -> dict[str, dict[str, Any]]:
    """The entities of a fixture by type and id; one that comes again has #2 behind its id."""
    path = find_file(name)
    tests = load_connector(path, environment={}, strict=False).connector.tests
    lookup = next(test.lookup for test in tests if test.fixture == f"fixture/{fixture}")
    connector = open_tested(path, f"fixture/{fixture}", lookup=lookup, engine=engine)
    answer = asyncio.run(preview(connector, sys.maxsize))
    assert answer.errors == []
    assert len(answer.entities) == COUNTS[name, fixture]
    named: dict[str, dict[str, Any]] = {}
    seen: Counter[str] = Counter()
    for entity in answer.entities:
        key = entity["id"].removeprefix("urn:ngsi-ld:").replace(f":{name}:", ":")
        seen[key] += 1
        named[key if seen[key] == 1 else f"{key}#{seen[key]}"] = entity
    return named


def as_written(entity: dict[str, Any]) -> dict[str, Any]:
    """The attributes as the table writes them: a value alone, or (value, unit, time) where it is a measurement."""
    attributes = {name: value for name, value in entity.items() if name not in {"id", "type"}}
    return {name: _as_written(attribute) for name, attribute in attributes.items()}


def _as_written(attribute: dict[str, Any]) -> Any:
    value: Any = attribute.get("value", attribute.get("languageMap"))
    if attribute["type"] == "GeoProperty":
        assert value["type"] == "Point"
        value = tuple(value["coordinates"])
    if "unitCode" in attribute or "observedAt" in attribute:
        return (value, attribute.get("unitCode"), attribute.get("observedAt"))
    return value


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(("name", "fixture"), COUNTS)
def test_an_answer_becomes_the_entities_that_it_tells_of(name: str, fixture: str, engine: Engine) -> None:
    expected = ENTITIES[name, fixture]

    given = entities_of(name, fixture, engine)

    assert expected
    assert {key: as_written(given[key]) for key in expected} == expected


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_refusal_of_ocpi_is_an_error_with_its_words(engine: Engine) -> None:
    connector = open_tested(find_file("ocpi-locations"), "fixture/refused.json", engine=engine)

    answer = asyncio.run(preview(connector, sys.maxsize))

    assert answer.entities == []
    (error,) = answer.errors
    assert error["reason"].endswith("OCPI status 2001: Invalid or missing parameters")


@pytest.mark.parametrize(("city", "count"), [("aachen", 17), ("stuttgart", 49)])
def test_the_reader_of_any_datex_ii_gives_what_a_citys_own_gives(
    city: str, count: int, shared: Path, tmp_path: Path
) -> None:
    for file in (shared / "data/feeds").glob(f"{city}-*.xml"):
        (tmp_path / file.name).symlink_to(file)
    table = {"sites": str(tmp_path / f"{city}-static.xml")}
    any_city = open_tested(find_file("datex2-parking"), str(tmp_path / f"{city}-realtime.xml"), lookup=table)
    own = open_connector(find_file(f"{city}-parking"), environment={f"{city.upper()}_PARKING_PATH": str(tmp_path)})

    ours, theirs = by_key(any_city), by_key(own)

    assert len(ours) == len(theirs) == count
    for key, entity in theirs.items():
        compared = {name: ours[key].get(name) for name in ("availableSpotNumber", "totalSpotNumber", "name")}
        assert compared == {name: entity.get(name) for name in compared}
        assert sorted(ours[key]["status"]["value"]) == sorted(entity["status"]["value"])


def by_key(connector: Declared) -> dict[str, dict[str, Any]]:
    answer = asyncio.run(preview(connector, sys.maxsize))
    assert answer.errors == []
    return {entity["id"].rsplit(":", 1)[1]: entity for entity in answer.entities}
