# SPDX-License-Identifier: EUPL-1.2
"""What processes tell each other: short enough for PostgreSQL, and nothing of it is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allmende.database.channel import MOST_BYTES
from broker.engine.notices import (
    Bye,
    Doubt,
    Gone,
    Hello,
    Here,
    Told,
    read_changes,
    read_notice,
    write_notice,
    write_notices,
)
from broker.engine.pending import MOST_TOLD, Pending
from broker.engine.rings import Change

NOW = datetime(2026, 6, 1, 12, 0, 0, 5, UTC)
CHANGES = st.builds(
    Change,
    id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=300),
    types=st.lists(st.sampled_from(["urn:a:Räume", "urn:a:Hall", "urn:b:" + "x" * 400]), min_size=1, max_size=3),
    modified_at=st.sampled_from([NOW, NOW + timedelta(seconds=1)]),
    deleted=st.booleans(),
    left=st.lists(st.sampled_from(["urn:a:Left"]), max_size=1),
)


@given(st.lists(CHANGES, max_size=100))
def test_all_changes_arrive_in_order_and_each_notice_is_short_enough(changes):
    texts = list(write_notices("t_default", changes, MOST_BYTES))

    notices = [read_notice(text) for text in texts]
    assert [change for notice in notices for change in read_changes(notice)] == changes
    assert all(len(text.encode()) <= MOST_BYTES for text in texts)
    assert {notice.schema for notice in notices} <= {"t_default"}


def test_an_entity_whose_change_is_too_long_becomes_a_doubt():
    changes = [Change(f"urn:a:{size * 'x'}", ["A"], NOW) for size in (1, 9_000, 2)]

    first, second, third = map(read_notice, write_notices("t_a", changes, MOST_BYTES))

    assert [len(read_changes(told)) for told in (first, third)] == [1, 1]
    assert second == Doubt("t_a")


@pytest.mark.parametrize("notice", [Hello(["t_a"]), Hello(None), Here(17), Bye(), Doubt("t_a"), Gone("t_a")])
def test_a_notice_is_read_as_it_was_written(notice):
    assert read_notice(write_notice(notice)) == notice


@pytest.mark.parametrize("text", ["", "x", "{}", '{"type":"else"}', '{"type":"told","schema":7}', "[]"])
def test_what_is_no_notice_is_none(text):
    assert read_notice(text) is None


def test_an_ordinary_change_takes_less_than_a_hundred_bytes():
    kind = ["https://uri.etsi.org/ngsi-ld/default-context/AirQualityObserved"]
    changes = [Change(f"urn:ngsi-ld:AirQualityObserved:city-{number:07}", kind, NOW) for number in range(MOST_TOLD)]

    assert len(list(write_notices("t_default", changes, MOST_BYTES))) < 20


def test_changes_of_an_entity_are_told_as_one_and_too_many_as_a_doubt():
    pending = Pending()

    pending.add("t_a", [Change("urn:a:1", ["A"], NOW), Change("urn:a:1", ["B"], NOW)])
    pending.add("t_b", [Change(f"urn:a:{number}", ["A"], NOW) for number in range(MOST_TOLD + 1)])
    pending.add("t_b", [Change("urn:a:1", ["A"], NOW)])
    doubt, told = map(read_notice, pending.texts(MOST_BYTES))

    assert doubt == Doubt("t_b")
    assert isinstance(told, Told)
    assert read_changes(told) == [Change("urn:a:1", ["B"], NOW, left=["A"])]
