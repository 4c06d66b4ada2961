# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type, page by page."""

import asyncio

import pytest

from auth.policy import Visible
from broker.engine.exports import survey_type, walk_type
from broker.engine.overview import Overview
from tests.engine.conftest import VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
PARKING = VOCABULARY + "Parking"


async def fill(sender, count: int) -> None:
    await sender.send([{"id": f"urn:p:{number:04}", "type": "Parking", "free": number} for number in range(count)])


async def test_every_entity_comes_once_and_in_order(resources, sender):
    await fill(sender, 1000)
    await sender.send({"id": "urn:a:1", "type": "Other"})

    walked = [[state.id for state in states] async for states in walk_type(resources, "default", PARKING, visible=ALL)]

    assert [len(page) for page in walked] == [500, 500]
    assert [one for page in walked for one in page] == [f"urn:p:{number:04}" for number in range(1000)]


async def test_those_who_take_them_slowly_hold_nobody_up(resources, sender):
    await fill(sender, 600)
    walks = [walk_type(resources, "default", PARKING, visible=ALL) for _ in range(20)]
    for walk in walks:
        await anext(walk)

    overview = await asyncio.wait_for(resources.overview("default", visible=ALL), 10)

    assert isinstance(overview, Overview)
    for walk in walks:
        await walk.aclose()


async def test_a_survey_tells_what_all_have(resources, sender):
    await sender.send(
        [
            {"id": "urn:p:1", "type": "Parking", "free": {"value": 1, "unitCode": "C62"}, "name": "a"},
            {"id": "urn:p:2", "type": "Parking", "free": {"value": 1, "observedAt": "2026-06-01T12:00:00Z"}},
            {"id": "urn:p:3", "type": "Parking", "location": {"type": "Point", "coordinates": [1, 2]}},
            {"id": "urn:o:1", "type": "Other", "other": 1},
        ]
    )

    survey = await survey_type(resources, "default", PARKING, visible=ALL)

    told = [
        (one.iri.rpartition("/")[2], one.entities, one.has_mixed_units, one.is_observed, one.is_place) for one in survey
    ]
    assert told == [
        ("free", 2, True, True, False),
        ("name", 1, False, False, False),
        ("location", 1, False, False, True),
    ]


async def test_who_sees_nothing_gets_nothing(resources, sender):
    await fill(sender, 3)
    nothing = Visible(whole=False)

    assert [page async for page in walk_type(resources, "default", PARKING, visible=nothing)] == []
    assert await survey_type(resources, "default", PARKING, visible=nothing) == []
