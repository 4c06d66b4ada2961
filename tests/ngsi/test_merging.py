# SPDX-License-Identifier: EUPL-1.2
"""Merging an entity: what is told goes into what is stored, and mutates nothing."""

import copy

import pytest
from hypothesis import given

from allmende.errors import BadRequestData
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.merging import Merge, merge_entity, merge_value
from broker.ngsi.parsing import parse_entity, parse_merge
from broker.ngsi.patching import replace
from broker.ngsi.representation import Representation, render
from tests.ngsi.model import POINT, TIME
from tests.ngsi.strategies import attributes, json_values

THEN, NOW, LATER = "2026-01-01T00:00:00.000000Z", "2026-11-25T02:00:00.000000Z", "2026-11-26T00:00:00Z"
BASE = {"id": "urn:a:1", "type": "T"}
OTHER = "urn:d:1"


def state_of(**members):
    return replace(None, parse_entity({**BASE, **members}, CORE), THEN)


def merged(state, simplified=False, observed_at=None, lang=None, **members):
    fragment = parse_merge(members, CORE, simplified=simplified)
    return merge_entity(state, Merge(fragment, CORE, observed_at, lang, keeps_types=simplified), NOW)


def shown(state, form="normalized"):
    return {name: part for name, part in render(state, CORE, Representation(form)).items() if name not in BASE}


@pytest.mark.parametrize(
    ("old", "told", "new"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": NULL}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": NULL}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": NULL}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": NULL}}}, {"a": {"bb": {}}}),
    ],
)
def test_values_are_merged_as_rfc_7396_says(old, told, new):
    assert merge_value(old, told) == new


@given(json_values, json_values)
def test_merging_a_value_twice_is_merging_it_once(old, told):
    once = merge_value(old, told)

    assert merge_value(once, told) == once


def test_members_that_are_not_told_stay():
    state = state_of(alpha={"value": 1, "unitCode": "CEL", "observedAt": TIME, "beta": 2}, gamma=3)

    assert shown(merged(state, alpha={"type": "Property", "value": 5}), "concise") == {
        "alpha": {"value": 5, "unitCode": "CEL", "observedAt": TIME, "beta": 2},
        "gamma": 3,
    }


def test_a_part_needs_no_value():
    state = state_of(alpha={"value": 1, "unitCode": "CEL"})

    assert shown(merged(state, alpha={"observedAt": TIME}), "concise") == {
        "alpha": {"value": 1, "unitCode": "CEL", "observedAt": TIME}
    }
    with pytest.raises(BadRequestData, match="Attribute 'beta': a Property needs 'value'"):
        merged(state, beta={"observedAt": TIME})


@pytest.mark.parametrize(
    ("stored", "part"),
    [
        ({"object": "urn:a:2"}, {"objectType": "Room"}),
        ({"value": 1}, {"valueType": "integer"}),
        ({"languageMap": {"de": "x"}}, {"valueType": "langString"}),
        ({"value": 1}, {"expiresAt": TIME}),
    ],
)
def test_a_member_alone_is_a_part_and_no_value(stored, part):
    state = merged(state_of(alpha=stored), alpha=part)

    document = render(state, CORE, Representation("concise", sys_attrs=True))
    assert {**stored, **part}.items() <= document["alpha"].items()


@pytest.mark.parametrize(
    ("part", "left"),
    [
        ({"beta": {"type": "Property", "value": 3}}, {"beta": 3}),
        ({"gamma": {"type": "Relationship", "object": "urn:a:2"}}, {"beta": 2, "gamma": {"object": "urn:a:2"}}),
        ({"beta": NULL, "gamma": {"type": "Property", "value": 4}}, {"gamma": 4}),
        ({"beta": NULL}, {}),
    ],
)
@pytest.mark.parametrize("value", [1, {"beta": 5, "x": 6}])
def test_sub_attributes_are_merged_without_their_attribute_s_value(value, part, left):
    state = state_of(alpha={"value": value, "unitCode": "CEL", "beta": 2})

    assert shown(merged(state, alpha=part), "concise") == {"alpha": {"value": value, "unitCode": "CEL", **left}}


def test_keys_of_a_value_are_no_sub_attributes():
    state = state_of(alpha={"value": {"beta": 5, "x": 6}})

    assert shown(merged(state, alpha={"beta": NULL}), "concise") == {"alpha": {"value": {"x": 6}}}
    assert shown(merged(state, alpha={"x": {"type": "Point"}}), "concise") == {
        "alpha": {"value": {"beta": 5, "x": {"type": "Point"}}}
    }


def test_a_sealed_member_alone_is_part_of_a_proof():
    sealed = {"value": {"type": "P"}, "entityIdSealed": "urn:a:1"}

    assert shown(merged(state_of(ngsildproof=sealed), ngsildproof={"entityTypeSealed": "Room"}), "concise") == {
        "ngsildproof": {**sealed, "entityTypeSealed": "Room"}
    }


def test_null_takes_members_sub_attributes_and_keys_away():
    value = {"value": {"street": "A", "city": "B", "geo": {"x": 1, "y": 2}}, "unitCode": "C62", "observedAt": TIME}
    state = state_of(alpha={**value, "beta": {"value": 1, "gamma": 2}, "delta": {"object": "urn:a:2"}})
    told = {"value": {"city": NULL, "geo": {"x": NULL}}, "unitCode": NULL, "observedAt": NULL}

    new = merged(state, alpha={**told, "beta": {"value": 1, "gamma": NULL}, "delta": {"object": NULL}})

    assert shown(new, "concise") == {"alpha": {"value": {"street": "A", "geo": {"y": 2}}, "beta": 1}}


@pytest.mark.parametrize(
    "told",
    [
        NULL,
        {"value": NULL},
        {"type": "Property", "value": NULL},
        {"type": "Relationship", "object": NULL},
        {"languageMap": {"@none": NULL}},
        {"json": NULL},
        {"vocab": NULL},
    ],
)
def test_null_deletes_the_default_instance_whatever_its_type(told):
    state = state_of(alpha=[{"value": 1}, {"value": 2, "datasetId": OTHER}], beta=NULL[:3])

    assert shown(merged(state, alpha=told), "concise")["alpha"] == {"value": 2, "datasetId": OTHER}
    assert "alpha" not in shown(merged(state_of(alpha=1), alpha=told))
    assert merged(state_of(beta=1), alpha=told) == state_of(beta=1)


def test_instances_are_merged_each_in_its_dataset():
    state = state_of(alpha=[{"value": 1, "unitCode": "CEL"}, {"value": 2, "datasetId": OTHER}])
    told = [{"value": 5}, {"value": NULL, "datasetId": OTHER}, {"value": 3, "datasetId": "urn:d:2"}]

    assert shown(merged(state, alpha=told), "concise")["alpha"] == [
        {"value": 5, "unitCode": "CEL"},
        {"value": 3, "datasetId": "urn:d:2"},
    ]
    with pytest.raises(BadRequestData, match="datasetId"):
        merged(state, alpha={"value": 1, "datasetId": NULL})


def test_another_type_takes_its_value_along_and_what_it_may_have():
    state = state_of(alpha={"value": 1, "unitCode": "CEL", "observedAt": TIME, "beta": 2})

    assert shown(merged(state, alpha={"type": "Relationship", "object": "urn:a:2"}), "concise") == {
        "alpha": {"object": "urn:a:2", "observedAt": TIME, "beta": 2}
    }


@pytest.mark.parametrize(
    ("stored", "told", "new"),
    [
        ({"object": "urn:a:1"}, "urn:a:2", {"type": "Relationship", "object": "urn:a:2"}),
        (POINT, {**POINT, "coordinates": [8, 52]}, {"type": "GeoProperty", "value": {**POINT, "coordinates": [8, 52]}}),
        ({"vocab": "x"}, "y", {"type": "VocabProperty", "vocab": "y"}),
        ({"vocab": "x"}, {"vocab": "y"}, {"type": "VocabProperty", "vocab": "y"}),
        ({"json": {"a": 1}}, {"b": 2}, {"type": "JsonProperty", "json": {"a": 1, "b": 2}}),
        ({"languageMap": {"de": "x"}}, {"languageMap": {"en": "y"}}, {"de": "x", "en": "y"}),
        ({"objectList": ["urn:a:1"]}, ["urn:a:2"], {"type": "ListRelationship", "objectList": [{"object": "urn:a:2"}]}),
        ({"valueList": [1]}, [2, 3], {"type": "ListProperty", "valueList": [2, 3]}),
        ({"value": {"a": 1}}, {"value": 5}, {"type": "Property", "value": {"a": 1, "value": 5}}),
        (1, True, {"type": "Property", "value": True}),
    ],
)
def test_simplified_values_keep_the_type_of_the_attribute(stored, told, new):
    (attribute,) = shown(merged(state_of(alpha=stored), simplified=True, alpha=told)).values()

    assert attribute == new or attribute == {"type": "LanguageProperty", "languageMap": new}


def test_simplified_values_must_not_change_the_type():
    with pytest.raises(BadRequestData, match="it is a Property, and simplified data must not make it a VocabProperty"):
        merged(state_of(alpha=1), simplified=True, alpha={"vocab": "x"})
    with pytest.raises(BadRequestData, match="Attribute 'alpha': 'object' must be a URI"):
        merged(state_of(alpha={"object": "urn:a:1"}), simplified=True, alpha="x")


def test_a_new_attribute_shows_its_type():
    new = merged(state_of(), location=POINT, alpha=5, beta={"object": "urn:a:2"}, gamma={"value": {"a": 1, "b": NULL}})

    assert shown(new) == {
        "location": {"type": "GeoProperty", "value": POINT},
        "alpha": {"type": "Property", "value": 5},
        "beta": {"type": "Relationship", "object": "urn:a:2"},
        "gamma": {"type": "Property", "value": {"a": 1}},
    }


@pytest.mark.parametrize("told", ["Neu", ["Neu", "Frisch"]])
def test_a_text_without_a_language_goes_into_the_common_one(told):
    state = state_of(alpha={"languageMap": {"de": "Alt", "en": "Old"}})

    assert shown(merged(state, lang="de", alpha=told))["alpha"]["languageMap"] == {"de": told, "en": "Old"}
    with pytest.raises(BadRequestData, match="'languageMap' must be an object"):
        merged(state, alpha=told)


def test_the_common_time_is_that_of_attributes_that_have_one_and_are_told_none():
    state = state_of(alpha={"value": 1, "observedAt": TIME}, beta={"value": 1, "observedAt": TIME}, gamma=1)

    new = shown(merged(state, observed_at=LATER, alpha=2, gamma=2, beta={"value": 2, "observedAt": THEN}))

    assert new["alpha"] == {"type": "Property", "value": 2, "observedAt": LATER}
    assert new["beta"]["observedAt"] == THEN
    assert new["gamma"] == {"type": "Property", "value": 2}


def test_types_are_added_and_scopes_replaced():
    new = merged(state_of(scope="/A"), type="U", scope=["/B", "/C"])

    assert new.types == [CORE.expand("T"), CORE.expand("U")]
    assert new.scopes == ["/B", "/C"]
    assert merged(new, scope=NULL).scopes == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"value": [NULL]}, "must not hold urn:ngsi-ld:null"),
        ({"value": {"a": [NULL]}}, "must not hold urn:ngsi-ld:null"),
        ({"value": None}, "must not be null"),
        (None, "must not be null"),
        ({"type": "Relationship", "object": "urn:a:2", "unitCode": "CEL"}, "must not hold 'unitCode'"),
        ({"type": "Relationship", "value": 5}, "must not hold 'value'"),
        ({"value": 5, "previousValue": 4}, "must not hold 'previousValue'"),
        ({"languageMap": {"de": "x"}, "valueType": "string"}, "must be langString"),
        ({"entityIdSealed": "urn:a:1"}, "must not hold 'entityIdSealed'"),
        ({"value": {"x": {"@context": {}}}}, "@context stands in the entity"),
        ([{"value": 5}, {"value": 6}], "several instances without 'datasetId'"),
    ],
)
def test_what_cannot_be_merged_is_refused_with_the_name_of_the_attribute(told, words):
    with pytest.raises(BadRequestData, match=f"'alpha'.*{words}"):
        merged(state_of(alpha=1), alpha=told)


def test_a_place_stays_a_place_and_a_proof_a_proof():
    with pytest.raises(BadRequestData, match="'location': it must be a GeoProperty"):
        merged(state_of(location=POINT), location={"type": "Property", "value": 5})
    with pytest.raises(BadRequestData, match="'location'"):
        merged(state_of(location=POINT), location={"value": {"coordinates": [200, 0]}})
    with pytest.raises(BadRequestData, match="a proof must be a Property with an object"):
        merged(state_of(ngsildproof={"value": {"type": "P"}}), ngsildproof={"value": 5})


@given(attributes(), attributes())
def test_merging_tells_nothing_less_and_mutates_nothing(stored, told):
    state = state_of(**stored)
    before = copy.deepcopy(state)

    new = merged(state, **told) if told else state

    assert state == before
    assert new.attributes.keys() == state.attributes.keys() | state_of(**told).attributes.keys()
    assert all(
        new.attributes[name] is state.attributes[name] for name in state.attributes.keys() - state_of(**told).attributes
    )


@given(attributes().filter(lambda told: "None" not in repr(told)))
def test_merging_an_entity_into_one_without_attributes_is_creating_them(told):
    new = merged(state_of(), type="T", **told)

    assert shown(new) == shown(state_of(**told))
