# SPDX-License-Identifier: EUPL-1.2
"""What is around a place."""

import psycopg
import pytest

from auth.policy import Visible
from broker.engine.nearby import list_nearby
from broker.store import SQL
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()


def place(number: int, longitude: float, latitude: float):
    return {
        "id": f"urn:l:{number}",
        "type": "Lamp",
        "location": {"type": "Point", "coordinates": [longitude, latitude]},
    }


@pytest.fixture
async def lamps(sender, resources):
    await sender.send([place(1, 7.6, 51.9), place(2, 7.7, 51.9), place(3, 179.9, 51.9), place(4, -179.9, 51.9)])
    return resources


async def found(resources, box, *, most=10, visible=ALL):
    return sorted(state.id for state in await list_nearby(resources, "default", box, most=most, visible=visible))


@pytest.mark.parametrize(
    ("box", "ids"),
    [
        ((7.5, 51, 7.65, 52), ["urn:l:1"]),
        ((7.5, 51, 7.8, 52), ["urn:l:1", "urn:l:2"]),
        ((0, 0, 1, 1), []),
        ((179, 51, -179, 52), ["urn:l:3", "urn:l:4"]),
    ],
)
async def test_what_lies_in_a_box_is_found(lamps, box, ids):
    assert await found(lamps, box) == ids


async def test_of_many_those_nearest_to_the_middle_are_found(lamps):
    assert await found(lamps, (7.5, 51.8, 7.72, 52), most=1) == ["urn:l:1"]


async def test_across_180_degrees_the_nearest_to_the_middle_are_found_on_both_sides(sender, resources):
    east = [place(number, -179.9 + number / 10, 51.9) for number in range(1, 5)]
    await sender.send([*east, place(5, 179.5, 51.9)])

    found = await list_nearby(resources, "default", (179, 51, -178, 52), most=2, visible=ALL)

    assert [state.id for state in found] == ["urn:l:4", "urn:l:3"]


async def test_an_entity_with_several_places_is_found_once(sender, resources):
    aside = {"type": "Point", "coordinates": [7.61, 51.9]}
    await sender.send({**place(1, 7.6, 51.9), "aside": aside})

    assert await found(resources, (7, 51, 8, 52)) == ["urn:l:1"]


async def test_who_sees_nothing_finds_nothing(lamps):
    assert await found(lamps, (7, 51, 8, 52), visible=Visible(whole=False)) == []


def test_it_goes_by_the_index_of_places(database):
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO t_default.place SELECT n, 1, 0, box(point(n / 1e4, 50), point(n / 1e4, 50))"
            " FROM generate_series(1, 20000) AS n"
        )
        connection.execute("ANALYZE t_default.place")

        plan = kept_plan(connection, SQL.text("list_nearest", "t_default"), [0.5, 49, 0.6, 51, 200, True])

        assert "place_box" in plan, plan
        assert "Order By: (box <-> " in plan, plan
