# SPDX-License-Identifier: EUPL-1.2
"""Entities that come as such, of NGSI-LD and of NGSIv2."""

from pathlib import Path
from typing import Any

import pytest

from connectors.declarative.loading import FileProblems
from connectors.declarative.schema import json_schema
from tests.connectors.writing import declare, map_one

WHOLE = {"id": "urn:ngsi-ld:T:1", "type": "T"}
POINT = {"type": "Point", "coordinates": [10, 53]}

ATTRIBUTES: list[tuple[Any, Any]] = [
    (5, {"type": "Property", "value": 5}),
    ([1, 2], {"type": "Property", "value": [1, 2]}),
    ({"a": 1}, {"type": "Property", "value": {"a": 1}}),
    (POINT, {"type": "GeoProperty", "value": POINT}),
    ({"value": POINT}, {"type": "GeoProperty", "value": POINT}),
    ({"value": 5, "unitCode": "CEL"}, {"type": "Property", "value": 5, "unitCode": "CEL"}),
    ({"object": "urn:a:1"}, {"type": "Relationship", "object": "urn:a:1"}),
    ({"languageMap": {"de": "Hof"}}, {"type": "LanguageProperty", "languageMap": {"de": "Hof"}}),
    ({"vocab": "open"}, {"type": "VocabProperty", "vocab": "open"}),
    ({"json": {"value": 1}}, {"type": "JsonProperty", "json": {"value": 1}}),
    (
        {"value": 5, "accuracy": 0.5, "by": {"object": "urn:a:1", "createdAt": "x"}},
        {
            "type": "Property",
            "value": 5,
            "accuracy": {"type": "Property", "value": 0.5},
            "by": {"type": "Relationship", "object": "urn:a:1"},
        },
    ),
    (
        [{"value": 1, "datasetId": "urn:d:1"}, {"value": 2, "datasetId": "urn:d:2"}],
        [
            {"type": "Property", "value": 1, "datasetId": "urn:d:1"},
            {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
        ],
    ),
    (
        {"type": "Property", "value": 5, "modifiedAt": "x", "instanceId": "urn:i", "previousValue": 4},
        {"type": "Property", "value": 5},
    ),
    ({"type": "Property", "value": "urn:ngsi-ld:null"}, {"type": "Property", "value": "urn:ngsi-ld:null"}),
]


@pytest.mark.parametrize(("given", "normalized"), ATTRIBUTES)
def test_an_attribute_of_any_form_becomes_normalized(tmp_path: Path, given: Any, normalized: Any) -> None:
    connector = declare(tmp_path, "entity: {passthrough: $}")

    mapped = map_one(connector, {**WHOLE, "x": given})

    assert mapped.problems == []
    assert mapped.entities == [{**WHOLE, "x": normalized}]


def test_what_an_entity_says_of_itself_is_kept_and_what_its_broker_says_is_not(tmp_path: Path) -> None:
    connector = declare(tmp_path, "context: https://example.org/file\nentity: {passthrough: $}")
    own = {
        "id": "R 1",
        "type": ["Room", "Hall"],
        "scope": "/a",
        "createdAt": "x",
        "deletedAt": "y",
        "x": 1,
        "gone": None,
    }

    (without,) = map_one(connector, own).entities
    (with_own,) = map_one(connector, {**own, "@context": "https://example.org/own"}).entities

    assert without == {
        "id": "urn:ngsi-ld:Room:R%201",
        "type": ["Room", "Hall"],
        "scope": "/a",
        "x": {"type": "Property", "value": 1},
        "@context": "https://example.org/file",
    }
    assert with_own["@context"] == "https://example.org/own"


def test_each_and_when_choose_entities_and_one_without_attributes_is_not_sent(tmp_path: Path) -> None:
    connector = declare(tmp_path, "entity: {each: data, when: type != 'Other', passthrough: $}")
    data = [{**WHOLE, "x": 1}, {**WHOLE, "type": "Other", "x": 2}, {**WHOLE, "createdAt": "x"}]

    mapped = map_one(connector, {"data": data})

    assert mapped.problems == []
    assert mapped.entities == [{**WHOLE, "x": {"type": "Property", "value": 1}}]


@pytest.mark.parametrize(
    ("given", "words"),
    [("text", "an object with id and type"), ({"id": "urn:a:1"}, "has no type"), ({"type": "T", "id": 5}, "has no id")],
)
def test_what_is_no_entity_is_a_problem_of_its_record(tmp_path: Path, given: Any, words: str) -> None:
    mapped = map_one(declare(tmp_path, "entity: {passthrough: $}"), given)

    assert mapped.entities == []
    assert words in mapped.problems[0].reason


MISTAKES = [
    ("entity: {passthrough: $, type: T}", "'type' comes with the entity of passthrough"),
    ("entity: {passthrough: $, observedAt: t}", "'observedAt' comes with the entity of passthrough"),
    ("entity: {id: x, attributes: {a: a}}", "key 'type' is required"),
    ("entity: {type: T, attributes: {a: a}}", "key 'id' is required"),
    ("entity: {type: T, id: x, attributes: {}}", "key 'attributes' is required"),
    ("entity: {passthrough: '$nothing('}", "entity.passthrough"),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_an_entity_is_made_or_passed_through(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FileProblems) as caught:
        declare(tmp_path, text)

    assert words in str(caught.value)
    assert "line 4" in str(caught.value)


def test_the_schema_for_editors_wants_the_one_or_the_other() -> None:
    assert json_schema()["$defs"]["EntityBlock"]["oneOf"] == [
        {"required": ["type", "id", "attributes"]},
        {"required": ["passthrough"]},
    ]


V2: list[tuple[Any, Any]] = [
    ({"type": "Number", "value": 5, "metadata": {}}, {"type": "Property", "value": 5}),
    (5, {"type": "Property", "value": 5}),
    ({"type": "geo:json", "value": POINT}, {"type": "GeoProperty", "value": POINT}),
    ({"type": "geo:point", "value": "53, 10"}, {"type": "GeoProperty", "value": POINT}),
    (
        {"type": "geo:line", "value": ["53,10", "54,11"]},
        {"type": "GeoProperty", "value": {"type": "LineString", "coordinates": [[10, 53], [11, 54]]}},
    ),
    (
        {"type": "geo:polygon", "value": ["53,10", "54,11", "54,10", "53,10"]},
        {
            "type": "GeoProperty",
            "value": {"type": "Polygon", "coordinates": [[[10, 53], [11, 54], [10, 54], [10, 53]]]},
        },
    ),
    (
        {"type": "DateTime", "value": "2026-06-01T10:00:00Z"},
        {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-06-01T10:00:00Z"}},
    ),
    ({"type": "Relationship", "value": "urn:a:1"}, {"type": "Relationship", "object": "urn:a:1"}),
    ({"type": "Relationship", "value": "no uri"}, {"type": "Property", "value": "no uri"}),
    (
        {"value": 5, "metadata": {"dateObserved": {"value": "T2"}, "TimeInstant": {"value": "T1"}}},
        {"type": "Property", "value": 5, "observedAt": "T1"},
    ),
    (
        {"value": 5, "metadata": {"unitCode": {"value": "CEL"}, "a": {"value": 1}, "previousValue": {"value": 4}}},
        {"type": "Property", "value": 5, "unitCode": "CEL", "a": {"type": "Property", "value": 1}},
    ),
]


@pytest.mark.parametrize(("given", "normalized"), V2)
def test_an_attribute_of_ngsi_v2_becomes_one_of_ngsi_ld(tmp_path: Path, given: Any, normalized: Any) -> None:
    connector = declare(tmp_path, "entity: {passthrough: $ngsiv2($)}")

    mapped = map_one(connector, {"id": "R1", "type": "T", "x": given, "dateModified": {"value": "x"}})

    assert mapped.problems == []
    assert mapped.entities == [{"id": "urn:ngsi-ld:T:R1", "type": "T", "x": normalized}]


@pytest.mark.parametrize(
    ("given", "words"),
    [({"type": "T"}, "an object with an id"), ({"id": "1", "x": {"type": "geo:point", "value": "a"}}, "no position")],
)
def test_what_is_no_entity_of_ngsi_v2_is_a_problem(tmp_path: Path, given: Any, words: str) -> None:
    mapped = map_one(declare(tmp_path, "entity: {passthrough: $ngsiv2($)}"), given)

    assert mapped.entities == []
    assert words in mapped.problems[0].reason
