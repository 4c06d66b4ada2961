# SPDX-License-Identifier: EUPL-1.2
"""Writes as functions: what they change, what they leave, and that they mutate nothing."""

import contextlib
import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.errors import AlreadyExists, BadRequestData, NotFound, RequestError
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.parsing import parse_entity, parse_fragment, parse_instance
from broker.ngsi.patching import (
    append_attributes,
    create,
    delete_attribute,
    partial_update,
    replace,
    update_attributes,
    upsert_update,
)
from broker.ngsi.representation import Representation, render
from tests.ngsi.strategies import attributes, entities

THEN, NOW = "2026-01-01T00:00:00.000000Z", "2026-11-25T02:00:00.000000Z"
BASE = {"id": "urn:a:1", "type": "T"}
ALPHA, BETA, PLACE = CORE.expand("alpha"), CORE.expand("beta"), CORE.expand("location")
OTHER = "urn:d:1"


def state_of(**members):
    return replace(None, parse_entity({**BASE, **members}, CORE), THEN)


def fragment_of(**members):
    return parse_fragment(members, CORE, nulls=True)


def part_of(body):
    return parse_instance("alpha", body, CORE, nulls=True)


def shown(state):
    return render(state, CORE, Representation("concise"))


@pytest.fixture
def current():
    return state_of(alpha=[{"value": 1, "unitCode": "CEL"}, {"value": 2, "datasetId": OTHER}], beta=3, scope=["/A"])


def test_creating_gives_every_instance_its_times(current):
    (default, other) = current.attributes[ALPHA]

    assert (current.created_at, current.modified_at) == (THEN, THEN)
    assert default == {"type": "Property", "value": 1, "unitCode": "CEL", "createdAt": THEN, "modifiedAt": THEN}
    assert other["datasetId"] == OTHER


def test_creating_what_exists_is_refused(current):
    with pytest.raises(AlreadyExists, match="urn:a:1 already exists"):
        create(current, parse_entity(BASE, CORE), NOW)


def test_replacing_keeps_the_time_of_creation_only(current):
    state = replace(current, parse_entity({"id": "urn:a:1", "type": "U", "beta": 4}, CORE), NOW)

    assert shown(state) == {"id": "urn:a:1", "type": "U", "beta": 4}
    assert (state.created_at, state.modified_at) == (THEN, NOW)
    assert state.scopes == []


def test_an_upsert_that_updates_overwrites_and_adds(current):
    state = upsert_update(current, parse_entity({"id": "urn:a:1", "type": "U", "alpha": 9}, CORE), NOW)

    assert shown(state)["type"] == ["T", "U"]
    assert shown(state)["alpha"] == [{"value": 9}, {"value": 2, "datasetId": OTHER}]
    assert state.scopes == ["/A"]
    assert shown(upsert_update(None, parse_entity({**BASE, "alpha": 9}, CORE), NOW))["alpha"] == 9


def test_appending_overwrites_and_leaves_the_rest_identical(current):
    patched = append_attributes(current, fragment_of(alpha=5, gamma=6), NOW, overwrite=True)

    assert shown(patched.state)["alpha"] == [{"value": 5}, {"value": 2, "datasetId": OTHER}]
    assert patched.state.attributes[ALPHA][0]["createdAt"] == THEN
    assert patched.state.attributes[ALPHA][0]["modifiedAt"] == patched.state.modified_at == NOW
    assert patched.state.attributes[ALPHA][1] is current.attributes[ALPHA][1]
    assert patched.state.attributes[BETA] is current.attributes[BETA]
    assert (patched.updated, patched.not_updated) == ([ALPHA, CORE.expand("gamma")], [])


def test_appending_without_overwriting_tells_what_existed(current):
    patched = append_attributes(
        current, fragment_of(alpha={"value": 5, "datasetId": "urn:d:2"}, beta=6, gamma=7), NOW, overwrite=False
    )

    assert len(patched.state.attributes[ALPHA]) == 3
    assert shown(patched.state)["beta"] == 3
    assert patched.updated == [ALPHA, CORE.expand("gamma")]
    assert [name for name, _ in patched.not_updated] == [BETA]


def test_a_write_that_changes_nothing_gives_the_same_state(current):
    assert append_attributes(current, fragment_of(beta=6, type="T"), NOW, overwrite=False).state is current
    assert update_attributes(current, fragment_of(gamma=NULL), NOW).state is current


def test_appending_scopes_replaces_or_adds(current):
    fragment = fragment_of(scope=["/B"])

    assert append_attributes(current, fragment, NOW, overwrite=True).state.scopes == ["/B"]
    assert append_attributes(current, fragment, NOW, overwrite=False).state.scopes == ["/A", "/B"]


def test_updating_replaces_whole_instances_and_appends_unknown_attributes(current):
    patched = update_attributes(current, fragment_of(alpha={"object": "urn:a:2"}, gamma=7, type="U"), NOW)

    assert shown(patched.state)["alpha"] == [{"object": "urn:a:2"}, {"value": 2, "datasetId": OTHER}]
    assert shown(patched.state)["gamma"] == 7
    assert shown(patched.state)["type"] == ["T", "U"]
    assert patched.not_updated == []


def test_updating_by_null_deletes_an_instance_or_an_attribute(current):
    default = update_attributes(current, fragment_of(alpha=NULL), NOW).state
    other = update_attributes(current, fragment_of(alpha={"value": NULL, "datasetId": OTHER}), NOW).state
    last = update_attributes(current, fragment_of(beta=NULL), NOW).state

    assert shown(default)["alpha"] == {"value": 2, "datasetId": OTHER}
    assert shown(other)["alpha"] == {"value": 1, "unitCode": "CEL"}
    assert BETA not in last.attributes


def test_updating_tells_what_was_not_there_to_delete(current):
    patched = update_attributes(current, fragment_of(gamma=NULL, beta=4), NOW)

    assert patched.updated == [BETA]
    assert [name for name, _ in patched.not_updated] == [CORE.expand("gamma")]


def test_updating_scopes_needs_some():
    without, with_scope = state_of(beta=1), state_of(beta=1, scope="/A")

    assert update_attributes(without, fragment_of(scope="/B"), NOW).not_updated[0][0] == "scope"
    assert update_attributes(without, fragment_of(scope="/B"), NOW).state.scopes == []
    assert update_attributes(with_scope, fragment_of(scope="/B"), NOW).state.scopes == ["/B"]


def test_a_partial_update_keeps_what_it_does_not_mention(current):
    state = partial_update(current, ALPHA, part_of({"value": 9}), NOW)

    assert state.attributes[ALPHA][0] == {
        "type": "Property",
        "value": 9,
        "unitCode": "CEL",
        "createdAt": THEN,
        "modifiedAt": NOW,
    }
    assert state.attributes[ALPHA][1] is current.attributes[ALPHA][1]


def test_a_partial_update_finds_the_instance_of_a_dataset(current):
    state = partial_update(current, ALPHA, part_of({"value": 9, "datasetId": OTHER}), NOW)

    assert shown(state)["alpha"][1] == {"value": 9, "datasetId": OTHER}
    assert state.attributes[ALPHA][0] is current.attributes[ALPHA][0]


def test_a_partial_update_by_null_deletes(current):
    state = partial_update(current, ALPHA, part_of({"value": NULL}), NOW)

    assert shown(state)["alpha"] == {"value": 2, "datasetId": OTHER}


@pytest.mark.parametrize(
    ("attribute", "body", "error"),
    [
        (CORE.expand("gamma"), {"value": 1}, NotFound),
        (ALPHA, {"value": 1, "datasetId": "urn:d:9"}, NotFound),
        (ALPHA, {"type": "Relationship", "object": "urn:a:2"}, BadRequestData),
        (ALPHA, {"object": "urn:a:2"}, BadRequestData),
        (CORE.expand("link"), {"value": 5}, BadRequestData),
        (CORE.expand("link"), {"unitCode": "CEL"}, BadRequestData),
        (ALPHA, {"objectType": "T"}, BadRequestData),
        (PLACE, {"value": 5}, BadRequestData),
        (PLACE, {"value": {"type": "Point", "coordinates": [7, 151]}}, BadRequestData),
    ],
)
def test_a_partial_update_changes_neither_type_nor_what_is_not_there(attribute, body, error):
    current = state_of(alpha=1, link={"object": "urn:a:2"}, location={"type": "Point", "coordinates": [7, 51]})

    with pytest.raises(error):
        partial_update(current, attribute, part_of(body), NOW)


def test_members_that_only_some_types_have_are_updated_without_saying_the_type():
    current = state_of(alpha={"object": "urn:a:2"}, beta=1)

    linked = partial_update(current, ALPHA, part_of({"objectType": "Room"}), NOW)
    measured = partial_update(current, BETA, part_of({"unitCode": "CEL"}), NOW)

    assert shown(linked)["alpha"] == {"object": "urn:a:2", "objectType": "Room"}
    assert shown(measured)["beta"] == {"value": 1, "unitCode": "CEL"}


def test_a_place_is_moved_by_its_value_alone():
    current = state_of(location={"type": "Point", "coordinates": [7, 51]})

    state = partial_update(current, PLACE, part_of({"value": {"type": "Point", "coordinates": [8, 52]}}), NOW)

    assert shown(state)["location"] == {"type": "Point", "coordinates": [8, 52]}


def test_deleting_takes_the_default_instance_that_of_a_dataset_or_all(current):
    assert shown(delete_attribute(current, ALPHA, None, False, NOW))["alpha"] == {"value": 2, "datasetId": OTHER}
    assert shown(delete_attribute(current, ALPHA, OTHER, False, NOW))["alpha"] == {"value": 1, "unitCode": "CEL"}
    assert ALPHA not in delete_attribute(current, ALPHA, None, True, NOW).attributes
    for attribute, dataset in [(CORE.expand("gamma"), None), (BETA, OTHER)]:
        with pytest.raises(NotFound):
            delete_attribute(current, attribute, dataset, False, NOW)


@settings(max_examples=60)
@given(entities(), attributes(), st.sampled_from(["append", "keep", "update", "replace", "upsert"]))
def test_no_write_mutates_what_was_or_what_is_asked(body, changes, operation):
    current = replace(None, parse_entity(body, CORE), THEN)
    fragment = parse_entity({**BASE, **changes}, CORE)
    before = copy.deepcopy((current, fragment))

    if operation == "append":
        state = append_attributes(current, fragment, NOW, overwrite=True).state
    elif operation == "keep":
        state = append_attributes(current, fragment, NOW, overwrite=False).state
    elif operation == "update":
        state = update_attributes(current, fragment, NOW).state
    elif operation == "replace":
        state = replace(current, fragment, NOW)
    else:
        state = upsert_update(current, fragment, NOW)

    assert (current, fragment) == before
    assert state is current or (state.created_at, state.modified_at) == (THEN, NOW)
    untouched = current.attributes.keys() - fragment.attributes.keys()
    if operation != "replace":
        assert all(state.attributes[name] is current.attributes[name] for name in untouched)


@settings(max_examples=60)
@given(entities(), attributes(most=1), st.booleans())
def test_partial_updates_and_deletions_mutate_nothing(body, changes, delete_all):
    current = replace(None, parse_entity(body, CORE), THEN)
    before = copy.deepcopy(current)

    for name, value in changes.items():
        iri = CORE.expand(name)
        part = {key: member for key, member in value.items() if key != "type"} if isinstance(value, dict) else {}
        with contextlib.suppress(RequestError):
            partial_update(current, iri, parse_instance(name, part, CORE, nulls=True), NOW)
        with contextlib.suppress(NotFound):
            delete_attribute(current, iri, None, delete_all, NOW)

    assert current == before


@settings(max_examples=60)
@given(entities(), entities())
def test_appending_twice_is_as_good_as_once(body, other):
    current = replace(None, parse_entity(body, CORE), THEN)
    fragment = parse_entity({**other, **BASE}, CORE)

    once = append_attributes(current, fragment, NOW, overwrite=True).state
    twice = append_attributes(once, fragment, NOW, overwrite=True).state

    assert twice == once
