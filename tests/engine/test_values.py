# SPDX-License-Identifier: EUPL-1.2
"""Attributes declared queryable: their index finds what a look at every entity finds, and writes keep it so."""

import asyncio
import contextlib
import random
from dataclasses import replace
from itertools import pairwise

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allmende.database.failures import TimedOut
from auth.policy import Visible
from broker.engine.entities import query_entities
from broker.engine.geoqueries import Effort as GeoEffort
from broker.engine.geoqueries import find_by_place
from broker.engine.valuequeries import Effort, find_by_value
from broker.ngsi.contexts import CORE
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.reaches import Interval, Reach, ways_of
from broker.ngsi.filters.tree import And, Holds, Or, Path
from broker.ngsi.geoqueries import GeoQuery
from broker.ngsi.instances import PLACE
from broker.ngsi.orderings import Term
from broker.ngsi.queries import Query
from broker.ngsi.selections import OneType
from broker.store import SQL
from broker.store.reads import find_entities
from broker.store.values import cells_statement, order_statement, probe_statement
from tests.engine.conftest import VOCABULARY
from tests.ngsi import filtering
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
SCHEMA = "t_default"
LEVEL, NAME, SHAPE = VOCABULARY + "level", VOCABULARY + "name", VOCABULARY + "shape"
LAMP = VOCABULARY + "Lamp"
WAYS = {"looked up": Effort(), "merged": Effort(few=0, many=100_000), "both": Effort(few=20)}
QUERIES = [
    *("level>50", "level>=99;level<10", "level>20;level<30", "level==10..12", "level==7", "level==7,9,40"),
    *("level<3|level>97", "level==true", "level>1e300", 'name=="n3"', 'name>"n5"', 'name=="n1".."n3";level>50'),
    *('name=="n3"|level==4', "level!=5", "!level", "name", "level>5000", 'name<"n2"', "level==2026-01-01T00:00:00Z"),
    *("level>2025-12-31T23:59:59.5Z", "name==urn:x:007", "name==urn:x:007|level>90"),
]


def value(chance):
    return chance.choice(
        [
            {"type": "Property", "value": chance.randint(0, 100)},
            {"type": "Property", "value": chance.random() * 100},
            {"type": "Property", "value": [chance.randint(0, 100), chance.randint(0, 100)]},
            [
                {"type": "Property", "value": chance.randint(0, 100)},
                {"type": "Property", "value": chance.randint(0, 100), "datasetId": "urn:d:1"},
            ],
            {"type": "Property", "value": chance.choice([True, False, 1e301, "2026-01-01T00:00:00.5Z", "n3"])},
            {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}},
        ]
    )


def naming(chance):
    return chance.choice(
        [
            {"type": "Property", "value": f"n{chance.randint(0, 9)}"},
            {"type": "LanguageProperty", "languageMap": {"de": f"n{chance.randint(0, 9)}", "en": "n3"}},
            {"type": "Relationship", "object": f"urn:x:{chance.randint(0, 20):03}"},
        ]
    )


def entities(chance, count=400):
    for _ in range(count):
        entity = {"id": f"urn:x:{chance.randint(0, 9999):04}", "type": chance.choice(["Lamp", "Bench"])}
        if chance.random() < 0.9:
            entity["level"] = value(chance)
        if chance.random() < 0.7:
            entity["name"] = naming(chance)
        yield entity


async def declared(resources, name, kind=None):
    """Declare an attribute and await its index."""
    await resources.declarations.declare("default", name, kind)
    await resources.declarations.build(SCHEMA)
    while not all(one.complete for one in await resources.declarations.listed("default")):
        # The process's own task has it in its hands.
        await asyncio.sleep(0.01)


async def agree(resources, text, **parts):
    """Whichever way, the pages are those of a look at every entity; whether the index was of use."""
    query = Query(filter=parse_q(text, CORE), **parts)
    used = set()
    async with resources.database.reading(SCHEMA) as connection:
        expected = await find_entities(connection, SCHEMA, query, ALL)
        for way, effort in WAYS.items():
            found = await find_by_value(connection, SCHEMA, query, ALL, effort=effort)
            if found is not None:
                used.add(way)
                assert ([one.id for one in found.states], found.more) == ([one.id for one in expected[0]], expected[1])
    return used


async def test_what_an_index_finds_is_what_a_look_at_each_entity_finds(resources, sender, rows):
    chance = random.Random(1)
    await sender.send(list(entities(chance)))
    await declared(resources, "level")
    await declared(resources, "name", "Lamp")
    await sender.send(list(entities(chance)))
    gone = [row[0] for row in rows("SELECT id FROM t_default.name ORDER BY seq LIMIT 50")]
    for entity_id in gone[:5]:
        await sender.send({"id": entity_id, "type": "Lamp", "level": {"type": "Property", "value": "urn:ngsi-ld:null"}})
    from broker.engine.entities import delete_entity

    for entity_id in gone[5:10]:
        await delete_entity(resources, "default", entity_id)

    used = {text: await agree(resources, text) for text in QUERIES}
    used_of_lamps = {text: await agree(resources, text, types=OneType(LAMP)) for text in QUERIES}
    for part in (
        {"limit": 3},
        {"limit": 5, "offset": 7},
        {"limit": 5, "offset": 150},
        {"limit": 1000},
        {"after": "urn:x:5000"},
        {"attrs": (NAME,)},
    ):
        assert await agree(resources, "level>30", **part)
    assert await agree(resources, "level>30", order=(Term(core="id", descending=True),)) == {"looked up"}
    assert await agree(resources, "level>30", count=True, limit=7) == set(WAYS)

    assert used["level>50"] >= {"looked up", "merged"}
    assert used["level>20;level<30"] == set(WAYS)
    assert {text for text in QUERIES if not used_of_lamps[text]} == {"level!=5", "!level", "name"}
    assert not used['name=="n3"'], "only lamps are declared to have names"
    assert used_of_lamps['name=="n3"']


async def test_an_index_that_is_not_complete_is_not_asked(resources, sender):
    await sender.send([{"id": f"urn:x:{number}", "type": "Lamp", "level": number} for number in range(20)])
    await declared(resources, "level")
    assert await agree(resources, "level>5")

    (known,) = await resources.declarations.listed("default", counted=True)
    await resources.declarations.take_back("default", known.id)

    assert known.rows == 20
    assert not await agree(resources, "level>5")
    await resources.declarations.build(SCHEMA)
    await sender.send([{"id": "urn:x:5", "type": "Lamp", "level": 99}])
    assert await resources.declarations.listed("default") == []


async def test_building_goes_on_where_it_was_left_and_writes_go_on_meanwhile(resources, sender, rows):
    resources.declarations.stop()
    await sender.send([{"id": f"urn:x:{number:03}", "type": "Lamp", "level": number} for number in range(600)])
    await resources.declarations.declare("default", "level", None)
    async with resources.database.reading() as connection:
        await connection.fetch("SELECT platform.tend_values($1)", SCHEMA)

    assert await resources.declarations._build_some(SCHEMA)
    half = await resources.declarations.listed("default", counted=True)
    assert not await agree(resources, "level>5")
    await sender.send(
        [{"id": f"urn:x:{number:03}", "type": "Lamp", "level": 1000} for number in (0, 499, 500, 599, 600)]
    )
    await resources.declarations.build(SCHEMA)

    assert (half[0].rows, half[0].complete) == (500, False)
    assert await agree(resources, "level>=599")
    page = await query_entities(
        resources, "default", Query(filter=parse_q("level==1000", CORE), count=True), visible=ALL
    )
    assert [one.id[-3:] for one in page.states] == ["000", "499", "500", "599", "600"]
    assert page.count == 5
    ((count,),) = rows("SELECT count(*) FROM t_default.value_index")
    assert count == 601


async def test_cells_are_divided_anew_once_there_are_four_times_as_many(resources, sender, rows):
    await declared(resources, "level")
    for start in range(0, 6000, 1000):
        await sender.send(
            [{"id": f"urn:x:{number:04}", "type": "Lamp", "level": number} for number in range(start, start + 1000)]
        )

    await resources.declarations.build(SCHEMA)
    while len(await resources.declarations.listed("default")) > 1:
        await asyncio.sleep(0.01)
    await resources.declarations.build(SCHEMA)

    ((cells,),) = rows("SELECT cardinality(numbers) FROM t_default.declared")
    assert cells == 127
    assert rows("SELECT count(*), count(DISTINCT declared) FROM t_default.value_index") == [(6000, 1)]
    assert await agree(resources, "level>3000") >= {"looked up", "merged"}


async def test_places_are_found_by_their_cells_as_by_a_look_at_each(resources, sender, rows):
    chance = random.Random(3)
    await sender.send([placed(chance, number) for number in range(300)])
    await declared(resources, "location")
    await sender.send([placed(chance, chance.randint(0, 400)) for _ in range(200)])
    for _ in range(40):
        query = Query(
            geo=GeoQuery(
                relation=chance.choice(["maxDistance", "within", "intersects"]),
                geometry={"type": "Polygon", "coordinates": [[[1, 1], [6, 1], [6, 5], [1, 1]]]},
                attribute=PLACE,
                metres=chance.choice([1000.0, 100_000.0]),
            ),
            limit=chance.choice([1, 5, 20]),
            offset=chance.choice([0, 3]),
            types=chance.choice([None, OneType(LAMP)]),
        )
        async with resources.database.reading(SCHEMA) as connection:
            expected = await find_by_place(connection, SCHEMA, query, query.geo, ALL, effort=GeoEffort())
            found = await find_by_place(connection, SCHEMA, query, query.geo, ALL, effort=GeoEffort(few=0))

        assert found == expected
        assert found[0]

    rows("DELETE FROM t_default.value_index RETURNING 1")
    async with resources.database.reading(SCHEMA) as connection:
        found = await find_by_place(connection, SCHEMA, query, query.geo, ALL, effort=GeoEffort(few=0))
    assert not found[0], "the index was asked"


def placed(chance, number):
    point = [round(chance.random() * 8, 3), round(chance.random() * 8, 3)]
    geometry = {"type": "Point", "coordinates": point}
    if chance.random() < 0.1:
        geometry = {"type": "LineString", "coordinates": [point, [4, 4]]}
    return {
        "id": f"urn:x:{number:04}",
        "type": chance.choice(["Lamp", "Bench"]),
        "location": {"type": "GeoProperty", "value": geometry},
    }


@given(filtering.simple_states(), st.lists(filtering.tests(), min_size=20, max_size=20))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example])
def test_every_match_lies_where_an_index_is_asked(module_database, state, tests):
    name = CORE.expand(filtering.NAMES[0])
    with psycopg.connect(module_database) as connection:
        held = connection.execute(
            "SELECT number, text FROM t_default.values_of(%s::jsonb)",
            [orjson.dumps(state.attributes[name]).decode()],
        ).fetchall()

    for one, other in pairwise(tests):
        first, second = (Holds(Path((name,)), test) for test in (one, other))
        for wanted in (first, And((first, second)), Or((first, second))):
            if matches(wanted, state):
                for way in ways_of(wanted):
                    assert any(lies_in(held, reach) for reach in way), wanted


def lies_in(held, reach):
    intervals = reach.intervals if len(held) == 1 else reach.intervals + reach.several
    return any(
        interval.low <= entry <= interval.high
        for row in held
        for entry in row
        for interval in intervals
        if entry is not None and interval.is_text is isinstance(entry, str)
    )


def test_plans_ask_the_indexes_of_values(module_database):
    query = Query(filter=parse_q("level>3", CORE))
    reach = Reach(LEVEL, (Interval(3.0, 5.0),), (Interval(3.0, float("inf")),))
    texts = Reach(NAME, (Interval("a", "b"),), (Interval("a", "b"),))
    with psycopg.connect(module_database) as connection:
        # Indexes are there where something is declared.
        connection.execute("INSERT INTO t_default.declared VALUES (DEFAULT, 1, NULL, '{}', '{}', '{}', '{}', 0)")
        connection.execute("SELECT platform.tend_values('t_default')")
        looked_up = kept_plan(connection, *probe_statement(SCHEMA, [(1, reach), (2, texts)], most=10))
        connection.execute("DEALLOCATE ALL")
        merged = kept_plan(connection, *cells_statement(SCHEMA, 1, Interval(3.0, 5.0), [(1, "", 16)], ""))
        connection.execute("DEALLOCATE ALL")
        decided = kept_plan(connection, *order_statement(SCHEMA, query, ALL, [1, 2], limit=3, offset=0))
        connection.rollback()

    assert "value_index_number" in looked_up
    assert "value_index_text" in looked_up
    assert "Seq Scan" not in looked_up.replace("Seq Scan on declared", "")
    assert "value_index_cell" in merged
    assert "Sort" not in merged
    assert "Seq Scan" not in decided


def test_ways_narrow_what_an_attribute_must_be():
    (way,) = ways_of(parse_q("level>3;level<5", CORE))

    assert way == (Reach(LEVEL, (Interval(3.0, 5.0),), (Interval(3.0, float("inf")),)),)
    assert ways_of(replace_filter("level!=3")) == []
    assert ways_of(replace_filter("level[a]==3")) == []
    assert len(ways_of(replace_filter('level>3;name=="a"'))) == 2


def replace_filter(text):
    return replace(Query(), filter=parse_q(text, CORE)).filter


async def test_a_tenant_that_cannot_be_indexed_holds_up_no_other(resources, sender, rows):
    await resources.tenants.create("aaa")
    with contextlib.suppress(psycopg.ProgrammingError):  # it gives no rows
        rows("DROP TABLE t_aaa.declared")
    await sender.send([{"id": "urn:x:1", "type": "Lamp", "level": 1}])

    await resources.declarations.declare("default", "level", None)

    async with asyncio.timeout(20):
        while not all(one.complete for one in await resources.declarations.listed("default")):
            await asyncio.sleep(0.02)


async def test_of_an_entity_with_many_values_a_sample_takes_some(resources, sender):
    await sender.send([{"id": "urn:x:1", "type": "Lamp", "level": {"type": "Property", "value": list(range(1000))}}])

    async with resources.database.reading(SCHEMA) as connection:
        sample = await connection.fetch(SQL.text("sample_values", SCHEMA), LEVEL, 10_000, None)

    assert len(sample) == 4


async def test_a_walk_takes_no_longer_than_a_statement_may(resources, sender):
    await sender.send([{"id": f"urn:x:{number}", "type": "Lamp", "level": number} for number in range(20)])
    await declared(resources, "level")
    query = Query(filter=parse_q("level>5", CORE))

    async with resources.database.reading(SCHEMA) as connection:
        with pytest.raises(TimedOut):
            await find_by_value(connection, SCHEMA, query, ALL, effort=WAYS["merged"], is_late=lambda: True)
