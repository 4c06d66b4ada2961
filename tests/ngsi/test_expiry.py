# SPDX-License-Identifier: EUPL-1.2
"""What of an entity is over at a time, and what is left of it."""

from datetime import UTC, datetime

import pytest

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import NULL
from broker.ngsi.expiry import earliest_expiry, living, lost_instances
from broker.ngsi.history import changes
from broker.ngsi.merging import Merge, merge_entity
from broker.ngsi.parsing import parse_entity, parse_fragment, parse_instance, parse_merge
from broker.ngsi.patching import append_attributes, partial_update, replace, update_attributes
from broker.ngsi.representation import Representation, render
from broker.ngsi.storage import freeze, from_document, thaw, to_document

THEN, NOW = "2026-01-01T00:00:00.000000Z", "2026-06-01T00:00:00.000000Z"
PAST, FUTURE, LATER = "2026-05-31T23:59:59Z", "2026-06-01T00:00:01Z", "2026-06-01T00:00:02Z"
BASE = {"id": "urn:a:1", "type": "T"}
ALPHA, BETA = CORE.expand("alpha"), CORE.expand("beta")


def state_of(**members):
    """An entity as it comes from the database."""
    state = freeze(replace(None, parse_entity({**BASE, **members}, CORE), THEN))
    time = datetime(2026, 1, 1, tzinfo=UTC)
    expires_at = None if state.expires_at is None else datetime.fromisoformat(state.expires_at)
    return from_document(state.id, state.types, state.scopes, to_document(state), time, time, expires_at)


def shown(state, *, sys_attrs=False):
    document = render(state, CORE, Representation("concise", sys_attrs=sys_attrs))
    return {name: member for name, member in document.items() if name not in BASE}


@pytest.mark.parametrize(
    "members", [{}, {"alpha": 1}, {"expiresAt": FUTURE}, {"alpha": {"value": 1, "expiresAt": FUTURE}}]
)
def test_what_is_not_over_stays_the_same(members):
    state = state_of(**members)

    assert living(state, NOW) is state
    assert lost_instances(state, NOW) == []


@pytest.mark.parametrize("time", [PAST, NOW, "2026-06-01T00:00:00Z"])
def test_an_entity_is_over_at_its_time(time):
    assert living(state_of(expiresAt=time, alpha=1), NOW) is None
    assert living(None, NOW) is None


def test_an_instance_and_a_sub_attribute_are_over_each_at_its_own_time():
    state = state_of(
        alpha=[{"value": 1, "expiresAt": FUTURE}, {"value": 2, "datasetId": "urn:d:1", "expiresAt": PAST}],
        beta={"object": "urn:a:2", "expiresAt": PAST},
        gamma={"value": 3, "delta": {"value": 4, "expiresAt": PAST}, "epsilon": 5},
    )

    left = living(state, NOW)

    assert shown(left) == {"alpha": 1, "gamma": {"value": 3, "epsilon": 5}}
    assert lost_instances(state, NOW) == [(ALPHA, "urn:d:1"), (BETA, None)]
    assert living(left, NOW) is left


def test_what_is_left_keeps_its_times():
    left = thaw(living(state_of(alpha={"value": 1, "expiresAt": PAST}, beta=2), NOW))

    assert left.modified_at == NOW
    assert left.attributes[BETA][0]["modifiedAt"] == THEN


@pytest.mark.parametrize(
    ("members", "earliest"),
    [
        ({"alpha": 1}, None),
        ({"expiresAt": LATER}, LATER),
        ({"expiresAt": LATER, "alpha": {"value": 1, "expiresAt": FUTURE}}, FUTURE),
        ({"alpha": {"value": 1, "beta": {"value": 1, "expiresAt": FUTURE}, "expiresAt": LATER}}, FUTURE),
    ],
)
def test_the_earliest_time_is_that_of_any_part(members, earliest):
    assert earliest_expiry(state_of(**members)) == earliest


def test_times_to_expire_are_shown_among_the_system_attributes_only():
    state = state_of(
        expiresAt=FUTURE, alpha={"value": 1, "expiresAt": FUTURE, "beta": {"value": 2, "expiresAt": LATER}}
    )

    assert "expiresAt" not in repr(shown(state))
    document = shown(state, sys_attrs=True)
    assert (document["expiresAt"], document["alpha"]["expiresAt"]) == (FUTURE, FUTURE)
    assert document["alpha"]["beta"]["expiresAt"] == LATER


def test_a_fragment_sets_and_clears_the_time_of_the_entity():
    state = thaw(state_of(alpha=1))

    def fragment(time):
        return parse_fragment({"expiresAt": time}, CORE, nulls=True)

    writes = [
        lambda current, time: append_attributes(current, fragment(time), NOW, overwrite=True).state,
        lambda current, time: update_attributes(current, fragment(time), NOW).state,
        lambda current, time: merge_entity(current, Merge(parse_merge({"expiresAt": time}, CORE), CORE), NOW),
    ]
    for write in writes:
        set_once = write(state, FUTURE)
        assert (set_once.expires_at, set_once.modified_at) == (FUTURE, NOW)
        assert write(set_once, FUTURE) is set_once
        assert write(set_once, NULL).expires_at is None
        assert write(state, NULL) is state
        assert changes(state.attributes, set_once.attributes, NOW) == []


def test_replacing_an_attribute_clears_its_time_and_updating_it_in_part_or_merging_keeps_it():
    state = thaw(state_of(alpha={"value": 1, "expiresAt": FUTURE}))

    updated = update_attributes(state, parse_fragment({"alpha": 2}, CORE, nulls=True), NOW).state
    partial = partial_update(state, ALPHA, parse_instance("alpha", {"value": 2}, CORE, nulls=True), NOW)
    merged = merge_entity(state, Merge(parse_merge({"alpha": 2}, CORE), CORE), NOW)
    cleared = merge_entity(state, Merge(parse_merge({"alpha": {"expiresAt": NULL}}, CORE), CORE), NOW)

    assert [earliest_expiry(one) for one in (updated, partial, merged, cleared)] == [None, FUTURE, FUTURE, None]
    assert shown(cleared) == {"alpha": 1}


def test_history_tells_nothing_of_times_to_expire():
    entity = parse_entity({**BASE, "alpha": {"value": 1, "expiresAt": FUTURE}}, CORE)

    (row,) = changes({}, entity.attributes, NOW)

    assert (row.number, row.value) == (1, None)
