# SPDX-License-Identifier: EUPL-1.2
"""The rules of the data model hold for every write, and what is refused leaves nothing behind (5.2, 5.5.4)."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

NULL = "urn:ngsi-ld:null"
POINT = {"type": "Point", "coordinates": [7, 51]}
ROOM = {
    "id": "urn:a:1",
    "type": "Room",
    "heat": {"type": "Property", "value": 20, "unitCode": "CEL"},
    "name": {"type": "LanguageProperty", "languageMap": {"de": "Saal"}},
    "ngsildproof": {"type": "Property", "value": {"type": "P"}, "entityIdSealed": "urn:a:1", "entityTypeSealed": "R"},
    "scope": ["/House/North", "/House/South"],
}
WRONG = [
    ("x", {"type": "Property"}),
    ("x", {"type": "Relationship"}),
    ("x", {"type": "LanguageProperty"}),
    ("x", {"type": "Property", "value": None}),
    ("x", {"type": "Property", "value": 1, "languageMap": {"de": "x"}}),
    ("x", {"type": "Relationship", "object": "urn:a:2", "unitCode": "CEL"}),
    ("x", {"type": "Relationship", "object": "no uri"}),
    ("x", {"type": "JsonProperty", "json": 5}),
    ("x", {"type": "ListRelationship", "objectList": ["no uri"]}),
    ("x", {"type": "LanguageProperty", "languageMap": {"": "x"}}),
    ("x", {"type": "Property", "value": 1, "observedAt": "2026-02-30T00:00:00Z"}),
    ("x", {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00+01:00"}),
    ("x", {"type": "Property", "value": 1, "entityIdSealed": "urn:a:1"}),
    ("x", {"type": "Property", "value": 1, "entity": {"id": "urn:a:2", "type": "Room"}}),
    ("x", {"type": "Property", "value": 1, "@context": {"x": "https://example.org/x"}}),
    ("x", {"type": "Property", "value": {"@context": {"x": "https://example.org/x"}}}),
    ("x", {"type": "GeoProperty", "value": {"type": "GeometryCollection", "geometries": [POINT]}}),
    ("x", {"type": "GeoProperty", "value": "{"}),
    ("x", [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "@none"}]),
    ("x", [{"type": "Property", "value": n, "datasetId": "urn:d:1"} for n in (1, 2)]),
    ("location", {"type": "Property", "value": 1}),
    ("ngsildproof", {"type": "Property", "value": "text"}),
    ("ngsildproof", {"type": "Property", "value": {}, "entityTypeSealed": 5}),
    ("observedAt", {"type": "Property", "value": 1}),
    ("datasetId", {"type": "Property", "value": 1}),
    ("my attr", {"type": "Property", "value": 1}),
    ("9x", {"type": "Property", "value": 1}),
    ("scope", "9bad"),
    ("scope", "/a//b"),
    ("scope", ["/ok", "a-b"]),
]
CREATES = [
    ("POST", "entities", lambda part: {"id": "urn:a:2", "type": "Room", **part}),
    ("PUT", "entities/urn:a:1", lambda part: {**ROOM, **part}),
    ("POST", "entityOperations/create", lambda part: [{"id": "urn:a:2", "type": "Room", **part}]),
    ("POST", "entityOperations/upsert", lambda part: [{"id": "urn:a:2", "type": "Room", **part}]),
]
WRITES = [
    *CREATES,
    ("PATCH", "entities/urn:a:1", lambda part: part),
    ("POST", "entities/urn:a:1/attrs", lambda part: part),
    ("PATCH", "entities/urn:a:1/attrs", lambda part: part),
    ("POST", "temporal/entities", lambda part: {"id": "urn:a:2", "type": "Room", **part}),
    ("POST", "temporal/entities/urn:a:1/attrs", lambda part: part),
    ("POST", "entityOperations/update", lambda part: [{**ROOM, **part}]),
    ("POST", "entityOperations/merge", lambda part: [{"id": "urn:a:1", **part}]),
]


@pytest.fixture
async def room(client):
    assert (await client.post("entities", json=ROOM)).status_code == 201


def error_of(response):
    """The type of the error of a request, or of the one item of a batch."""
    if response.status_code == 207:
        (error,) = response.json()["errors"]
        assert response.json()["success"] == []
        return error["error"]["type"].rpartition("/")[2]
    return problem_type(response)


@pytest.mark.parametrize(("method", "path", "make"), WRITES)
async def test_what_the_model_forbids_is_refused_by_every_write_and_changes_nothing(client, room, method, path, make):
    for name, value in WRONG:
        response = await client.request(method, path, json=make({name: value}))

        assert response.status_code in {400, 207}, (name, value, response.text)
        assert error_of(response) == "BadRequestData", (name, value)
    assert (await client.get("entities/urn:a:1")).json() == ROOM
    assert (await client.get("entities/urn:a:2")).status_code == 404


NULLS = [
    {"x": NULL},
    {"x": {"type": "Property", "value": NULL}},
    {"x": {"type": "Property", "value": {"a": [{"b": NULL}]}}},
    {"x": {"type": "Relationship", "object": NULL}},
    {"x": {"type": "LanguageProperty", "languageMap": {"@none": NULL}}},
    {"x": {"type": "Property", "value": 1, "sub": NULL}},
    {"x": {"type": "Property", "value": 1, "unitCode": NULL}},
    {"scope": NULL},
    {"expiresAt": NULL},
]


@pytest.mark.parametrize(("method", "path", "make"), CREATES)
async def test_null_is_refused_where_entities_are_created_or_replaced(client, room, method, path, make):
    for part in [*NULLS, {"type": NULL}, {"id": NULL}]:
        response = await client.request(method, path, json=make(part))

        assert response.status_code in {400, 207}, (part, response.text)
        assert error_of(response) == "BadRequestData", part
    assert (await client.get("entities/urn:a:1")).json() == ROOM
    assert (await client.get("entities/urn:a:2")).status_code == 404


@pytest.mark.parametrize(
    ("attribute", "part"),
    [
        ("heat", {"value": None}),
        ("heat", {"value": {"a": NULL}}),
        ("heat", {"object": "urn:a:2"}),
        ("heat", {"observedAt": "2026-01-01"}),
        ("heat", {"sub": {"value": 1, "@context": {}}}),
        ("heat", {"value": {"@context": {}}}),
        ("heat", {"entityIdSealed": "urn:a:1"}),
        ("name", {"languageMap": {"": "x"}}),
        ("name", {"valueType": "string"}),
        ("name", {"unitCode": "CEL"}),
        ("ngsildproof", {"value": 5}),
        ("ngsildproof", {"entityTypeSealed": 5}),
    ],
)
async def test_the_rules_hold_for_a_part_of_an_attribute_too(client, room, attribute, part):
    partial = await client.patch(f"entities/urn:a:1/attrs/{attribute}", json=part)
    merged = await client.patch("entities/urn:a:1", json={attribute: part})

    assert (partial.status_code, problem_type(partial)) == (400, "BadRequestData")
    if NULL not in str(part) and "object" not in part:  # a merge takes keys away, and may make it another type
        assert (merged.status_code, problem_type(merged)) == (400, "BadRequestData")
        assert (await client.get("entities/urn:a:1")).json() == ROOM


async def test_what_is_refused_in_a_batch_does_not_stop_the_others(client):
    right = {"id": "urn:a:1", "type": "Room", "x": 1}

    response = await client.post(
        "entityOperations/create", json=[{"id": "urn:a:2", "type": "Room", "scope": "9bad"}, right]
    )

    assert (response.status_code, response.json()["success"]) == (207, ["urn:a:1"])
    assert (await client.get("entities/urn:a:2")).status_code == 404


async def test_attributes_of_every_type_come_back_as_they_were_sent(client):
    polygon = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    linked = {"type": "Relationship", "object": "urn:a:Größe", "objectType": "Room"}
    entity = {
        "id": "urn:a:1",
        "type": ["Room", "Hall"],
        "scope": ["/House/North", "/House/South"],
        "location": {"type": "GeoProperty", "value": POINT},
        "observationSpace": {"type": "GeoProperty", "value": polygon},
        "operationSpace": {"type": "GeoProperty", "value": POINT},
        "ngsildproof": ROOM["ngsildproof"],
        "property": {"type": "Property", "value": {"a": [1, None]}, "unitCode": "CEL", "by": linked},
        "relationship": {**linked, "since": {"type": "Property", "value": 2020, "by": linked}},
        "text": {"type": "LanguageProperty", "languageMap": {"de": ["x", "y"], "@none": "z"}},
        "word": {"type": "VocabProperty", "vocab": "open"},
        "words": {"type": "VocabProperty", "vocab": ["open", "new"]},
        "json": {"type": "JsonProperty", "json": [{"property": 1, "type": "raw"}]},
        "list": {"type": "ListProperty", "valueList": [1, "x"]},
        "links": {"type": "ListRelationship", "objectList": [{"object": "urn:a:2"}]},
        "instances": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}],
    }

    created = await client.post("entities", json=entity)

    assert created.status_code == 201, created.text
    assert (await client.get("entities/urn:a:1")).json() == entity
