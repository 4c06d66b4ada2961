# SPDX-License-Identifier: EUPL-1.2
"""What `urn:ngsi-ld:null` means where entities are read."""

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.parsing import (
    parse_entity,
    parse_fragment,
    parse_instance,
    parse_merge,
)
from tests.ngsi.model import (
    BASE,
    POINT,
    PROPERTY,
    parsed,
)


@pytest.mark.parametrize(
    "value",
    [
        NULL,
        {"type": "Property", "value": NULL},
        {"type": "Property", "value": {"a": [NULL]}},
        {"type": "Property", "value": [[NULL]]},
        {"type": "Relationship", "object": NULL},
        {"type": "Relationship", "object": ["urn:a:1", NULL]},
        {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
        {"type": "LanguageProperty", "languageMap": {"de": ["x", NULL]}},
        {"type": "VocabProperty", "vocab": NULL},
        {"type": "VocabProperty", "vocab": ["x", NULL]},
        {"type": "JsonProperty", "json": {"a": NULL}},
        {"type": "ListProperty", "valueList": [NULL]},
        {"type": "ListRelationship", "objectList": [{"object": NULL}]},
        {**PROPERTY, "b": NULL},
        {**PROPERTY, "b": {"type": "Relationship", "object": NULL}},
        {**PROPERTY, "unitCode": NULL},
        {**PROPERTY, "datasetId": NULL},
        {**PROPERTY, "valueType": NULL},
        {"type": "GeoProperty", "value": {**POINT, "note": NULL}},
    ],
)
def test_null_is_no_content(value):
    with pytest.raises(BadRequestData):
        parsed(value)


@pytest.mark.parametrize("kind", ["Property", "GeoProperty", "Relationship", "VocabProperty", "JsonProperty"])
def test_null_asks_for_deletion_where_attributes_are_updated(kind):
    member = {"Relationship": "object", "VocabProperty": "vocab", "JsonProperty": "json"}.get(kind, "value")
    body = {**BASE, "alpha": {"type": kind, member: NULL}, "location": NULL, "scope": NULL}

    for entity in (parse_entity(body, CORE, nulls=True), parse_fragment(body, CORE, nulls=True)):
        assert entity.attributes[CORE.expand("alpha")] == [{"type": kind, member: NULL}]
        assert entity.attributes[CORE.expand("location")] == [{"type": "GeoProperty", "value": NULL}]
        assert entity.scopes == []


def test_null_in_a_language_map_asks_for_deletion_too():
    body = {**BASE, "alpha": {"languageMap": {"@none": NULL}}}

    entity = parse_entity(body, CORE, nulls=True)

    assert entity.attributes[CORE.expand("alpha")] == [{"type": "LanguageProperty", "languageMap": NULL}]


@pytest.mark.parametrize(
    ("kind", "member", "null"),
    [
        ("ListProperty", "valueList", [NULL]),
        ("ListProperty", "valueList", NULL),
        ("ListRelationship", "objectList", [NULL]),
        ("ListRelationship", "objectList", [{"object": NULL}]),
    ],
)
def test_null_alone_in_a_list_asks_for_deletion_too(kind, member, null):
    deletion = {"type": kind, member: NULL}

    assert parse_entity({**BASE, "alpha": {member: null}}, CORE, nulls=True).attributes[CORE.expand("alpha")] == [
        deletion
    ]
    assert parse_instance("alpha", {member: null}, CORE, nulls=True) == deletion
    assert parse_merge({"alpha": {member: null}}, CORE).attributes[CORE.expand("alpha")] == [deletion]
    with pytest.raises(BadRequestData, match="only where attributes are updated"):
        parsed({member: null})
