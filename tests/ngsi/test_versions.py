# SPDX-License-Identifier: EUPL-1.2
"""Entities for readers of earlier versions of NGSI-LD."""

import pytest
from hypothesis import given

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.parsing import parse_entity
from broker.ngsi.patching import replace
from broker.ngsi.representation import Representation, render
from broker.ngsi.versions import CURRENT, amend, amend_history, parse_version
from tests.ngsi.model import BASE, JSON, LANGUAGE, LINKS, LIST, PLACE, PROPERTY, RELATIONSHIP, VOCAB
from tests.ngsi.strategies import entities

NOW = "2026-11-25T02:00:00.000000Z"


def amended(body, version):
    state = amend(replace(None, parse_entity({**BASE, **body}, CORE), NOW), version, CORE)
    return render(state, CORE, Representation("normalized"))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.5", (1, 5)),
        ("1.9.1", (1, 9)),
        ("2.0", CURRENT),
        ("0.1", (1, 0)),
        ("1", None),
        ("", None),
        ("a.b", None),
        ("1.5x", None),
    ],
)
def test_a_version_is_two_numbers_and_none_later_than_ours(text, version):
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("attribute", "since", "before"),
    [
        (VOCAB, (1, 8), {"type": "Property", "value": "x"}),
        (JSON, (1, 8), {"type": "Property", "value": {"a": 1}}),
        (LIST, (1, 8), {"type": "Property", "value": [1]}),
        (LINKS, (1, 8), {"type": "Relationship", "object": ["urn:a:2"]}),
        (LANGUAGE, (1, 4), {"type": "Property", "value": {"de": "x"}}),
        ({**RELATIONSHIP, "objectType": "Room"}, (1, 8), RELATIONSHIP),
        ({**PROPERTY, "valueType": "Room"}, (1, 9), PROPERTY),
        ({**PROPERTY, "unitCode": "CEL", "observedAt": NOW}, (1, 3), PROPERTY),
        ({**PROPERTY, "beta": VOCAB}, (1, 8), {**PROPERTY, "beta": {"type": "Property", "value": "x"}}),
        ([PROPERTY, {**PROPERTY, "datasetId": "urn:d:1"}], (1, 3), PROPERTY),
        ([{**PROPERTY, "datasetId": "urn:d:1"}], (1, 3), PROPERTY),
    ],
)
def test_what_came_later_is_rewritten_or_left_out(attribute, since, before):
    later = amended({"alpha": attribute}, since)["alpha"]
    earlier = amended({"alpha": attribute}, (since[0], since[1] - 1))["alpha"]

    assert "VocabProperty" not in str(earlier)
    assert earlier == before != later


def test_several_types_and_scopes_came_later():
    body = {"type": ["T", "U"], "scope": "/A"}

    assert amended(body, (1, 4)) == {"id": BASE["id"], "type": ["T", "U"], "scope": "/A"}
    assert amended(body, (1, 3)) == {"id": BASE["id"], "type": ["T", "U"]}
    assert amended(body, (1, 2)) == {"id": BASE["id"], "type": "T"}


def test_the_time_of_an_entity_to_expire_came_later():
    state = replace(None, parse_entity({**BASE, "expiresAt": "2036-01-01T00:00:00Z"}, CORE), NOW)

    assert amend(state, (1, 9), CORE) is state
    assert amend(state, (1, 8), CORE).expires_at is None


def observed(kind, number, **members):
    return {**kind, "observedAt": f"2026-11-25T01:50:3{number}Z", **members}


def test_instances_of_the_past_are_rewritten_and_keep_their_times():
    vocabulary = {"type": "VocabProperty", "vocab": CORE.expand("x")}
    told = {"alpha": [observed(vocabulary, 1), observed(PROPERTY, 2)]}

    attributes, kinds = amend_history(told, {"beta": "JsonProperty"}, (1, 2), CORE)

    assert attributes["alpha"] == [observed({"type": "Property", "value": "x"}, 1), observed(PROPERTY, 2)]
    assert kinds == {"beta": "Property"}


@pytest.mark.parametrize("kind", [LANGUAGE, VOCAB, JSON, LIST, LINKS])
def test_what_was_deleted_is_told_as_such_in_every_version(kind):
    (member,) = kind.keys() - {"type"}
    deleted = {"type": kind["type"], member: {"@none": NULL} if member == "languageMap" else NULL}

    attributes, _ = amend_history({"alpha": [deleted]}, {}, (1, 3), CORE)

    before = "object" if kind is LINKS else "value"
    assert attributes["alpha"] == [{"type": "Relationship" if kind is LINKS else "Property", before: NULL}]


def test_early_versions_know_the_past_of_one_dataset_and_no_scopes():
    one, two = {"datasetId": "urn:d:1"}, {"datasetId": "urn:d:2"}
    told = {
        "alpha": [observed(PROPERTY, 1, **one), observed(PROPERTY, 2), observed(PROPERTY, 3)],
        "beta": [observed(PROPERTY, 1, **one), observed(PROPERTY, 2, **two), observed(PROPERTY, 3, **one)],
        SCOPE_IRI: [{"type": "Property", "value": ["/A"]}],
    }

    attributes, _ = amend_history(told, {}, (1, 2), CORE)

    assert attributes == {
        "alpha": [observed(PROPERTY, 2), observed(PROPERTY, 3)],
        "beta": [observed(PROPERTY, 1), observed(PROPERTY, 3)],
    }
    assert SCOPE_IRI in amend_history(told, {}, (1, 4), CORE)[0]


def test_a_past_that_was_always_understood_stays_the_same_object():
    told, kinds = {"alpha": [observed(PROPERTY, 1)]}, {"beta": "Property"}

    assert amend_history(told, kinds, (1, 3), CORE) == (told, kinds)
    assert amend_history(told, kinds, (1, 3), CORE)[0] is told


@pytest.mark.parametrize("attribute", [PROPERTY, RELATIONSHIP, PLACE])
def test_what_was_always_there_stays_the_same_object(attribute):
    state = replace(None, parse_entity({**BASE, "alpha": attribute}, CORE), NOW)

    assert amend(state, (1, 0), CORE) is state


@given(entities())
def test_whoever_reads_our_version_is_given_what_is_stored(body):
    state = replace(None, parse_entity(body, CORE), NOW)

    assert amend(state, CURRENT, CORE) is state
