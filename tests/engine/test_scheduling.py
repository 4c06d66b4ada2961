# SPDX-License-Identifier: EUPL-1.2
"""Which operations go together: an entity's changes keep their order, tenants take turns."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from broker.engine.operations import Operation, Origin
from broker.engine.scheduling import Schedule


def operation(*ids: str, schema: str = "t_default") -> Operation:
    return Operation("default", schema, ids, ids, lambda: ())


def test_what_has_arrived_goes_together():
    schedule = Schedule()
    operations = [operation("a"), operation("b"), operation("a")]
    for one in operations:
        schedule.add(one)

    assert schedule.take(10) == operations
    assert schedule.take(10) == []
    assert schedule.weight == 0


def test_an_operation_waits_while_its_entity_is_in_flight():
    schedule = Schedule()
    first, second, third = operation("a"), operation("a"), operation("b")
    schedule.add(first)
    in_flight = schedule.take(10)
    schedule.add(second)
    schedule.add(third)

    assert schedule.take(10) == [third]
    assert schedule.take(10) == []
    schedule.release(in_flight)
    assert schedule.take(10) == [second]


def test_an_operation_does_not_overtake_one_that_waits_for_the_same_entity():
    schedule = Schedule()
    schedule.add(operation("a"))
    in_flight = schedule.take(10)
    both, later = operation("a", "b"), operation("b")
    schedule.add(both)
    schedule.add(later)

    assert schedule.take(10) == []
    schedule.release(in_flight)
    assert schedule.take(10) == [both, later]


def test_requests_are_withdrawn_and_messages_keep_their_order():
    schedule = Schedule()
    origin = Origin("sensors", "entities", None)
    messages = [replace(operation("a"), origin=origin), replace(operation("a", "b"), origin=origin)]
    requests = [operation("a"), operation("c", "d")]
    for one in (messages[0], requests[0], messages[1], requests[1]):
        schedule.add(one)

    withdrawn = schedule.withdraw_requests()

    assert withdrawn == requests
    assert schedule.weight == 3
    assert schedule.take(10) == messages
    assert schedule.weight == 0


def test_tenants_take_turns():
    schedule = Schedule()
    for number in range(4):
        schedule.add(operation(f"a{number}", schema="t_large"))
    schedule.add(operation("b", schema="t_small"))

    schemas = [schedule.take(2)[0].schema for _ in range(3)]

    assert schemas == ["t_large", "t_small", "t_large"]


def test_what_is_put_back_comes_first():
    schedule = Schedule()
    first, second = operation("a"), operation("a")
    schedule.add(first)
    batch = schedule.take(10)
    schedule.add(second)

    schedule.put_back(batch)
    schedule.release(batch)

    assert schedule.take(10) == [first, second]


@given(
    st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=3, unique=True), max_size=30),
    st.lists(st.integers(0, 1), max_size=60),
    st.integers(1, 4),
)
def test_each_operation_is_taken_once_and_in_order_for_each_of_its_entities(entities, moves, most):
    schedule = Schedule()
    operations = [operation(*ids) for ids in entities]
    for one in operations:
        schedule.add(one)
    flying: list[list[Operation]] = []
    taken: list[Operation] = []

    for move in [*moves, *[0, 1] * 60]:
        if move == 0:
            batch = schedule.take(most)
            busy = {name for other in flying for one in other for name in one.ids}
            assert busy.isdisjoint(name for one in batch for name in one.ids)
            taken += batch
            if batch:
                flying.append(batch)
        elif flying:
            schedule.release(flying.pop(0))

    assert sorted(map(id, taken)) == sorted(map(id, operations))
    for name in "abcde":
        assert [one for one in taken if name in one.ids] == [one for one in operations if name in one.ids]
