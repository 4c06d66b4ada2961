# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type, page by page."""

import psycopg
import pytest

from allmende.errors import BadRequestData, OperationNotSupported
from auth.policy import Visible
from broker.engine.exports import MOST_ATTRIBUTES, PAGE, read_type, survey_type
from broker.ngsi.listings import Filter, ListQuery
from broker.store.exporting import contents_statement, states_statement
from tests.engine.conftest import VOCABULARY

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
NONE = Visible(whole=False)
PARKING = VOCABULARY + "Parking"
FREE = VOCABULARY + "free"


def parking(number, **attributes):
    return {"id": f"urn:p:{number:05}", "type": "Parking", "name": f"Garage {number}", "free": number, **attributes}


async def pages(resources, visible=ALL, **options):
    query = ListQuery(type=PARKING, **options)
    return [
        [int(state.id.rpartition(":")[2]) for state in page]
        async for page in read_type(resources, "default", query, visible=visible)
    ]


async def survey(resources, visible=ALL, **options):
    contents = await survey_type(resources, "default", ListQuery(type=PARKING, **options), visible=visible)
    return {content.iri.rpartition("/")[2]: content for content in contents}


@pytest.mark.parametrize(("amount", "lengths"), [(0, [0]), (3, [3]), (PAGE, [PAGE, 0]), (PAGE + 1, [PAGE, 1])], ids=str)
async def test_each_entity_comes_once_in_the_order_of_ids(resources, sender, amount, lengths):
    for start in range(0, amount, 1000):
        await sender.send([parking(number) for number in range(start, min(start + 1000, amount))])

    found = await pages(resources)

    assert [len(page) for page in found] == lengths
    assert [number for page in found for number in page] == list(range(amount))


async def test_filters_and_words_choose_within_each_page(resources, sender):
    await sender.send([parking(number) for number in range(PAGE)])
    await sender.send([parking(number) for number in range(PAGE, PAGE + 10)])

    assert await pages(resources, filters=(Filter(FREE, ">=", str(PAGE + 5)),)) == [
        [],
        list(range(PAGE + 5, PAGE + 10)),
    ]
    assert await pages(resources, words=f"garage {PAGE + 7}") == [[], [PAGE + 7]]
    assert await pages(resources, words="nowhere") == [[], []]


async def test_order_and_paging_do_not_count(resources, sender):
    await sender.send([parking(number) for number in range(5)])

    assert await pages(resources, offset=3, limit=1, after="urn:p:00003") == [[0, 1, 2, 3, 4]]


async def test_between_pages_no_connection_is_held(resources, sender):
    await sender.send([parking(number) for number in range(PAGE)])
    database = resources.database

    walk = read_type(resources, "default", ListQuery(type=PARKING), visible=ALL)
    await anext(walk)

    assert len(database._idle) == database._opened
    await walk.aclose()


async def test_a_survey_tells_what_all_entities_hold(resources, sender):
    unit = {"type": "Property", "value": 1, "unitCode": "GQ"}
    line = {"type": "LineString", "coordinates": [[7, 51], [8, 52]]}
    await sender.send(
        [
            parking(1, pm10=unit, no2=unit, location={"type": "Point", "coordinates": [7, 51]}),
            parking(2, pm10={**unit, "unitCode": "GP"}, no2=unit, way=line),
            parking(3, pm10=unit, free={"type": "LanguageProperty", "languageMap": {"de": "viele"}}),
        ]
    )

    found = await survey(resources)

    assert (found["pm10"].least_unit, found["pm10"].greatest_unit) == ("GP", "GQ")
    assert (found["no2"].least_unit, found["free"].greatest_unit) == ("GQ", "")
    assert [name for name, content in found.items() if not content.has_one_unit] == ["pm10"]
    assert not any(content.has_shapes for content in found.values())
    assert set(await survey(resources, filters=(Filter(FREE, "=", "1"),))) == {
        "name",
        "free",
        "pm10",
        "no2",
        "location",
    }


async def test_a_survey_unites_what_its_slices_hold(resources, sender):
    await sender.send([parking(number, size={"value": 1, "unitCode": "MTR"}) for number in range(1000)])
    for start in range(1000, 5000, 1000):
        await sender.send([parking(number) for number in range(start, start + 1000)])
    line = {"type": "LineString", "coordinates": [[7, 51], [8, 52]]}
    await sender.send(parking(5000, location=line, size={"value": 1, "unitCode": "CMT"}))

    found = await survey(resources)

    assert found["location"].has_shapes
    assert (found["size"].least_unit, found["size"].greatest_unit) == ("CMT", "MTR")
    assert set(found) == {"free", "size", "name", "location"}


async def test_more_attributes_than_a_table_bears_are_refused(resources, sender):
    half = MOST_ATTRIBUTES // 2
    await sender.send(parking(1, **{f"a{number}": 1 for number in range(half)}))
    await sender.send(parking(2, **{f"b{number}": 1 for number in range(half)}))

    with pytest.raises(OperationNotSupported, match="GeoJSON"):
        await survey(resources)


async def test_who_sees_nothing_takes_nothing(resources, sender):
    await sender.send(parking(1))

    assert await pages(resources, visible=NONE) == [[]]
    assert await survey(resources, visible=NONE) == {}


@pytest.mark.parametrize("options", [{"words": "a"}, {"filters": (Filter(FREE, "=", "\x00"),)}], ids=str)
async def test_what_cannot_be_asked_is_told(resources, sender, options):
    await sender.send(parking(1))

    with pytest.raises(BadRequestData):
        await pages(resources, **options)


@pytest.mark.parametrize("statement", [states_statement, contents_statement])
def test_a_page_is_a_range_of_the_index_of_types(database, statement):
    text, values = statement("t_default", ListQuery(type=PARKING, after="urn:p:1", words="zoo"), ALL)
    with psycopg.connect(database) as connection:
        connection.execute("SET enable_seqscan = off")
        for position in range(len(values), 0, -1):
            text = text.replace(f"${position}", f"%(p{position})s")
        arguments = {f"p{position}": value for position, value in enumerate(values, 1)}
        plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + text, arguments))

    assert "entity_type_pkey" in plan
    assert "Sort Key: w.id" not in plan
