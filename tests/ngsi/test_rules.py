# SPDX-License-Identifier: EUPL-1.2
"""The rules of the entity's data model, each with what is right and what is wrong (ETSI GS CIM 009, 4.5 to 4.7, 5.2)."""

import pytest

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.instances import MAX_DEPTH
from broker.ngsi.parsing import (
    MAX_ATTRIBUTES,
    parse_entity,
    parse_fragment,
    parse_instance,
    parse_merge,
    parse_temporal_entity,
)
from tests.ngsi.model import (
    BASE,
    JSON,
    LANGUAGE,
    LINKS,
    LIST,
    PLACE,
    POINT,
    PROPERTY,
    RELATIONSHIP,
    TIME,
    VOCAB,
    parsed,
)


@pytest.mark.parametrize(
    "kind", [PROPERTY, RELATIONSHIP, LANGUAGE, VOCAB, JSON, LIST, LINKS, PLACE], ids=lambda k: k["type"]
)
def test_an_attribute_needs_its_value_member(kind):
    (member,) = kind.keys() - {"type"}

    with pytest.raises(BadRequestData, match=f"Attribute 'alpha': a {kind['type']} needs '{member}'"):
        parsed({"type": kind["type"]})


@pytest.mark.parametrize(
    ("attribute", "member"),
    [
        *[(PROPERTY, name) for name in ("object", "languageMap", "valueList", "objectList", "vocab", "json")],
        *[(PROPERTY, name) for name in ("previousValue", "entityIdSealed", "entityTypeSealed", "objectType", "values")],
        *[(RELATIONSHIP, name) for name in ("unitCode", "value", "languageMap", "previousObject", "valueType")],
        *[(RELATIONSHIP, name) for name in ("json", "valueList", "objectList", "vocab", "entityIdSealed")],
        *[(JSON, name) for name in ("unitCode", "value", "previousJson")],
        *[(LIST, name) for name in ("value", "previousValueList")],
        *[(LANGUAGE, name) for name in ("unitCode", "value", "previousLanguageMap")],
        *[(VOCAB, name) for name in ("unitCode", "value", "previousVocab")],
        *[(PLACE, name) for name in ("unitCode", "object")],
        *[(LINKS, name) for name in ("unitCode", "object")],
    ],
)
def test_an_attribute_never_includes_members_of_others(attribute, member):
    value = "urn:a:9" if member == "object" else "x"

    with pytest.raises(BadRequestData, match=f"a {attribute['type']} must not hold '{member}'"):
        parsed({**attribute, member: value})


@pytest.mark.parametrize("name", ["entity", "entityList"])
@pytest.mark.parametrize("attribute", [PROPERTY, RELATIONSHIP, LINKS, JSON])
def test_an_attribute_never_includes_linked_entities(attribute, name):
    with pytest.raises(BadRequestData, match=f"'{name}' is a member of answers only"):
        parsed({**attribute, name: {"id": "urn:a:2", "type": "Room"}})


@pytest.mark.parametrize(
    "attribute",
    [
        {**PROPERTY, "valueType": "Integer", "unitCode": "CEL", "observedAt": TIME, "datasetId": "urn:d:1"},
        {**RELATIONSHIP, "objectType": "Room", "observedAt": TIME},
        {**RELATIONSHIP, "objectType": ["Room", "Hall"]},
        {"type": "Relationship", "object": ["urn:a:2", "urn:a:3"]},
        {"type": "Relationship", "object": "urn:straße:größe"},
        {**LANGUAGE, "valueType": "langString"},
        {"type": "LanguageProperty", "languageMap": {"de": ["x", "y"], "@none": "z", "en-GB": "w"}},
        {"type": "VocabProperty", "vocab": ["x", "y"]},
        {"type": "JsonProperty", "json": [1, None]},
        {"type": "ListProperty", "valueList": []},
        {**PROPERTY, "b": RELATIONSHIP},
        {**RELATIONSHIP, "b": PROPERTY},
        {"type": "Property", "value": POINT},
        {"type": "Property", "value": {"a": None}},
        {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-11-25"}},
    ],
)
def test_what_the_model_allows_is_read(attribute):
    (instance,) = parsed(attribute)

    assert instance["type"] == attribute["type"]


def test_what_is_read_has_its_names_expanded():
    (instance,) = parsed({**RELATIONSHIP, "objectType": "Room", "accuracy": {"vocab": "high"}})

    assert instance == {
        "type": "Relationship",
        "object": "urn:a:2",
        "objectType": CORE.expand("Room"),
        CORE.expand("accuracy"): [{"type": "VocabProperty", "vocab": CORE.expand("high")}],
    }


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "must not be null"),
        ({"type": "Property", "value": None}, "must not be null"),
        ({"type": "Relationship", "object": None}, "must be a URI"),
        ({"type": "Relationship", "object": []}, "must be a URI"),
        ({"type": "Relationship", "object": "Room 1"}, "must be a URI"),
        ({"type": "Relationship", "object": ["urn:a:1", "x"]}, "must be a URI"),
        ({"type": "Relationship", "object": {"a": 1}}, "must be a URI"),
        ({"type": "JsonProperty", "json": 5}, "must be an object or a list"),
        ({"type": "JsonProperty", "json": "x"}, "must be an object or a list"),
        ({"type": "ListProperty", "valueList": 5}, "must be a list"),
        ({"type": "ListRelationship", "objectList": ["x"]}, "must be a URI"),
        ({"type": "ListRelationship", "objectList": [{"object": "urn:a:1", "b": 1}]}, "the one member 'object'"),
        ({"type": "ListRelationship", "objectList": "urn:a:1"}, "must be a list of URIs"),
        ({"type": "LanguageProperty", "languageMap": "x"}, "texts by language"),
        ({"type": "LanguageProperty", "languageMap": {}}, "texts by language"),
        ({"type": "LanguageProperty", "languageMap": {"": "x"}}, "no language tag"),
        ({"type": "LanguageProperty", "languageMap": {"de_DE": "x"}}, "no language tag"),
        ({"type": "LanguageProperty", "languageMap": {"de": 5}}, "text or a list of texts"),
        ({"type": "LanguageProperty", "languageMap": {"de": []}}, "text or a list of texts"),
        ({"type": "LanguageProperty", "languageMap": {"de": ["x", 5]}}, "text or a list of texts"),
        ({**LANGUAGE, "valueType": "string"}, "langString"),
        ({"type": "VocabProperty", "vocab": 5}, "a term or a list of terms"),
        ({"type": "VocabProperty", "vocab": []}, "a term or a list of terms"),
        ({"type": "VocabProperty", "vocab": ""}, "a term or a list of terms"),
        ({**PROPERTY, "unitCode": 5}, "'unitCode' must be a text"),
        ({**PROPERTY, "unitCode": None}, "'unitCode' must be a text"),
        ({**PROPERTY, "datasetId": "x"}, "'datasetId' must be a URI"),
        ({**PROPERTY, "datasetId": None}, "'datasetId' must be a URI"),
        ({**RELATIONSHIP, "objectType": 5}, "'objectType' must be a text"),
        ({**PROPERTY, "@context": {}}, "@context stands in the entity"),
        ({"type": "Propert", "value": 5}, "must be one of Property, GeoProperty"),
        ({"value": 5, "object": "urn:a:1"}, "both 'value' and 'object'"),
        ({"unitCode": "CEL"}, "a Property needs 'value'"),
        ({"observedAt": TIME}, "a Property needs 'value'"),
        ([PROPERTY, PROPERTY], "several instances without 'datasetId'"),
        ([PROPERTY, {**PROPERTY, "datasetId": "@none"}], "several instances without 'datasetId'"),
        ([{**PROPERTY, "datasetId": "urn:d:1"}] * 2, "several instances of urn:d:1"),
        ({"dataset": {}}, "no instance"),
        ({"dataset": {"x": 1}}, "must be a URI"),
        ({**PROPERTY, "b": {"type": "Relationship", "object": "x"}}, r"Attribute 'alpha\.b'"),
        ({**PROPERTY, "bad-name": 5}, "not 'bad-name'"),
        ({**PROPERTY, "b": 1, "https://uri.etsi.org/ngsi-ld/default-context/b": 2}, "twice"),
    ],
)
def test_what_the_model_forbids_is_refused_with_attribute_and_remedy(value, words):
    with pytest.raises(BadRequestData, match=words) as caught:
        parsed(value)

    assert caught.value.attribute == "alpha"


def test_a_proof_is_sealed():
    sealed = {"type": "Property", "value": {"type": "P"}, "entityIdSealed": "urn:a:1", "entityTypeSealed": "Room"}

    assert parsed(sealed, "ngsildproof") == [sealed]
    assert parsed({**PROPERTY, "ngsildproof": sealed})[0][CORE.expand("ngsildproof")] == [sealed]
    for wrong in ({**sealed, "value": 5}, {**sealed, "entityIdSealed": 5}, {**sealed, "entityTypeSealed": ["R"]}, 5):
        with pytest.raises(BadRequestData, match="ngsildproof"):
            parsed(wrong, "ngsildproof")


def test_a_name_that_ends_like_that_of_a_proof_is_none():
    assert parsed(5, "bengsildproof") == [{"type": "Property", "value": 5}]
    with pytest.raises(BadRequestData, match="must not hold 'entityIdSealed'"):
        parsed({**PROPERTY, "entityIdSealed": "urn:a:1"}, "bengsildproof")


HIDDEN = {"x": [{"@context": {"x": "https://example.org/y"}}]}


@pytest.mark.parametrize(
    "value",
    [
        {**PROPERTY, "@context": {}},
        {**PROPERTY, "b": {"type": "Relationship", "object": "urn:a:2", "@context": {}}},
        {"@context": {}, "x": 1},
        HIDDEN,
        [HIDDEN, 1],
        {"type": "Property", "value": HIDDEN},
        {"type": "ListProperty", "valueList": [HIDDEN]},
        {"type": "GeoProperty", "value": {**POINT, "@context": {}}},
    ],
)
def test_a_context_stands_in_no_attribute_and_no_value(value):
    with pytest.raises(BadRequestData, match="@context stands in the entity"):
        parsed(value)


def test_a_context_may_stand_where_nothing_is_read_as_json_ld():
    proof = {"type": "Property", "value": {"@context": "https://example.org/c", "type": "DataIntegrityProof"}}

    assert parsed({"type": "JsonProperty", "json": HIDDEN}) == [{"type": "JsonProperty", "json": HIDDEN}]
    assert parsed(proof, "ngsildproof") == [proof]


def test_a_context_stands_in_no_part_of_an_attribute():
    for part in ({"value": 1, "@context": {}}, {"value": 1, "b": {"value": 1, "@context": {}}}):
        with pytest.raises(BadRequestData, match="@context stands in the entity"):
            parse_merge({"alpha": part}, CORE)
        with pytest.raises(BadRequestData, match="@context stands in the entity"):
            parse_instance("alpha", {"value": 1, "b": part}, CORE, nulls=True)
    assert parse_instance("alpha", {"value": 1, "@context": {}}, CORE, nulls=True) == {"value": 1}


def test_two_names_for_one_attribute_are_refused():
    with pytest.raises(BadRequestData, match="twice"):
        parse_entity({**BASE, "alpha": 1, "ngsi-ld:default-context/alpha": 2}, CORE)


def test_an_entity_has_a_limited_number_of_attributes():
    with pytest.raises(BadRequestData, match=f"at most {MAX_ATTRIBUTES}"):
        parse_entity({**BASE, **{f"a{number}": number for number in range(MAX_ATTRIBUTES + 1)}}, CORE)


def nested(depth):
    value = {"value": 1}
    for _ in range(depth):
        value = {"value": 1, "sub": value}
    return value


def test_sub_attributes_have_a_limited_depth():
    assert parsed(nested(MAX_DEPTH))
    with pytest.raises(BadRequestData, match=f"deeper than {MAX_DEPTH}"):
        parsed(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("type", [f"T{number}" for number in range(101)], "at most 100 types"),
        ("scope", [f"/S{number}" for number in range(101)], "at most 100 scopes"),
        ("alpha", [{"value": 1, "datasetId": f"urn:d:{number}"} for number in range(1001)], "at most 1000 instances"),
    ],
)
def test_lists_in_an_entity_have_limits(member, value, words):
    with pytest.raises(BadRequestData, match=words):
        parse_entity({**BASE, member: value}, CORE)


def test_a_geometry_in_a_text_is_as_exact_as_any_json():
    for extra in ('"x": "\\u0000"', '"x": 1e999', '"type": "Point"', f'"x": {"[" * 200}{"]" * 200}'):
        with pytest.raises(BadRequestData, match="GeoJSON"):
            parsed(f'{{"type": "Point", "coordinates": [7, 51], {extra}}}', "location")


@pytest.mark.parametrize("kind", [PROPERTY, RELATIONSHIP, LANGUAGE, VOCAB, JSON, LIST, LINKS, PLACE])
def test_an_attribute_of_every_type_may_expire_and_so_may_its_parts(kind):
    (instance,) = parsed({**kind, "expiresAt": TIME, "beta": {"value": 1, "expiresAt": TIME}})

    assert instance["expiresAt"] == TIME
    assert instance[CORE.expand("beta")] == [{"type": "Property", "value": 1, "expiresAt": TIME}]


@pytest.mark.parametrize("time", ["not-a-date", "2026-13-45T00:00:00Z", "2030-01-01", 5, None, NULL])
def test_what_expires_does_so_at_a_time_in_utc(time):
    for body in ({**BASE, "expiresAt": time}, {**BASE, "alpha": {**PROPERTY, "expiresAt": time}}):
        with pytest.raises(BadRequestData, match="expiresAt"):
            parse_entity(body, CORE)


def test_system_attributes_of_a_request_are_ignored():
    body = {**BASE, "createdAt": "x", "modifiedAt": 5, "alpha": {**PROPERTY, "createdAt": "x", "instanceId": "urn:i:1"}}

    assert parse_entity(body, CORE) == parse_entity({**BASE, "alpha": PROPERTY}, CORE)


def test_several_observations_of_an_attribute_are_a_matter_of_history():
    observations = [{"value": number, "observedAt": f"2026-11-25T01:50:3{number}Z"} for number in (3, 1, 2)]

    entity = parse_temporal_entity({**BASE, "alpha": observations, "beta": 5}, CORE)

    assert [instance["value"] for instance in entity.attributes[CORE.expand("alpha")]] == [3, 1, 2]
    with pytest.raises(BadRequestData, match="several instances"):
        parse_entity({**BASE, "alpha": observations}, CORE)


@pytest.mark.parametrize(
    ("observations", "words"),
    [
        ([{"value": 1, "observedAt": TIME}, {"value": 2}], "each needs 'observedAt'"),
        ([{"value": 1, "observedAt": TIME}, {"value": NULL, "observedAt": TIME}], "stands alone"),
        ([{"value": 1, "observedAt": "2026"}], "'observedAt' must be a time"),
    ],
)
def test_observations_have_times_and_values(observations, words):
    with pytest.raises(BadRequestData, match=words):
        parse_temporal_entity({**BASE, "alpha": observations}, CORE)


def test_a_fragment_needs_neither_id_nor_type_but_something_to_say():
    assert parse_fragment({"alpha": 1}, CORE, nulls=False).id == ""
    assert parse_fragment({"type": "Hall"}, CORE, nulls=False).types == [CORE.expand("Hall")]
    for body in ({}, {"id": "urn:a:1"}, {"@context": []}, []):
        with pytest.raises(BadRequestData):
            parse_fragment(body, CORE, nulls=False)


@pytest.mark.parametrize(
    ("body", "instance"),
    [
        ({"value": 5}, {"value": 5}),
        ({"type": "Property", "value": 5}, {"type": "Property", "value": 5}),
        ({"object": "urn:a:1"}, {"type": "Relationship", "object": "urn:a:1"}),
        ({"unitCode": "CEL", "datasetId": "@none"}, {"unitCode": "CEL"}),
        ({"observedAt": TIME, "datasetId": "urn:d:1"}, {"observedAt": TIME, "datasetId": "urn:d:1"}),
        ({"value": NULL}, {"value": NULL}),
    ],
)
def test_part_of_an_instance_may_lack_type_and_value(body, instance):
    assert parse_instance("alpha", body, CORE, nulls=True) == instance


@pytest.mark.parametrize(
    "body",
    [
        *[{}, {"type": "Property"}, {"datasetId": "urn:d:1"}, {"@context": []}, [], 5, {"value": None}],
        *[
            {"value": {"a": NULL}},
            {"datasetId": NULL},
            {"type": "Relationship", "value": 5},
            {"value": 1, "object": "urn:a:1"},
        ],
        *[{"observedAt": "x"}, {"bad-name": 5}, {"type": "Propert", "value": 5}],
    ],
)
def test_part_of_an_instance_that_is_wrong_is_refused(body):
    with pytest.raises(BadRequestData):
        parse_instance("alpha", body, CORE, nulls=True)
