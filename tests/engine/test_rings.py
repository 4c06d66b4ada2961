# SPDX-License-Identifier: EUPL-1.2
"""Rings of changes, and those who go through them."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from auth.policy import Visible
from broker.engine.following import Follower, Wanted
from broker.engine.rings import KEPT_S, MOST, Change, Ring, unite

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ALL = Wanted(visible=Visible.everything())


def change(number, *types, left=()):
    return Change(f"urn:a:{number}", list(types or ("A",)), NOW, left=left)


def ids(taken):
    return [each.change.id for each in taken]


def test_a_follower_begins_now_and_one_that_comes_back_where_it_was():
    ring = Ring()
    ring.add([change(1)], 0)
    new = Follower(ring, ALL, None)
    ring.add([change(2), change(3)], 0)
    taken = new.take()

    back = Follower(ring, ALL, taken[0].place)

    assert ids(taken) == ["urn:a:2", "urn:a:3"]
    assert ids(back.take()) == ["urn:a:3"]
    assert not back.is_behind
    assert back.take() == []


def test_places_of_another_ring_and_of_the_time_to_come_are_foreign():
    ring, other = Ring(), Ring()
    for one in (ring, other):
        one.add([change(1)], 0)

    for place in (f"{other.token}-1", f"{ring.token}-2", f"{ring.token}-", f"{ring.token}-+1", f"{ring.token}-²"):
        follower = Follower(ring, ALL, place)
        assert follower.take() is None
        assert follower.take() == []


def test_a_follower_that_falls_behind_begins_anew_and_goes_on():
    ring = Ring()
    follower = Follower(ring, ALL, None)
    ring.add([change(number) for number in range(MOST)], 0)
    ring.add([change(0)], 0)

    assert follower.take() is None
    ring.add([change(7)], 0)
    assert ids(follower.take()) == ["urn:a:7"]


def test_changes_are_forgotten_by_their_age():
    ring = Ring()
    ring.add([change(1), change(2)], 0)
    ring.add([change(3)], 10)

    ring.forget(KEPT_S + 5)

    assert ring.number_of(f"{ring.token}-1") is None
    assert ids(Follower(ring, ALL, f"{ring.token}-2").take()) == ["urn:a:3"]
    ring.forget(KEPT_S + 50)
    assert ring.number_of(f"{ring.token}-2") is None
    assert ring.number_of(f"{ring.token}-3") == 3


def test_a_ring_that_begins_anew_has_everybody_begin_anew():
    ring = Ring()
    ring.add([change(1)], 0)
    follower, place = Follower(ring, ALL, None), f"{ring.token}-1"

    ring.begin_anew()

    assert follower.is_behind
    assert follower.take() is None
    assert ring.number_of(place) is None


def test_types_that_an_entity_had_are_told_of_as_well():
    rooms = Wanted(visible=Visible.everything(), types=frozenset({"A"}))

    assert rooms.selects(change(1, "A", "B"))
    assert rooms.selects(change(1, "B", left=["A"]))
    assert not rooms.selects(change(1, "B"))
    assert unite(change(1, "A"), change(1, "B")).left == ["A"]
    assert unite(change(1, "B", left=["A"]), change(1, "B")).left == ["A"]
    assert unite(change(1, "B", left=["A"]), change(1, "A")).left == ["B"]


@given(
    batches=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=400), max_size=8),
    stops=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_whenever_a_client_leaves_and_comes_back_it_is_told_the_newest_of_each(batches, stops):
    ring = Ring()
    follower = Follower(ring, ALL, None)
    seen, told = {}, 0
    written = {}
    for batch, stop in zip(batches, stops, strict=False):
        changes = [Change(f"urn:a:{entity}", ["A"], NOW, str(ring.last + at)) for at, entity in enumerate(batch)]
        written |= {one.id: one.observed for one in changes}
        ring.add(changes, 0)
        if stop:
            follower = Follower(ring, ALL, follower.place)
            continue
        while follower.is_behind:
            taken = follower.take()
            told += len(taken)
            assert [int(each.place.partition("-")[2]) for each in taken] == sorted(
                int(each.place.partition("-")[2]) for each in taken
            )
            for each in taken:
                assert int(each.change.observed) > int(seen.get(each.change.id, -1))
                seen[each.change.id] = each.change.observed
    while follower.is_behind:
        seen |= {each.change.id: each.change.observed for each in follower.take()}

    assert seen == written
