# SPDX-License-Identifier: EUPL-1.2
"""Cells are merged in the order of ids, and no more is read of each than it gives."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from broker.engine.cellwalks import FIRST, CellWalk

ids = st.integers(0, 400).map(lambda number: f"{number:03}")


def reader(cells, asked=None):
    """Reads cells out of memory as a database would."""

    async def read(parts, until):
        if asked is not None:
            asked.extend(parts)
        return [
            (cell, entity_id, int(entity_id))
            for cell, after, length in parts
            for entity_id in [one for one in cells[cell] if after < one and (not until or one <= until)][:length]
        ]

    return read


def walked(cells, after="", wanted=21, asked=None, whole=()):
    async def walk():
        steps = CellWalk(reader(cells, asked), list(cells), after=after, wanted=wanted, whole=whole)
        found = []
        while not steps.is_over:
            found += await steps.next()
        return found

    return asyncio.run(walk())


@given(st.lists(st.sets(ids, max_size=60).map(sorted), max_size=6), ids, st.integers(1, 50), st.sets(st.integers(0, 5)))
def test_all_entries_come_once_in_the_order_of_ids(lists, after, wanted, whole):
    cells = dict(enumerate(lists))

    assert walked(cells, after, wanted, whole=whole) == sorted(
        {int(one) for cell in lists for one in cell if one > after}
    )


def test_cells_that_give_nothing_yet_are_not_read_on():
    cells = {0: [f"{number:04}" for number in range(1000)], 1: [f"{number:04}" for number in range(5000, 6000)]}
    asked = []

    async def first():
        steps = CellWalk(reader(cells, asked), list(cells), after="", wanted=1)
        found = []
        while len(found) < 500:
            found += await steps.next()
        return found

    assert asyncio.run(first())[:500] == list(range(500))
    assert [part for part in asked if part[0] == 1] == [(1, "", FIRST)]


def test_what_whole_cells_give_bounds_how_far_the_others_are_looked_through():
    cells = {0: [f"{number:04}" for number in range(100, 200)], 1: [f"{number:04}" for number in range(300, 400)]}
    untils = []

    async def first():
        read = reader(cells)

        async def told(parts, until):
            untils.append(([part[0] for part in parts], until))
            return await read(parts, until)

        steps = CellWalk(told, list(cells), after="", wanted=10, whole={0})
        return await steps.next() + await steps.next()

    assert asyncio.run(first())[:10] == list(range(100, 110))
    assert untils == [([0], ""), ([1], "0109")]


def test_a_walk_on_behind_what_was_hoped_for_takes_few_turns():
    cells = {cell: [f"{number:05}" for number in range(cell, 10_000, 100)] for cell in range(100)}
    read = reader(cells)
    turns = []

    async def told(parts, until):
        turns.append(until)
        return await read(parts, until)

    async def walk():
        steps = CellWalk(told, list(cells), after="", wanted=2)
        return [number for _ in iter(lambda: steps.is_over, True) for number in await steps.next()]

    assert asyncio.run(walk()) == list(range(10_000))
    assert len(turns) < 50
