# SPDX-License-Identifier: EUPL-1.2
"""How people find entities: search, and lists of a type."""

import asyncio

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allmende.errors import BadRequestData, OperationNotSupported
from auth.policy import Visible
from broker.engine.directory import MOST_SORTED, attributes_of_type, list_of_type, search_entities
from broker.engine.resources import open_resources
from broker.ngsi.listings import Filter, ListQuery, Sort
from broker.store import SQL
from broker.store.sorting import keys_statement
from tests.engine.conftest import VOCABULARY
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
NONE = Visible(whole=False)
PARKING = VOCABULARY + "Parking"
FREE = VOCABULARY + "free"
STATE = VOCABULARY + "state"
NAMES = {"languageMap": {"de": "Ärztehaus", "en": "Clinic"}}
ENTITIES = [
    {"id": "urn:p:1", "type": "Parking", "name": "Zoo", "free": 7, "state": "open"},
    {
        "id": "urn:p:2",
        "type": "Parking",
        "name": NAMES,
        "free": 30,
        "state": {"languageMap": {"de": "zu", "en": "closed"}},
    },
    {"id": "urn:p:3", "type": "Parking", "name": "Am Zoo Süd", "free": "unbekannt", "state": "open"},
    {"id": "urn:p:bahnhof", "type": "Parking", "ref": {"object": "urn:a:b"}},
    {"id": "urn:l:1", "type": ["Lamp", "Thing"], "name": "Zoologischer Garten"},
]
PLACES = {"location": {"type": "Point", "coordinates": [7.5, 51.9]}, "aside": {"type": "Point", "coordinates": [1, 2]}}


@pytest.fixture
async def town(sender, resources):
    await sender.send([{**ENTITIES[0], **PLACES}, *ENTITIES[1:]])
    return resources


async def ids_of(resources, text, **options):
    found = await search_entities(resources, "default", text, visible=options.pop("visible", ALL), **options)
    return [entity.id for entity in found]


async def listed(resources, **options):
    page = await list_of_type(resources, "default", ListQuery(type=PARKING, **options), visible=ALL)
    return [state.id.rpartition(":")[2] for state in page.states]


async def test_a_search_finds_words_and_beginnings_of_the_last_one_best_first(town):
    assert await ids_of(town, "zoo") == ["urn:p:1", "urn:l:1", "urn:p:3"]
    assert await ids_of(town, "am zoo") == ["urn:p:3"]
    assert await ids_of(town, "zoo am") == ["urn:p:3"]
    assert await ids_of(town, "zo am") == []
    assert await ids_of(town, "arztehaus") == await ids_of(town, "CLIN") == ["urn:p:2"]
    assert await ids_of(town, "Bahn") == ["urn:p:bahnhof"]


async def test_what_is_found_tells_types_label_and_place(town):
    (zoo, *_), (doctors,) = [
        await search_entities(town, "default", text, visible=ALL) for text in ("zoo", "aerztehaus")
    ]

    assert (zoo.types, zoo.label, zoo.place) == ([PARKING], {"@none": "Zoo"}, (7.5, 51.9))
    assert (doctors.label, doctors.place) == ({"de": "Ärztehaus", "en": "Clinic"}, None)


async def test_an_id_finds_its_entity(town):
    assert await ids_of(town, " urn:p:2 ") == ["urn:p:2"]
    assert await ids_of(town, "urn:p:2", types=[VOCABULARY + "Lamp"]) == []


async def test_a_search_is_narrowed_by_types_and_limit(town):
    assert await ids_of(town, "zoo", types=[VOCABULARY + "Thing"]) == ["urn:l:1"]
    assert await ids_of(town, "zoo", limit=1) == ["urn:p:1"]


async def test_who_sees_nothing_finds_nothing(town):
    page = await list_of_type(town, "default", ListQuery(type=PARKING), visible=NONE)
    sorted_page = await list_of_type(town, "default", ListQuery(type=PARKING, sort=Sort("label")), visible=NONE)

    assert await ids_of(town, "zoo", visible=NONE) == []
    assert await ids_of(town, "urn:p:2", visible=NONE) == []
    assert (page.states, sorted_page.states, sorted_page.count) == ([], [], 0)
    assert await attributes_of_type(town, "default", PARKING, visible=NONE) == []


@pytest.mark.parametrize("text", ["", " ", "a", "! & |", "ä"])
async def test_too_short_a_text_is_told_so(resources, text):
    with pytest.raises(BadRequestData, match="two letters"):
        await search_entities(resources, "default", text, visible=ALL)


def test_no_text_breaks_a_search(serving):
    async def search(texts):
        async with open_resources(serving) as resources:
            for text in texts:
                await search_entities(resources, "default", "ab " + text, types=["urn:x:'\\:*|&!()"], visible=ALL)
                query = ListQuery(type=text, words="ab" + text, filters=(Filter(text, "=", text),), sort=Sort(text))
                try:
                    await list_of_type(resources, "default", query, visible=ALL)
                except BadRequestData:
                    assert "\x00" in text

    signs = st.text(alphabet="ab'\"\\:*|&!()<-> \x00äß$%{}\n", max_size=12) | st.text(max_size=12)

    @settings(max_examples=5)
    @given(st.lists(signs, min_size=40, max_size=40))
    def check(texts):
        asyncio.run(search(texts))

    check()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort(), ["1", "2", "3", "bahnhof"]),
        (Sort("id", descending=True), ["bahnhof", "3", "2", "1"]),
        (Sort("label", language="de"), ["3", "2", "bahnhof", "1"]),
        (Sort("label", language="en"), ["3", "bahnhof", "2", "1"]),
        (Sort(FREE), ["1", "2", "3", "bahnhof"]),
        (Sort(FREE, descending=True), ["3", "2", "1", "bahnhof"]),
        (Sort(STATE, language="en"), ["2", "1", "3", "bahnhof"]),
        (Sort(STATE, language="de"), ["1", "3", "2", "bahnhof"]),
        (Sort(VOCABULARY + "ref"), ["bahnhof", "1", "2", "3"]),
    ],
)
async def test_a_list_is_sorted_by_what_entities_say_and_those_that_say_nothing_are_last(town, sort, order):
    assert await listed(town, sort=sort) == order


async def test_a_list_is_sorted_by_the_time_of_change(town, sender):
    await sender.send({"id": "urn:p:1", "type": "Parking", "free": 8})

    assert (await listed(town, sort=Sort("modifiedAt", descending=True)))[0] == "1"


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ([Filter(FREE, ">=", "7")], ["1", "2"]),
        ([Filter(FREE, ">=", "7.5")], ["2"]),
        ([Filter(FREE, "<=", "7")], ["1"]),
        ([Filter(FREE, "=", "7")], ["1"]),
        ([Filter(FREE, "=", "unbekannt")], ["3"]),
        ([Filter(STATE, "=", "zu")], ["2"]),
        ([Filter(VOCABULARY + "ref", "=", "urn:a:b")], ["bahnhof"]),
        ([Filter(FREE, "has")], ["1", "2", "3"]),
        ([Filter(FREE, "has"), Filter(STATE, "=", "open")], ["1", "3"]),
        ([Filter(FREE, "=", "inf")], []),
        ([Filter("'; DROP TABLE x", "=", "1")], []),
    ],
)
async def test_a_list_is_narrowed_by_what_entities_say(town, filters, left):
    assert await listed(town, filters=tuple(filters)) == left


async def test_a_null_in_a_list_is_no_text(resources, sender):
    await sender.send([{"id": "urn:p:1", "type": "Parking", "state": {"value": ["open", None, 1]}}])

    assert await listed(resources, filters=(Filter(STATE, "=", "shut"),)) == []
    assert await listed(resources, filters=(Filter(STATE, "=", "open"),)) == ["1"]


async def test_a_list_by_name_is_in_the_order_of_what_is_shown(resources, sender):
    shown = [{"de": "Zoo", "en": "Animals"}, {"en": "Middle"}]
    entities = [{"id": f"urn:p:{at}", "type": "Parking", "name": {"languageMap": of}} for at, of in enumerate(shown)]
    await sender.send(entities)

    assert await listed(resources, sort=Sort("label", language="fr")) == ["0", "1"]


async def test_a_list_is_narrowed_by_words(town):
    assert await listed(town, words="zoo") == ["1", "3"]
    assert await listed(town, words="zoo", sort=Sort(FREE, descending=True)) == ["3", "1"]


async def test_pages_follow_one_another(resources, sender):
    await sender.send([{"id": f"urn:p:{number:03}", "type": "Parking", "free": -number} for number in range(25)])

    async def pages(sort, step):
        walked, query = [], ListQuery(type=PARKING, sort=sort, limit=10)
        while True:
            page = await list_of_type(resources, "default", query, visible=ALL)
            walked += [state.id for state in page.states]
            assert page.count == (None if query.is_plain else 25)
            if not page.more:
                return walked
            query = step(query, page)

    by_id = await pages(Sort(), lambda query, page: ListQuery(type=PARKING, after=page.states[-1].id, limit=10))
    by_free = await pages(
        Sort(FREE), lambda query, page: ListQuery(type=PARKING, sort=Sort(FREE), offset=query.offset + 10, limit=10)
    )

    assert by_id == sorted(by_id)
    assert by_free == by_id[::-1]
    assert len(set(by_id)) == 25


async def test_more_than_can_be_sorted_say_the_remedy_and_words_are_one(resources, rows, sender):
    await sender.send({"id": "urn:p:one", "type": "Parking", "name": "Single"})
    rows(
        f"INSERT INTO t_default.entity_type SELECT '{PARKING}', 'urn:q:' || n, -n FROM generate_series(1, {MOST_SORTED}) n RETURNING 1"
    )

    with pytest.raises(OperationNotSupported, match="narrow the list by words"):
        await listed(resources, sort=Sort(FREE))
    assert await listed(resources, sort=Sort(FREE), words="single") == ["one"]
    with pytest.raises(OperationNotSupported, match="narrow it by words"):
        await listed(resources, offset=MOST_SORTED + 1)


async def test_what_a_type_has_is_told_from_a_sample(town):
    uses = await attributes_of_type(town, "default", PARKING, visible=ALL)

    told = {use.iri.rpartition("/")[2]: (use.entities, use.numbers, use.texts, use.places) for use in uses}
    assert list(told)[:3] == ["free", "name", "state"]
    assert told["free"] == (3, 2, 1, 0)
    assert told["name"] == (3, 0, 3, 0)
    assert told["location"] == (1, 0, 0, 1)
    assert told["ref"] == (1, 0, 1, 0)


@pytest.fixture(scope="module")
def many(module_database):
    """A connection to a database with ten thousand labels."""
    with psycopg.connect(module_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO t_default.label SELECT n, NULL, array_to_tsvector(ARRAY['w' || n, 'x' || n % 50])"
            " FROM generate_series(1, 10000) n"
        )
        connection.execute(
            "INSERT INTO t_default.entity_type SELECT 'urn:x:' || n % 50, 'urn:l:' || n, n FROM generate_series(1, 10000) n"
        )
        connection.execute("ANALYZE t_default.label, t_default.entity_type")
        yield connection


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (ListQuery(type=PARKING, words="zoo", sort=Sort(FREE)), "label_words"),
        (ListQuery(type=PARKING, sort=Sort("label")), "entity_type_pkey"),
    ],
)
def test_a_sorted_list_takes_its_candidates_from_an_index(many, query, index):
    plan = kept_plan(many, *keys_statement("t_default", query, ALL, most=10))

    assert index in plan, plan


@pytest.mark.parametrize(
    ("name", "values", "index"),
    [
        ("search_labels", ["'zoo'", True], "label_words"),
        ("list_of_type", [PARKING, "", 10, 0, True], "entity_type_pkey"),
    ],
)
def test_a_search_and_a_list_by_id_go_by_an_index(many, name, values, index):
    plan = kept_plan(many, SQL.text(name, "t_default"), values)

    assert index in plan, plan
