# SPDX-License-Identifier: EUPL-1.2
"""Which entities a temporal query finds, and in which pages."""

from urllib.parse import quote

import pytest

from tests.web.problem import problem_type
from tests.web.temporal.asking import DATASET, EVER, WINDOW, ask, ids

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=Car", ["a:fast", "a:slow"]),
        ("type=Car;Bus", ["a:slow"]),
        ("type=Bus,Tram", ["a:slow", "b:late", "b:scoped", "b:unscoped"]),
        ("type=*", ["a:fast", "a:slow", "b:late", "b:scoped", "b:unscoped"]),
        ("local=true&id=urn:a:fast,urn:a:still,urn:x:9", ["a:fast"]),
        ("type=Car,Tram&idPattern=^urn:a", ["a:fast", "a:slow"]),
        ("attrs=heading", ["a:fast"]),
        ("attrs=heading,depot", ["a:fast", "a:slow"]),
        ("attrs=unknown", []),
        ("q=heading", ["a:fast"]),
        ("type=Car&orderBy=id;desc", ["a:slow", "a:fast"]),
        ("type=Car&orderBy=id&collation=de", ["a:fast", "a:slow"]),
        (f"type=Car&datasetId={DATASET}", ["a:slow"]),
        (f"attrs=heading&datasetId={DATASET}", []),
        ("type=Unknown", []),
    ],
)
async def test_entities_that_have_an_instance_in_the_time_are_found(client, query, expected):
    assert await ids(client, f"{query}&{WINDOW}") == expected


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("speed>25", ["a:fast"]),
        ("speed>60", []),
        ("speed==10..40", ["a:fast", "a:slow"]),
        ("speed!=30", ["a:fast", "a:slow", "b:late", "b:scoped", "b:unscoped"]),
        ("speed>5;heading<90", ["a:fast"]),
        ("speed>40|depot==urn:a:garage", ["a:fast", "a:slow"]),
        ("!heading;speed>5", ["a:slow"]),
        ('speed=="old"', ["b:scoped"]),
        ('speed~="^n"', ["b:scoped", "b:unscoped"]),
        ('name[de]=="Blitz"', ["a:fast"]),
        ('name[de]=="Flash"', []),
        ('name[*]=="Flash"', ["a:fast"]),
        (f'speed.datasetId=="{DATASET}"', ["a:slow"]),
        ("speed.observedAt>=2026-03-01T12:45:00Z", ["b:scoped"]),
        ("speed==12", ["a:slow"]),
    ],
)
async def test_q_is_judged_on_the_instances_of_the_time(client, q, expected):
    assert await ids(client, f"q={quote(q)}&{WINDOW}") == expected


async def test_values_are_expanded_where_the_query_says_so(client):
    shop = {"id": "urn:c:shop", "type": "Shop", "category": {"type": "VocabProperty", "vocab": "retail"}}
    assert (await client.post("entities", json=shop)).status_code == 201
    query = f"type=Shop&q=category==retail&{EVER}&timeproperty=createdAt"

    assert await ids(client, f"{query}&expandValues=category") == ["c:shop"]
    assert await ids(client, query) == []


@pytest.mark.parametrize(
    ("geo", "expected"),
    [
        ("georel=near;maxDistance==2000&geometry=Point&coordinates=[7.6,51.9]", ["a:fast"]),
        ("georel=near;minDistance==2000&geometry=Point&coordinates=[7.6,51.9]", ["a:fast", "a:slow"]),
        ("georel=within&geometry=Polygon&coordinates=[[[9,39],[11,39],[11,41],[9,41],[9,39]]]", ["a:slow"]),
        ("georel=equals&geometry=Point&coordinates=[8.0,52.0]", ["a:fast"]),
        ("georel=near;maxDistance==2000&geometry=Point&coordinates=[7.6,51.9]&geoproperty=observationSpace", []),
    ],
)
async def test_places_are_those_of_the_time(client, geo, expected):
    assert await ids(client, f"type=Car&{geo}&{WINDOW}") == expected
    assert (await ask(client, f"type=Car&{geo}&{WINDOW}&count=true")).headers["ngsild-results-count"] == str(
        len(expected)
    )


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("/R", {"b:scoped": ["old"]}),
        ("/S", {"b:scoped": ["new"]}),
        ("/T/%23", {"b:scoped": ["new"]}),
        ("(/S;/T/U)", {"b:scoped": ["new"]}),
        ("/%23", {"b:scoped": ["old", "new"]}),
        ("/R|/X", {"b:scoped": ["old"]}),
        ("/R;/S", {}),
        ("/Z", {}),
    ],
)
async def test_a_scope_holds_until_it_is_replaced_and_bounds_what_is_told(client, scope, expected):
    found = (await ask(client, f"type=Tram&scopeQ={scope}&{WINDOW}")).json()

    assert {one["id"][4:]: [instance["value"] for instance in one["speed"]] for one in found} == expected


async def test_pages_part_what_is_found_and_link_to_each_other(client):
    first = await ask(client, f"type=Tram&limit=2&count=true&{WINDOW}")
    last = await ask(client, f"type=Tram&limit=2&offset=2&{WINDOW}")
    beyond = await ask(client, f"type=Tram&limit=2&offset=4&{WINDOW}")
    none = await ask(client, f"type=Tram&limit=0&count=true&q=speed%3D%3D%22new%22&{WINDOW}")

    assert [one["id"] for response in (first, last) for one in response.json()] == [
        "urn:b:late",
        "urn:b:scoped",
        "urn:b:unscoped",
    ]
    assert first.headers["ngsild-results-count"] == "3"
    assert "/ngsi-ld/v1/temporal/entities?" in first.headers["link"]
    assert 'rel="next"' in first.headers["link"]
    assert 'rel="prev"' not in first.headers["link"]
    assert 'rel="prev"' in last.headers["link"]
    assert 'rel="next"' not in last.headers["link"]
    assert beyond.json() == []
    assert (none.json(), none.headers["ngsild-results-count"]) == ([], "1")


async def test_pages_of_more_entities_than_are_walked_at_once_part_them_all(client, monkeypatch):
    monkeypatch.setattr("broker.engine.evolutions._FIRST_SLICE", 1)
    everything = await ids(client, f"local=true&{WINDOW}")

    pages = [await ids(client, f"local=true&limit=2&offset={offset}&{WINDOW}") for offset in (0, 2, 4, 6)]
    counted = await ask(client, f"local=true&limit=1&offset=3&count=true&orderBy=id;desc&{WINDOW}")

    assert [one for page in pages for one in page] == everything
    assert counted.headers["ngsild-results-count"] == str(len(everything))
    assert [one["id"].removeprefix("urn:") for one in counted.json()] == [everything[-4]]


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("type=Car", "BadRequestData", "timerel"),
        ("type=Car&timerel=after", "BadRequestData", "'timeAt' is required"),
        ("type=Car&timerel=during&timeAt=2026-03-01T12:00:00Z", "BadRequestData", "before, after or between"),
        ("type=Car&timerel=after&timeAt=2026-03-01", "BadRequestData", "2026-11-25T01:50:31Z"),
        ("type=Car&timerel=between&timeAt=2026-03-01T12:00:00Z", "BadRequestData", "'endTimeAt' is required"),
        (f"type=Car&{WINDOW}&timeproperty=seenAt", "BadRequestData", "observedAt, createdAt, modifiedAt or deletedAt"),
        (f"type=Car&{WINDOW}&lastN=0", "BadRequestData", "greater than 0"),
        (f"id=urn:a:fast&{WINDOW}", "BadRequestData", "type, attrs, q, georel"),
        (f"type=*&local=false&{WINDOW}", "BadRequestData", "local"),
        (f"type=Car&{WINDOW}&options=keyValues", "InvalidRequest", "temporalValues"),
        (f"type=Car&{WINDOW}&format=simplified", "InvalidRequest", "temporalValues"),
        (f"type=Car&{WINDOW}&join=inline", "InvalidRequest", "'join' is not known"),
        (f"type=Car&{WINDOW}&limit=-1", "BadRequestData", "'limit'"),
    ],
)
async def test_a_temporal_query_that_makes_no_sense_is_refused_with_a_remedy(client, query, kind, words):
    response = await ask(client, query, 400)

    assert problem_type(response) == kind
    assert words in response.json()["detail"]
