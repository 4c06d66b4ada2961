# SPDX-License-Identifier: EUPL-1.2
"""What the start page says of a town: what is there, what is near, what is silent."""

from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.server


def counter(number: int, *, ago: timedelta = timedelta(seconds=30), place=None, **others):
    observed = (datetime.now(UTC) - ago).isoformat(timespec="seconds").replace("+00:00", "Z")
    where = {} if place is None else {"location": {"type": "Point", "coordinates": place}}
    return {
        "id": f"urn:c:{number}",
        "type": "TrafficFlowObserved",
        "name": f"Counter {number}",
        "intensity": {"type": "Property", "value": number, "observedAt": observed},
        **where,
        **others,
    }


@pytest.fixture
async def write(client, admin):
    async def create(*entities):
        created = await client.post("/ngsi-ld/v1/entityOperations/create", json=list(entities), headers=admin)
        assert created.status_code == 201

    return create


def section(page: str, name: str) -> str:
    """What stands from the element of a name to the end of its list."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


async def test_each_type_has_a_card_with_its_number_and_its_page(client, write):
    await write(*(counter(number) for number in range(3)), {"id": "urn:d:1", "type": "AdministrativeArea"})

    page = (await client.get("/?lang=de")).text

    measured, others = section(page, "types-title"), section(page, "others-title")
    assert 'href="/types/TrafficFlowObserved"' in measured
    assert "3 Einträge" in measured
    assert "Verkehr" in measured
    assert "Stadtteile" not in measured
    assert 'href="/types/AdministrativeArea"' in others
    assert "1 Eintrag" in others


async def test_without_observations_all_types_stand_in_one_list(client, write):
    await write({"id": "urn:d:1", "type": "AdministrativeArea"})

    page = (await client.get("/?lang=en")).text

    assert "AdministrativeArea" in section(page, "types-title")
    assert "others-title" not in page


async def test_the_list_is_of_what_lies_in_the_box(client, write):
    await write(counter(1, place=[7.6, 51.9]), counter(2, place=[7.7, 51.9]), counter(3))

    everywhere = section((await client.get("/?lang=en")).text, "near")
    there = section((await client.get("/?lang=en&box=7.5,51.8,7.65,52")).text, "near")
    nowhere = section((await client.get("/?lang=en&box=1,1,2,2")).text, "near")

    assert all(f"Counter {number}" in everywhere for number in (1, 2, 3))
    assert everywhere.count("without a place") == 1
    assert "Counter 1" in there
    assert 'data-at="7.6,51.9"' in there
    assert "Counter 2" not in there
    assert "There is nothing in this part" in nowhere


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,50,0,40", "0,0,0,nan"])
async def test_a_box_that_is_none_is_told_in_words(client, box):
    response = await client.get(f"/?box={box}", headers={"accept": "text/html"})

    assert response.status_code == 400
    assert "west,south,east,north" in response.text


async def test_what_has_fallen_silent_is_told(client, write):
    await write(*(counter(number) for number in range(4)), counter(9, ago=timedelta(hours=7)))

    page = (await client.get("/?lang=en")).text

    silent = section(page, "silent-title")
    assert "Counter 9" in silent
    assert "7 h ago" in silent
    assert "The first 20 of each type are looked at" in silent
    assert "Counter 1" not in silent


async def test_where_all_speak_nothing_is_called_silent(client, write):
    await write(*(counter(number) for number in range(4)))

    assert "silent-title" not in (await client.get("/")).text


async def test_an_entity_of_several_types_stands_there_once(client, write):
    await write({**counter(1), "type": ["TrafficFlowObserved", "Device"]})

    assert section((await client.get("/")).text, "near").count("Counter 1") == 1


async def test_a_list_of_many_is_short_and_has_the_freshest(client, write):
    await write(*(counter(number, place=[7, 51], ago=timedelta(minutes=number)) for number in range(1, 61)))

    near = section((await client.get("/?box=6,50,8,52")).text, "near")

    assert near.count("<tr data-id") == 40
    assert all(f"Counter {number}<" in near for number in range(1, 10))
