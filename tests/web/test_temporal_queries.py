# SPDX-License-Identifier: EUPL-1.2
"""Queries over the history of many entities, by parameters and by a body."""

from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "temporal/entities"
WINDOW = "timerel=between&timeAt=2026-03-01T12:00:00Z&endTimeAt=2026-03-01T13:00:00Z"
EVER = "timerel=after&timeAt=2020-01-01T00:00:00Z"
OUT = "2026-01-05T00:00:00Z"
DATASET = "urn:ngsi-ld:Dataset:left"


def at(minute, value, kind="Property", **members):
    member = {"Relationship": "object", "LanguageProperty": "languageMap"}.get(kind, "value")
    time = minute if type(minute) is str else f"2026-03-01T12:{minute:02}:00Z"
    return {"type": kind, member: value, "observedAt": time, **members}


def point(minute, *coordinates):
    return at(minute, {"type": "Point", "coordinates": list(coordinates)}, "GeoProperty")


ENTITIES = [
    {
        "id": "urn:a:fast",
        "type": "Car",
        "speed": [at(0, 30), at(10, 50), at(OUT, 90)],
        "heading": [at(5, 45)],
        "name": [at(5, {"de": "Blitz", "en": "Flash"}, "LanguageProperty")],
        "location": [point(0, 7.6, 51.9), point(30, 8.0, 52.0)],
    },
    {
        "id": "urn:a:slow",
        "type": ["Car", "Bus"],
        "speed": [at(0, 10), at(OUT, 80), at(0, 12, datasetId=DATASET)],
        "depot": [at(0, "urn:a:garage", "Relationship")],
        "location": [point(0, 10.0, 40.0), point(OUT, 7.6, 51.9)],
    },
    {"id": "urn:a:still", "type": "Car", "speed": [at(OUT, 99)]},
    {
        "id": "urn:b:scoped",
        "type": "Tram",
        "scope": [at("2026-03-01T10:00:00Z", "/R"), at(30, ["/S", "/T/U"])],
        "speed": [at(5, "old"), at(45, "new")],
    },
    {"id": "urn:b:unscoped", "type": "Tram", "speed": [at(5, "none")]},
    {"id": "urn:b:late", "type": "Tram", "scope": [at("2026-03-01T14:00:00Z", "/Z")], "speed": [at(5, "late")]},
]


@pytest.fixture
async def client(app):
    """A client of a platform that knows ENTITIES; no test of this module changes them."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as opened:
        if (await opened.get(f"entities/{ENTITIES[-1]['id']}")).status_code == 404:
            for entity in ENTITIES:
                assert (await opened.post(PATH, json=entity)).status_code == 201
        yield opened


async def ask(client, query, status=200, **named):
    response = await client.get(f"{PATH}?{query}", **named)
    assert response.status_code == status, response.text
    return response


async def ids(client, query):
    return [entity["id"].removeprefix("urn:") for entity in (await ask(client, query)).json()]


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


async def test_scopes_are_told_as_instances_from_those_that_held_when_the_time_began(client):
    (found,) = (await ask(client, f"local=true&id=urn:b:scoped&{WINDOW}&options=sysAttrs")).json()

    assert [(one["type"], one["value"], one["observedAt"]) for one in found["scope"]] == [
        ("Property", "/R", "2026-03-01T10:00:00Z"),
        ("Property", ["/S", "/T/U"], "2026-03-01T12:30:00Z"),
    ]
    assert set(found["scope"][0]) == {"type", "value", "observedAt", "createdAt", "modifiedAt", "instanceId"}
    assert (await client.get("entities/urn:b:scoped")).json()["scope"] == ["/S", "/T/U"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"id", "type", "speed", "heading", "name", "location"}),
        ("&attrs=speed,heading", {"id", "type", "speed", "heading"}),
        ("&pick=id,speed", {"id", "speed"}),
        ("&pick=speed", {"speed"}),
        ("&omit=speed,name,type", {"id", "heading", "location"}),
        (f"&datasetId={DATASET},@none&pick=type,heading", {"type", "heading"}),
    ],
)
async def test_an_answer_holds_the_part_that_is_asked_for(client, query, expected):
    found = (await ask(client, f"type=Car&idPattern=fast{query}&{WINDOW}")).json()

    assert [set(one) for one in found] == [expected]


async def test_an_entity_of_which_nothing_is_picked_is_left_out(client):
    found = (await ask(client, f"type=Car&pick=heading&{WINDOW}")).json()

    assert [[one["value"] for one in entity["heading"]] for entity in found] == [[45]]


async def test_only_instances_of_the_time_are_told_in_ascending_order(client):
    fast, slow = (await ask(client, f"type=Car&attrs=speed&{WINDOW}")).json()

    assert [(one["value"], one["observedAt"][11:16]) for one in fast["speed"]] == [(30, "12:00"), (50, "12:10")]
    assert [(one["value"], one.get("datasetId")) for one in slow["speed"]] == [(10, None), (12, DATASET)]
    assert all(one["instanceId"].startswith("urn:") for one in fast["speed"])


async def test_the_last_n_of_each_attribute_are_told_in_ascending_order(client):
    fast, slow = (await ask(client, f"type=Car&attrs=speed&{EVER}&lastN=2")).json()[:2]

    assert [one["value"] for one in fast["speed"]] == [30, 50]
    assert sorted(one["value"] for one in slow["speed"]) == [10, 12]


async def test_values_stand_in_pairs_with_their_times_and_nothing_else(client):
    found = (await ask(client, f"type=Car&format=temporalValues&options=aggregatedValues&{WINDOW}")).json()

    assert found[0]["speed"] == {
        "type": "Property",
        "values": [[30, "2026-03-01T12:00:00Z"], [50, "2026-03-01T12:10:00Z"]],
    }
    assert found[0]["name"] == {
        "type": "LanguageProperty",
        "languageMaps": [[{"languageMap": {"de": "Blitz", "en": "Flash"}}, "2026-03-01T12:05:00Z"]],
    }
    assert found[1]["speed"] == [
        {"type": "Property", "values": [[10, "2026-03-01T12:00:00Z"]]},
        {"type": "Property", "datasetId": DATASET, "values": [[12, "2026-03-01T12:00:00Z"]]},
    ]
    assert found[1]["depot"] == {"type": "Relationship", "objects": [["urn:a:garage", "2026-03-01T12:00:00Z"]]}


async def test_texts_are_told_in_the_language_that_is_asked_for(client):
    (found,) = (await ask(client, f"attrs=name&lang=en&{WINDOW}")).json()
    (pairs,) = (await ask(client, f"attrs=name&lang=en&options=temporalValues&{WINDOW}")).json()

    assert (found["name"][0]["type"], found["name"][0]["value"], found["name"][0]["lang"]) == (
        "Property",
        "Flash",
        "en",
    )
    assert pairs["name"] == {"type": "Property", "values": [["Flash", "2026-03-01T12:05:00Z"]]}


async def test_system_attributes_of_entities_and_instances_are_told_when_asked_for(client):
    (plain,) = (await ask(client, f"attrs=heading&{WINDOW}")).json()
    (found,) = (await ask(client, f"attrs=heading&options=sysAttrs,concise&{WINDOW}")).json()

    assert {"createdAt", "modifiedAt"}.isdisjoint(plain.keys() | plain["heading"][0].keys())
    assert {"createdAt", "modifiedAt"} <= found.keys() & found["heading"][0].keys()
    assert "type" not in found["heading"][0]


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


async def test_media_types_are_json_and_json_ld_with_the_context_where_each_has_it(client):
    plain = await ask(client, f"attrs=heading&{WINDOW}")
    linked = await ask(client, f"attrs=heading&{WINDOW}", headers={"accept": "application/ld+json"})
    await ask(client, f"attrs=heading&{WINDOW}", 406, headers={"accept": "application/geo+json"})

    assert plain.headers["content-type"] == "application/json"
    assert "@context" not in plain.json()[0]
    assert "json-ld#context" in plain.headers["link"]
    assert "@context" in linked.json()[0]


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


BODY = {
    "type": "Query",
    "entities": [{"type": "Car"}],
    "temporalQ": {
        "timerel": "between",
        "timeAt": "2026-03-01T12:00:00Z",
        "endTimeAt": "2026-03-01T13:00:00Z",
    },
}


async def post(client, body, query=""):
    return await client.post(f"temporal/entityOperations/query{query}", json=body)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, ["urn:a:fast", "urn:a:slow"]),
        ({"q": "speed>25"}, ["urn:a:fast"]),
        ({"scopeQ": "/R", "entities": [{"type": "*"}]}, ["urn:b:scoped"]),
        ({"entities": [{"type": "Car", "id": "urn:a:slow"}, {"type": "Tram", "idPattern": "scoped$"}]}, None),
        ({"geoQ": {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [10, 40]}}, ["urn:a:slow"]),
        ({"ordering": {"orderBy": ["id;desc"]}}, ["urn:a:slow", "urn:a:fast"]),
    ],
)
async def test_a_query_by_body_finds_what_its_members_say(client, members, expected):
    response = await post(client, {**BODY, **members})

    assert response.status_code == 200, response.text
    assert [one["id"] for one in response.json()] == (expected or ["urn:a:slow", "urn:b:scoped", "urn:b:unscoped"])


async def test_a_query_by_body_honours_last_n_parts_and_pages(client):
    window = {**BODY["temporalQ"], "lastN": 1}

    response = await post(client, {**BODY, "pick": ["id", "speed"], "temporalQ": window}, "?limit=1&count=true")

    (found,) = response.json()
    assert set(found) == {"id", "speed"}
    assert [one["value"] for one in found["speed"]] == [50]
    assert response.headers["ngsild-results-count"] == "2"


@pytest.mark.parametrize(
    ("body", "query", "words"),
    [
        ({name: part for name, part in BODY.items() if name != "temporalQ"}, "", "timerel"),
        ({**BODY, "temporalQ": {"timerel": "after"}}, "", "timeAt"),
        ({**BODY, "temporalQ": {**BODY["temporalQ"], "lastN": 2.5}}, "", "temporalQ.lastN"),
        ({**BODY, "join": "inline"}, "", "join"),
        ({**BODY, "entities": []}, "", "entities"),
        ({**BODY, "type": "Question"}, "", "Query"),
    ],
)
async def test_a_query_by_body_that_makes_no_sense_is_refused(client, body, query, words):
    response = await post(client, body, query)

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert words in response.json()["detail"]


async def test_a_deleted_entity_is_found_by_the_types_that_it_had(client):
    entity = {"id": "urn:d:1", "type": "Ship", "scope": "/Sea", "speed": at(1, 5)}
    assert (await client.post("entities", json=entity)).status_code == 201
    assert (await client.delete("entities/urn:d:1")).status_code == 204

    (past,) = (await ask(client, f"type=Ship&{WINDOW}")).json()
    (gone,) = (await ask(client, f"type=Ship&{EVER}&timeproperty=deletedAt&options=sysAttrs")).json()
    alone = (await client.get(f"{PATH}/urn:d:1")).json()

    assert (past["type"], [one["value"] for one in past["speed"]]) == ("Ship", [5])
    assert (gone["speed"][0]["value"], gone["scope"][0]["value"]) == ("urn:ngsi-ld:null", [])
    assert gone["deletedAt"]
    assert "createdAt" not in gone
    assert alone["type"] == "Ship"
    assert (await client.get("entities?type=Ship")).json() == []


async def test_an_entity_that_was_made_again_is_found_by_its_new_types_and_told_whole(client):
    for kind in ("Raft", "Boat"):
        entity = {"id": "urn:d:2", "type": kind, "speed": at(1 if kind == "Raft" else 2, kind)}
        assert (await client.post("entities", json=entity)).status_code == 201
        assert (await client.delete("entities/urn:d:2")).status_code == 204

    assert await ids(client, f"type=Raft&{WINDOW}") == []
    (found,) = (await ask(client, f"type=Boat&{WINDOW}")).json()
    assert [one["value"] for one in found["speed"]] == ["Raft", "Boat"]


async def test_of_an_evolution_that_was_deleted_nothing_is_found(client):
    entity = {"id": "urn:d:3", "type": "Kite", "scope": "/Sky", "speed": [at(1, 5)]}
    assert (await client.post(PATH, json=entity)).status_code == 201

    assert (await client.delete(f"{PATH}/urn:d:3")).status_code == 204

    assert await ids(client, f"type=Kite&{EVER}") == []
    assert (await client.get(f"{PATH}/urn:d:3")).status_code == 404


@pytest.fixture
async def capped(resources, client):
    """A client of a platform that tells three instances at once."""
    few = replace(resources, temporal_instance_cap=3, registry=CollectorRegistry())
    app = build_app(few, Keyring(resources.database), HttpGate(open=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "expected", "content_range"),
    [
        (
            "timerel=after&timeAt=2026-03-01T12:00:00Z",
            ([30], [10, 12]),
            "date-time 2026-03-01T12:00:00Z-2026-03-01T12:05:00Z/*",
        ),
        (
            "timerel=before&timeAt=2026-03-01T13:00:00Z",
            ([90, 30], [80, 10, 12]),
            "date-time 2026-01-05T00:00:00Z-2026-03-01T12:00:00Z/*",
        ),
        (
            "timerel=before&timeAt=2026-03-01T13:00:00Z&lastN=3",
            ([50], []),
            "date-time 2026-03-01T13:00:00Z-2026-03-01T12:05:00Z/3",
        ),
    ],
)
async def test_more_than_the_cap_is_cut_at_one_time_for_all_entities(capped, query, expected, content_range):
    response = await ask(capped, f"local=true&id=urn:a:fast,urn:a:slow&attrs=speed,heading&{query}", 206)

    assert response.headers["content-range"] == content_range
    assert tuple([one["value"] for one in entity["speed"]] for entity in response.json()) == expected


async def test_reading_on_from_the_end_of_a_cut_answer_tells_all(capped):
    seen = set()
    start = "2020-01-01T00:00:00Z"
    for _ in range(10):
        response = await capped.get(f"{PATH}?type=Car&attrs=speed&timerel=after&timeAt={start}")
        seen |= {one["instanceId"] for entity in response.json() for one in entity["speed"]}
        if response.status_code == 200:
            break
        start = response.headers["content-range"].split("Z-")[1].removesuffix("/*")

    assert len(seen) == 7


async def test_what_is_cut_away_whole_is_an_empty_list_in_every_form(capped):
    query = "attrs=heading,speed&type=Car&lastN=3&timerel=before&timeAt=2026-03-01T13:00:00Z"

    plain = await ask(capped, query, 206)
    pairs = await ask(capped, f"{query}&options=temporalValues", 206)

    assert plain.json()[1]["speed"] == []
    assert pairs.json()[1]["speed"] == {"type": "Property", "values": []}
