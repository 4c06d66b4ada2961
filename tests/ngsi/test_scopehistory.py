# SPDX-License-Identifier: EUPL-1.2
"""Scopes that are told as instances, and what becomes current of them."""

import orjson
import pytest

from allmende.errors import BadRequestData
from broker.ngsi.entities import State
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.instants import to_instant
from broker.ngsi.scopehistory import scope_changes, split_scopes, with_told_scopes

NOW = "2026-06-01T12:00:00.000000Z"
EARLY, LATE = "2026-06-01T10:00:00Z", "2026-06-01T11:00:00Z"


def told(value, time=EARLY, **members):
    return {"type": "Property", "value": value, "observedAt": time, **members}


def state(scopes):
    return State("urn:a:1", ["T"], {}, scopes, NOW, NOW)


def test_a_change_of_scopes_is_a_row_that_was_observed_when_it_was_made():
    (row,) = scope_changes(state(["/A"]), state(["/A", "/B"]), NOW)

    assert (row.attribute, row.time, row.observed, row.deleted) == (SCOPE_IRI, NOW, True, False)
    assert orjson.loads(row.value) == {"type": "Property", "value": ["/A", "/B"]}
    assert scope_changes(state(["/A"]), state(["/A"]), NOW) == []


@pytest.mark.parametrize("after", [None, state([])])
def test_scopes_that_go_leave_the_row_of_their_deletion(after):
    (row,) = scope_changes(state(["/A"]), after, NOW)

    assert (row.observed, row.deleted) == (False, True)
    assert orjson.loads(row.value)["value"] == []


def test_scopes_without_a_time_stay_in_the_body():
    assert split_scopes({"id": "urn:a:1", "scope": ["/A", "/B"]}) == ({"id": "urn:a:1", "scope": ["/A", "/B"]}, [])
    assert split_scopes({"scope": {"type": "Property", "value": "/A"}}) == ({"scope": ["/A"]}, [])


def test_instances_of_scopes_become_rows_and_the_last_of_a_time_counts():
    body, rows = split_scopes({"id": "urn:a:1", "scope": [told("/A"), told(["/B", "/C"]), told("/D", LATE)]})

    assert body == {"id": "urn:a:1"}
    assert [(row.time, orjson.loads(row.value)["value"]) for row in rows] == [(EARLY, ["/B", "/C"]), (LATE, "/D")]


@pytest.mark.parametrize(
    "scope",
    [
        [told("/A"), "/B"],
        [told("/A"), {"type": "Property", "value": "/B"}],
        [told("/A", unitCode="CEL")],
        [told("/A", type="Relationship")],
        [told("9")],
        [{"type": "Property", "observedAt": EARLY}],
        told("/A", "yesterday"),
    ],
)
def test_an_instance_of_scopes_that_is_none_is_refused(scope):
    with pytest.raises(BadRequestData, match=r"(?i)scope"):
        split_scopes({"scope": scope})


@pytest.mark.parametrize(
    ("newest", "expected"),
    [(None, ["/B"]), (EARLY, ["/B"]), (LATE, ["/B"]), ("2026-06-01T11:30:00Z", ["/Z"])],
)
def test_the_last_scopes_that_are_told_are_current_unless_newer_ones_are_known(newest, expected):
    _, rows = split_scopes({"scope": [told("/B", LATE), told("/A")]})

    after = with_told_scopes(state(["/Z"]), rows, None if newest is None else to_instant(newest), NOW)

    assert after.scopes == expected
