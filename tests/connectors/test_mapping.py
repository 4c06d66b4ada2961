# SPDX-License-Identifier: EUPL-1.2
"""Records become entities as the connector file says."""

import json
import time
from pathlib import Path

import pytest

from connectors.declarative.engines import PythonEngine, RustEngine
from tests.connectors.writing import declare, map_one

PARKING = """
entity:
  type: OffStreetParking
  id: properties.park_id
  observedAt: $local(properties.obs_ts, 'Europe/Berlin')
  attributes:
    name: properties.park_name
    location: {geo: "$geo(geometry, 25832)"}
    availableSpotNumber: {value: "$number(properties.obs_free)", unit: C62}
    status: "properties.obs_state = '1' ? 'open' : 'closed'"
    refBuilding: {relationship: "'urn:ngsi-ld:Building:' & properties.b"}
"""
RECORD = {
    "geometry": {"type": "Point", "coordinates": [414000.0, 5317000.0]},
    "properties": {
        "park_id": "P 5", "park_name": "Schloßberg", "obs_ts": "2026-06-10 10:20:00", "obs_free": "56",
        "obs_state": "1", "b": "7",
    },
}  # fmt: skip


@pytest.mark.parametrize("engine", [RustEngine(), PythonEngine()], ids=lambda engine: engine.name)
def test_a_record_becomes_a_normalized_entity_with_both_engines(tmp_path: Path, engine: object) -> None:
    connector = declare(tmp_path, PARKING, engine)

    mapped = map_one(connector, RECORD)

    assert mapped.problems == []
    (entity,) = mapped.entities
    assert entity["id"] == "urn:ngsi-ld:OffStreetParking:test:P%205"
    assert entity["availableSpotNumber"] == {
        "type": "Property", "value": 56, "observedAt": "2026-06-10T08:20:00Z", "unitCode": "C62",
    }  # fmt: skip
    assert entity["status"]["value"] == "open"
    assert entity["refBuilding"]["object"] == "urn:ngsi-ld:Building:7"
    assert entity["location"]["value"]["coordinates"] == pytest.approx([7.8506, 47.9990], abs=0.01)
    assert "@context" not in entity


def test_an_expression_that_gives_nothing_leaves_its_attribute_out(tmp_path: Path) -> None:
    connector = declare(tmp_path, PARKING)
    record = {**RECORD, "properties": {**RECORD["properties"], "park_name": "", "obs_free": ""}}

    mapped = map_one(connector, record)

    assert mapped.problems == []
    assert "name" not in mapped.entities[0]
    assert "availableSpotNumber" not in mapped.entities[0]


def test_an_expression_that_fails_names_its_attribute_and_the_others_are_published(tmp_path: Path) -> None:
    connector = declare(tmp_path, PARKING)
    record = {**RECORD, "properties": {**RECORD["properties"], "obs_free": "many"}}

    mapped = map_one(connector, record)

    assert [problem.attribute for problem in mapped.problems] == ["availableSpotNumber"]
    assert "'many' is not a number" in mapped.problems[0].reason
    assert "availableSpotNumber" not in mapped.entities[0]
    assert mapped.entities[0]["status"]["value"] == "open"


def test_an_expression_of_the_merged_call_that_fails_names_its_attribute(tmp_path: Path) -> None:
    connector = declare(tmp_path, "entity: {type: T, id: id, attributes: {a: 'x + 1', b: 'y + 1', c: \"z & '!'\"}}")

    mapped = map_one(connector, {"id": 1, "x": "one", "y": 2, "z": "three"})

    assert [problem.attribute for problem in mapped.problems] == ["a"]
    assert mapped.entities[0]["b"]["value"] == 3
    assert mapped.entities[0]["c"]["value"] == "three!"


def test_an_entity_without_an_id_is_an_error_of_that_record(tmp_path: Path) -> None:
    connector = declare(tmp_path, PARKING)

    mapped = map_one(connector, {"properties": {"obs_ts": "2026-06-10 10:20"}})

    assert mapped.entities == []
    assert [problem.reason for problem in mapped.problems] == ["The record has no id"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (5, "urn:ngsi-ld:T:test:5"),
        (5.0, "urn:ngsi-ld:T:test:5"),
        ("Süd 1", "urn:ngsi-ld:T:test:S%C3%BCd%201"),
        ("P:5", "urn:ngsi-ld:T:test:P:5"),
        ("urn:ngsi-ld:T:1", "urn:ngsi-ld:T:1"),
        ("https://example.org/t/1", "https://example.org/t/1"),
    ],
)
def test_ids_become_uris(tmp_path: Path, given: object, expected: str) -> None:
    connector = declare(tmp_path, "entity: {type: T, id: id, attributes: {a: 1}}")

    mapped = map_one(connector, {"id": given})

    assert mapped.entities[0]["id"] == expected


def test_each_makes_one_entity_per_element_with_the_record_at_hand(tmp_path: Path) -> None:
    connector = declare(
        tmp_path,
        """
        entity:
          type: T
          each: sensors
          id: $record.station & '-' & name
          observedAt: $record.at
          attributes: {temperature: value, station: $record.station}
        """,
    )
    record = {"station": "s", "at": "2026-01-01T00:00:00Z", "sensors": [{"name": "a", "value": 1}, {"name": "b"}]}

    mapped = map_one(connector, record)

    assert [entity["id"][-3:] for entity in mapped.entities] == ["s-a", "s-b"]
    assert mapped.entities[0]["temperature"]["observedAt"] == "2026-01-01T00:00:00Z"
    assert "temperature" not in mapped.entities[1]
    assert mapped.entities[1]["station"]["value"] == "s"


def test_an_attribute_has_a_time_a_dataset_and_a_condition_of_its_own(tmp_path: Path) -> None:
    connector = declare(
        tmp_path,
        """
        entity:
          type: T
          id: id
          observedAt: at
          attributes:
            a: {value: a, observedAt: other}
            b: {value: b, observedAt: null}
            c: {value: c, datasetId: source}
            d: {value: d, datasetId: 'urn:ngsi-ld:Dataset:fixed', when: d > 5}
            e: {value: d, when: d > 6}
        """,
    )

    mapped = map_one(connector, {"id": 1, "at": "T1", "other": "T2", "a": 1, "b": 2, "c": 3, "d": 6, "source": "x y"})

    (entity,) = mapped.entities
    assert entity["a"]["observedAt"] == "T2"
    assert "observedAt" not in entity["b"]
    assert entity["c"] == {
        "type": "Property", "value": 3, "observedAt": "T1", "datasetId": "urn:ngsi-ld:Dataset:x%20y",
    }  # fmt: skip
    assert entity["d"]["datasetId"] == "urn:ngsi-ld:Dataset:fixed"
    assert "e" not in entity


def test_several_blocks_make_several_entities_with_the_context(tmp_path: Path) -> None:
    connector = declare(
        tmp_path,
        """
        context: https://example.org/city.jsonld
        entities:
          - {type: A, id: a, attributes: {x: x}}
          - {type: B, id: b, attributes: {x: x}}
        """,
    )

    mapped = map_one(connector, {"a": 1, "b": 2, "x": 3})

    assert [entity["type"] for entity in mapped.entities] == ["A", "B"]
    assert {entity["@context"] for entity in mapped.entities} == {"https://example.org/city.jsonld"}


def test_lookups_join_by_text_and_number(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("id;name\n1;Süd\n2;Nord\n", encoding="cp1252")
    connector = declare(
        tmp_path,
        """
        lookup: {sites: {path: sites.csv, key: id}}
        entity: {type: T, id: id, attributes: {name: "$lut('sites', id).name", x: 1}}
        """,
    )

    names = [map_one(connector, {"id": key}).entities[0].get("name") for key in (1, "2", 3)]

    assert [name and name["value"] for name in names] == ["Süd", "Nord", None]


def test_the_file_of_a_record_is_known(tmp_path: Path) -> None:
    connector = declare(tmp_path, "entity: {type: T, id: \"$substringBefore($file, '/')\", attributes: {file: $file}}")

    mapped = map_one(connector, {}, part="site-1/2026.csv")

    assert mapped.entities[0]["id"].endswith(":site-1")
    assert mapped.entities[0]["file"]["value"] == "site-1/2026.csv"


@pytest.mark.parametrize(
    "hostile",
    [
        "($f := function(){$f()}; $f())",
        "($f := function($n){$n + $f($n + 1)}; $f(1))",
        "$sum([1..1000000000])",
        '$pad("x", 2000000000)',
        "$sum([1..10000].([1..10000]))",
        "($f := function($s, $n){$n = 0 ? $s : $f($s & $s, $n - 1)}; $length($f('x', 60)))",
    ],
)
@pytest.mark.parametrize("engine", [RustEngine(), PythonEngine()], ids=lambda engine: engine.name)
def test_a_hostile_expression_is_stopped_within_its_limit(tmp_path: Path, hostile: str, engine: object) -> None:
    connector = declare(
        tmp_path, f"entity: {{type: T, id: id, attributes: {{a: {json.dumps(hostile)}, b: 1}}}}", engine
    )

    mapped = map_one(connector, {"id": 1})

    assert [problem.attribute for problem in mapped.problems] == ["a"]
    assert mapped.entities[0]["b"]["value"] == 1


@pytest.mark.parametrize("engine", [RustEngine(), PythonEngine()], ids=lambda engine: engine.name)
def test_a_regular_expression_of_death_kills_nothing(tmp_path: Path, engine: object) -> None:
    connector = declare(
        tmp_path, "entity: {type: T, id: id, attributes: {a: '$contains(text, /^(a+)+$/)', b: 1}}", engine
    )
    began = time.monotonic()

    mapped = map_one(connector, {"id": 1, "text": "a" * 60 + "b"})

    # Automata answer at once; what goes back and forth is stopped.
    if mapped.problems:
        assert [(problem.attribute, "longer than" in problem.reason) for problem in mapped.problems] == [("a", True)]
    else:
        assert mapped.entities[0]["a"]["value"] is False
    assert time.monotonic() - began < 5
    assert mapped.entities[0]["b"]["value"] == 1


@pytest.mark.parametrize("engine", [RustEngine(), PythonEngine()], ids=lambda engine: engine.name)
def test_a_deeply_nested_record_does_no_harm(tmp_path: Path, engine: object) -> None:
    connector = declare(tmp_path, "entity: {type: T, id: id, attributes: {a: 'deep & \"!\"', b: 1}}", engine)
    deep: object = 1
    for _ in range(900):
        deep = [deep]

    mapped = map_one(connector, {"id": 1, "deep": deep})

    assert mapped.entities[0]["b"]["value"] == 1
