# SPDX-License-Identifier: EUPL-1.2
"""What is rendered is read again as the same entity, in every form."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.contexts import CORE, compile_context
from broker.ngsi.entities import Entity, State
from broker.ngsi.parsing import parse_entity, parse_temporal_entity
from broker.ngsi.patching import replace
from broker.ngsi.representation import Representation, Told, render, render_temporal
from tests.ngsi.strategies import entities

NOW = "2026-11-25T02:00:00.000000Z"
CITY = compile_context({"alpha": "http://x.org/alpha", "ex": "http://ex.org/", "Room": "ex:Room"}, lambda url: {})
NORMALIZED, CONCISE, SIMPLIFIED = (Representation(form) for form in ("normalized", "concise", "simplified"))
BASE = {"id": "urn:a:1", "type": "T"}


def state_of(body, context=CORE):
    return replace(None, parse_entity(body, context), NOW)


def without_times(attributes):
    if isinstance(attributes, dict):
        return {
            name: without_times(part) for name, part in attributes.items() if name not in {"createdAt", "modifiedAt"}
        }
    return [without_times(part) for part in attributes] if isinstance(attributes, list) else attributes


def said(state):
    return Entity(state.id, state.types, without_times(state.attributes), state.scopes or None)


@settings(max_examples=150)
@given(st.sampled_from([CORE, CITY]), st.sampled_from(["normalized", "concise"]), entities(), st.booleans())
def test_what_is_rendered_is_read_as_the_same_entity(context, form, body, sys_attrs):
    state = state_of(body, context)

    document = render(state, context, Representation(form, sys_attrs=sys_attrs))

    assert parse_entity(document, context) == said(state)


@settings(max_examples=50)
@given(entities())
def test_the_simplified_form_is_read_without_loss_of_values(body):
    state = state_of(body)

    document = render(state, CORE, SIMPLIFIED)

    assert render(state_of(document), CORE, SIMPLIFIED) == document


@pytest.mark.parametrize(
    ("concise", "normalized"),
    [
        (5, {"type": "Property", "value": 5}),
        ("x", {"type": "Property", "value": "x"}),
        ([1, 2], {"type": "Property", "value": [1, 2]}),
        ([{"a": 1}], {"type": "Property", "value": [{"a": 1}]}),
        ({"a": 1}, {"type": "Property", "value": {"a": 1}}),
        ({"type": "PostalAddress", "street": "A"}, {"type": "Property", "value": {"type": "PostalAddress", "street": "A"}}),
        ({"value": 5, "unitCode": "CEL"}, {"type": "Property", "value": 5, "unitCode": "CEL"}),
        ({"value": 5, "b": 6}, {"type": "Property", "value": 5, "b": {"type": "Property", "value": 6}}),
        ({"object": "urn:a:2"}, {"type": "Relationship", "object": "urn:a:2"}),
        ({"type": "Point", "coordinates": [7, 51]}, {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}}),
        ({"value": {"type": "Point", "coordinates": [7, 51]}}, {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}}),
        ({"languageMap": {"de": "x"}}, {"type": "LanguageProperty", "languageMap": {"de": "x"}}),
        ({"vocab": "x"}, {"type": "VocabProperty", "vocab": "x"}),
        ({"json": {"a": 1}}, {"type": "JsonProperty", "json": {"a": 1}}),
        ({"valueList": [1]}, {"type": "ListProperty", "valueList": [1]}),
        ({"objectList": ["urn:a:2"]}, {"type": "ListRelationship", "objectList": [{"object": "urn:a:2"}]}),
        ([{"value": 1}, {"value": 2, "datasetId": "urn:d:1"}], [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}]),
        ({"dataset": {"@none": 1, "urn:d:1": 2}}, [{"type": "Property", "value": 1}, {"type": "Property", "value": 2, "datasetId": "urn:d:1"}]),
        ({"@type": "Property", "value": 5}, {"type": "Property", "value": 5}),
        ({"type": "https://uri.etsi.org/ngsi-ld/Property", "value": 5}, {"type": "Property", "value": 5}),
    ],
)  # fmt: skip
def test_concise_and_simplified_attributes_are_read_as_normalized_ones(concise, normalized):
    entity = parse_entity({**BASE, "alpha": concise}, CORE)

    assert entity == parse_entity({**BASE, "alpha": normalized}, CORE)
    assert render(state_of({**BASE, "alpha": concise}), CORE, NORMALIZED)["alpha"] == normalized


def test_the_default_instance_comes_first_and_is_never_named():
    body = {**BASE, "alpha": [{"value": 1, "datasetId": "urn:d:1"}, {"value": 2, "datasetId": "@none"}]}

    document = render(state_of(body), CORE, NORMALIZED)

    assert document["alpha"] == [
        {"type": "Property", "value": 2},
        {"type": "Property", "value": 1, "datasetId": "urn:d:1"},
    ]
    assert render(state_of(body), CORE, SIMPLIFIED)["alpha"] == {"dataset": {"@none": 2, "urn:d:1": 1}}


def test_system_attributes_are_shown_where_they_are_asked_for_only():
    state = state_of({**BASE, "alpha": {"type": "Property", "value": 1, "createdAt": "1999-01-01T00:00:00Z"}})

    shown = render(state, CORE, Representation("normalized", sys_attrs=True))

    assert shown["createdAt"] == shown["modifiedAt"] == NOW
    assert shown["alpha"] == {"type": "Property", "value": 1, "createdAt": NOW, "modifiedAt": NOW}
    assert "createdAt" not in str(render(state, CORE, NORMALIZED))


def test_only_the_attributes_that_are_asked_for_are_shown():
    state = state_of({**BASE, "alpha": 1, "beta": 2})

    shown = render(state, CORE, Representation("simplified", attrs=frozenset({CORE.expand("alpha")})))

    assert shown == {**BASE, "alpha": 1}


def test_names_are_those_of_the_context_that_reads():
    state = state_of({**BASE, "alpha": {"vocab": ["alpha", "other"]}}, CITY)

    assert render(state, CITY, NORMALIZED)["alpha"]["vocab"] == ["alpha", "other"]
    assert render(state, CORE, NORMALIZED)["http://x.org/alpha"]["vocab"] == ["http://x.org/alpha", "other"]


def test_an_entity_of_several_types_and_scopes_lists_them():
    state = state_of({"id": "urn:a:1", "type": ["T", "U"], "scope": ["/A", "/B"]})

    assert render(state, CORE, SIMPLIFIED) == {"id": "urn:a:1", "type": ["T", "U"], "scope": ["/A", "/B"]}


def test_history_is_a_list_of_instances_or_of_values_with_their_times():
    first, second = "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"
    body = {
        **BASE,
        "alpha": [{"value": 1, "observedAt": first}, {"value": 2, "observedAt": second}],
        "beta": [{"vocab": "x", "observedAt": first, "datasetId": "urn:d:1"}],
    }
    entity = parse_temporal_entity(body, CORE)

    head = Told(entity.id, entity.types)
    normalized = render_temporal(head, entity.attributes, {}, CORE, NORMALIZED, temporal_values=False)
    values = render_temporal(head, entity.attributes, {}, CORE, NORMALIZED, temporal_values=True)

    assert [instance["value"] for instance in normalized["alpha"]] == [1, 2]
    assert normalized["alpha"][0] == {"type": "Property", "value": 1, "observedAt": first}
    assert values["alpha"] == {"type": "Property", "values": [[1, first], [2, second]]}
    assert values["beta"] == {"type": "VocabProperty", "datasetId": "urn:d:1", "vocabs": [[{"vocab": "x"}, first]]}


@pytest.mark.parametrize(
    ("attribute", "member", "value"),
    [
        ({"type": "Property", "value": {"a": 1}}, "values", {"a": 1}),
        ({"type": "GeoProperty", "value": {"type": "Point", "coordinates": [7, 51]}}, "values", {"type": "Point", "coordinates": [7, 51]}),
        ({"type": "Relationship", "object": "urn:a:2"}, "objects", "urn:a:2"),
        ({"type": "LanguageProperty", "languageMap": {"de": "x"}}, "languageMaps", {"languageMap": {"de": "x"}}),
        ({"type": "JsonProperty", "json": {"a": 1}}, "jsons", {"json": {"a": 1}}),
        ({"type": "VocabProperty", "vocab": "x"}, "vocabs", {"vocab": "x"}),
        ({"type": "ListProperty", "valueList": [1, 2]}, "valueLists", [1, 2]),
        ({"type": "ListRelationship", "objectList": ["urn:a:2"]}, "objectLists", ["urn:a:2"]),
    ],
)  # fmt: skip
def test_pairs_of_history_have_values_of_each_type_of_attribute_and_nothing_else(attribute, member, value):
    time = "2026-01-01T00:00:00Z"
    told = {**attribute, "observedAt": time, "datasetId": "urn:d:1", "accuracy": {"type": "Property", "value": 1}}
    entity = parse_temporal_entity({**BASE, "alpha": [told]}, CORE)

    document = render_temporal(
        Told(entity.id, entity.types), entity.attributes, {}, CORE, NORMALIZED, temporal_values=True
    )

    assert document["alpha"] == {"type": attribute["type"], "datasetId": "urn:d:1", member: [[value, time]]}


def test_values_of_history_stand_with_the_time_that_is_asked_for():
    observed, modified = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    instance = {"type": "Property", "value": 1, "observedAt": observed, "modifiedAt": modified}

    for asked, time in [("observedAt", observed), ("modifiedAt", modified), ("deletedAt", modified)]:
        shown = render_temporal(
            Told("urn:a:1", ["T"]),
            {CORE.expand("alpha"): [instance]},
            {},
            CORE,
            NORMALIZED,
            temporal_values=True,
            timeproperty=asked,
        )

        assert shown["alpha"]["values"] == [[1, time]]


def test_rendering_leaves_the_state_as_it_was():
    state = state_of({**BASE, "alpha": {"objectList": ["urn:a:2"]}, "beta": {"value": 1, "sub": {"value": 2}}})
    before = copy.deepcopy(state)

    for form in (NORMALIZED, CONCISE, SIMPLIFIED):
        render(state, CORE, form)

    assert isinstance(state, State)
    assert state == before


@pytest.mark.parametrize(
    ("attribute", "simplified"),
    [
        ({"type": "Property", "value": {"a": 1}}, {"a": 1}),
        ({"type": "Relationship", "object": "urn:a:2"}, "urn:a:2"),
        ({"type": "ListProperty", "valueList": [1, 2]}, [1, 2]),
        ({"type": "ListRelationship", "objectList": ["urn:a:2", "urn:a:3"]}, ["urn:a:2", "urn:a:3"]),
        ({"type": "LanguageProperty", "languageMap": {"de": "x"}}, {"languageMap": {"de": "x"}}),
        ({"type": "JsonProperty", "json": {"a": 1}}, {"json": {"a": 1}}),
        ({"type": "VocabProperty", "vocab": "x"}, {"vocab": "x"}),
        (
            [{"type": "VocabProperty", "vocab": "x"}, {"type": "Property", "value": 1, "datasetId": "urn:d:1"}],
            {"dataset": {"@none": {"vocab": "x"}, "urn:d:1": 1}},
        ),
    ],
)
def test_the_simplified_form_has_values_of_which_some_name_their_member(attribute, simplified):
    assert render(state_of({**BASE, "alpha": attribute}), CORE, SIMPLIFIED)["alpha"] == simplified
