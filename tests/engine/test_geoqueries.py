# SPDX-License-Identifier: EUPL-1.2
"""Entities by where they are: whichever way they are found, those are found that a look at each of them finds."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.database.failures import TimedOut
from allmende.errors import TooComplexQuery
from auth.policy import NOTHING, Visible
from broker.engine.entities import query_entities
from broker.engine.geoqueries import Effort, find_by_place
from broker.engine.resources import Measures, open_resources
from broker.ngsi.boxes import Box
from broker.ngsi.distances import distances
from broker.ngsi.geoqueries import RELATIONS, GeoQuery
from broker.ngsi.instances import PLACE
from broker.ngsi.queries import Query
from broker.ngsi.selections import AllOf, AnyOf, OneType
from broker.store.geoqueries import among_statement, probe_statement, slice_statement
from tests.engine.conftest import VOCABULARY
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
LAMP, BENCH = OneType(VOCABULARY + "Lamp"), OneType(VOCABULARY + "Bench")
AREA = VOCABULARY + "area"
WAYS = {"index": Effort(), "walk": Effort(few=0, many=0), "late index": Effort(few=0, walk=0), "brief": Effort(few=3)}

coordinates = st.tuples(st.integers(0, 6) | st.sampled_from([-180, -179, 179, 180]), st.integers(-2, 6)).map(list)
shapes = st.one_of(
    coordinates.map(lambda position: {"type": "Point", "coordinates": position}),
    st.lists(coordinates, min_size=2, max_size=3).map(lambda line: {"type": "LineString", "coordinates": line}),
    st.lists(coordinates, min_size=1, max_size=3).map(lambda points: {"type": "MultiPoint", "coordinates": points}),
    st.lists(coordinates, min_size=3, max_size=4).map(
        lambda ring: {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    ),
)
geo_queries = st.builds(
    GeoQuery,
    relation=st.sampled_from([*RELATIONS, "maxDistance", "minDistance"]),
    geometry=shapes,
    attribute=st.sampled_from([PLACE, AREA]),
    metres=st.floats(1, 3e6),
)
queries = st.builds(
    Query,
    id_pattern=st.sampled_from([None, None, "[02468]$"]),
    ids=st.sampled_from([(), (), (), ("urn:x:001", "urn:x:017", "urn:x:nothing")]),
    types=st.sampled_from([None, LAMP, AnyOf((LAMP, BENCH)), AllOf((LAMP, BENCH))]),
    attrs=st.sampled_from([(), (), (AREA,)]),
    limit=st.sampled_from([0, 1, 5, 1000]),
    offset=st.sampled_from([0, 0, 3]),
    count=st.just(True) | st.booleans(),
    geo=geo_queries,
).filter(lambda query: query.limit or query.count)


def geometry(chance):
    def position():
        return [chance.choice([*range(7), 180, -179]), chance.randint(-2, 6)]

    ring = [position() for _ in range(3)]
    return chance.choice(
        [
            {"type": "Point", "coordinates": position()},
            {"type": "Point", "coordinates": position()},
            {"type": "LineString", "coordinates": [position(), position()]},
            {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        ]
    )


def entities(chance):
    for number in range(60):
        entity = {
            "id": f"urn:x:{chance.randint(0, 999):03}",
            "type": chance.choice(["Lamp", "Bench", ["Lamp", "Bench"]]),
        }
        if chance.random() < 0.8:
            entity["location"] = {"type": "GeoProperty", "value": geometry(chance)}
        if chance.random() < 0.5:
            names = ["@none", "urn:d:1", "urn:d:2"]
            entity["area"] = [
                {"type": "GeoProperty", "value": geometry(chance), "datasetId": name}
                for name in names[: 1 + number % 3]
            ]
        elif chance.random() < 0.2:
            entity["area"] = {"type": "Property", "value": 5}
        yield entity


def is_match(entity, query):
    """A look at one entity, as the standard has it."""
    geo = query.geo
    values = entity.get("location" if geo.attribute == PLACE else "area", [])
    types = {VOCABULARY + name for name in np.atleast_1d(entity["type"])}
    return (
        (not query.ids or entity["id"] in query.ids)
        and (query.ids or query.id_pattern is None or entity["id"][-1] in "02468")
        and (not query.attrs or "area" in entity)
        and {None: True, LAMP: LAMP.type in types, BENCH: BENCH.type in types}.get(
            query.types, types == {LAMP.type, BENCH.type} if isinstance(query.types, AllOf) else True
        )
        and any(
            instance["type"] == "GeoProperty" and stands(instance["value"], geo)
            for instance in (values if isinstance(values, list) else [values])
        )
    )


def stands(value, geo):
    target, reference = (
        shapely.make_valid(shapely.geometry.shape(one), method="structure", keep_collapsed=True)
        for one in (value, geo.geometry)
    )
    if geo.relation in RELATIONS:
        return getattr(target, geo.relation)(reference)
    is_near = distances(np.array([target]), reference)[0] <= geo.metres
    return is_near == (geo.relation == "maxDistance")


async def asked(resources, query, effort):
    async def work(connection):
        return await find_by_place(connection, "t_default", query, query.geo, ALL, effort=effort)

    states, more, count = await resources.database.read("t_default", work)
    return [state.id for state in states], more, count


async def test_every_way_finds_what_a_look_at_each_entity_finds(sender, serving):
    stored = {entity["id"]: entity for entity in entities(random.Random(4))}
    await sender.send(list(stored.values()))

    async def compare(several):
        async with open_resources(serving) as resources:
            for query in several:
                ids = sorted(entity["id"] for entity in stored.values() if is_match(entity, query))
                page = ids[query.offset :][: query.limit]
                more = bool(query.limit) and len(ids) > query.offset + query.limit
                for name, effort in WAYS.items():
                    found = await asked(resources, query, effort)
                    assert found == (page, more, len(ids) if query.count else None), (name, query)

    @settings(max_examples=4)
    @given(st.lists(queries, min_size=25, max_size=25))
    def check(several):
        asyncio.run(compare(several))

    await asyncio.to_thread(check)


def point(number, longitude, latitude):
    return {
        "id": f"urn:l:{number:05}",
        "type": "Lamp",
        "location": {"type": "Point", "coordinates": [longitude, latitude]},
    }


NEAR = Query(
    types=LAMP,
    limit=20,
    geo=GeoQuery(
        relation="maxDistance", geometry={"type": "Point", "coordinates": [7.6, 51.9]}, attribute=PLACE, metres=20_000
    ),
)


@pytest.mark.parametrize("effort", WAYS.values(), ids=WAYS)
async def test_pages_follow_each_other_without_gaps(sender, resources, effort):
    for numbers in (range(750), range(750, 1500)):
        await sender.send([point(number, 7.6 if number % 3 else 50, 51.9) for number in numbers])

    pages = [await asked(resources, replace(NEAR, limit=400, offset=at), effort) for at in (0, 400, 800)]

    assert [page[1] for page in pages] == [True, True, False]
    assert [entity_id for page in pages for entity_id in page[0]] == [
        f"urn:l:{number:05}" for number in range(1500) if number % 3
    ]


async def test_what_has_moved_or_is_gone_is_found_where_it_is(sender, resources):
    await sender.send([point(1, 7.6, 51.9), point(2, 50, 51.9), point(3, 7.6, 51.9)])
    await sender.send([point(1, 50, 51.9), point(2, 7.6, 51.9)])

    assert await asked(resources, NEAR, Effort()) == (["urn:l:00002", "urn:l:00003"], False, None)


async def test_who_sees_nothing_finds_nothing(sender, resources):
    await sender.send([point(1, 7.6, 51.9)])

    for effort in WAYS.values():

        async def work(connection, effort=effort):
            return await find_by_place(
                connection, "t_default", replace(NEAR, count=True), NEAR.geo, NOTHING, effort=effort
            )

        assert await resources.read("t_default", NOTHING, work) == ([], False, 0)


async def test_a_query_has_its_time_and_says_so(sender, resources, serving):
    await sender.send([point(1, 7.6, 51.9)])

    with pytest.raises(TimedOut):
        await asked(resources, NEAR, Effort(limit=timedelta(seconds=-1)))
    async with open_resources(serving, measures=Measures(statement_timeout=timedelta(microseconds=1))) as hasty:
        with pytest.raises(TooComplexQuery, match="narrow it"):
            await query_entities(hasty, "default", NEAR, visible=ALL)


@pytest.fixture(scope="module")
def many_places(module_database):
    with psycopg.connect(module_database) as connection:
        connection.execute("INSERT INTO t_default.attribute (iri) VALUES (%s)", (PLACE,))
        connection.execute("INSERT INTO t_default.name (id) SELECT 'urn:x:' || n FROM generate_series(1, 30000) AS n")
        connection.execute(
            "INSERT INTO t_default.entity_type SELECT %s, n.id, n.seq FROM t_default.name n", (LAMP.type,)
        )
        connection.execute(
            "INSERT INTO t_default.place SELECT n.seq, 1, 0, box(point(n.seq / 1e4, 50), point(n.seq / 1e4, 50))"
            " FROM t_default.name n"
        )
        connection.execute("ANALYZE")
        yield connection


@pytest.mark.parametrize("box", [(0.5, 49, 0.6, 51), (179, 49, 0.6, 51)])
def test_candidates_come_from_the_index_of_places(many_places, box: Box):
    plan = kept_plan(many_places, *probe_statement("t_default", NEAR.geo, box, most=4000))

    assert "place_box" in plan, plan
    assert "Seq Scan on place" not in plan, plan


def test_those_that_match_are_looked_up_one_by_one(many_places):
    numbers = list(range(1, 2001))

    plan = kept_plan(many_places, *among_statement("t_default", NEAR, ALL, numbers, limit=21, offset=0))

    assert "name_pkey" in plan, plan
    assert "name_id_key" not in plan, plan


def test_a_walk_goes_by_the_indices_of_types_and_of_places(many_places):
    plan = kept_plan(many_places, *slice_statement("t_default", NEAR, NEAR.geo, ALL, after="urn:x:5", length=500))

    assert "entity_type_pkey" in plan, plan
    assert "place_pkey" in plan, plan
    assert "Seq Scan on place" not in plan, plan
    assert "Sort Key: w" not in plan, plan
