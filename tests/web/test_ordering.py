# SPDX-License-Identifier: EUPL-1.2
"""The order of queries over HTTP."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

FIRST, SECOND, THIRD = "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-02-01T00:00:00Z"
CARS = [
    {"id": "urn:a:2", "type": "Car", "mixed": 10, "name": {"value": "b", "observedAt": SECOND, "sub": 1}, "home": {"city": "Bonn"}},
    {"id": "urn:a:1", "type": "Car", "mixed": 9, "name": {"value": "B", "observedAt": THIRD, "sub": 2}, "at": {"object": "urn:x:2"}},
    {"id": "urn:a:3", "type": "Auto", "mixed": "a", "name": {"value": "ä", "observedAt": FIRST}, "at": {"object": "urn:x:1"}},
    {"id": "urn:a:4", "type": "Car", "mixed": {"x": 1}, "title": {"languageMap": {"de": "z", "en": "a"}}},
    {"id": "urn:a:5", "type": "Car", "mixed": [1], "title": {"languageMap": {"de": "a", "en": "z"}}, "scope": "/A"},
    {"id": "urn:a:6", "type": "Car", "mixed": True, "home": {"city": "Aachen"}},
    {"id": "urn:a:7", "type": "Car", "mixed": {"@type": "DateTime", "@value": FIRST}},
    {"id": "urn:a:8", "type": "Car"},
]  # fmt: skip


@pytest.fixture
async def cars(client):
    for car in CARS:
        assert (await client.post("entities", json=car)).status_code == 201


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("id", "12345678"),
        ("id;desc", "87654321"),
        ("type", "31245678"),
        ("createdAt", "21345678"),
        ("createdAt;desc", "87654312"),
        ("modifiedAt;asc", "21345678"),
        ("scope", "51234678"),
        ("mixed", "12345678"),
        ("mixed;desc", "76543218"),
        ("name", "12345678"),
        ("name;desc", "32145678"),
        ("name.observedAt", "32145678"),
        ("name.observedAt;desc", "12345678"),
        ("name.createdAt", "21345678"),
        ("name.sub", "21345678"),
        ("home[city]", "62134578"),
        ("title[de]", "54123678"),
        ("title[en];desc", "54123678"),
        ("at", "31245678"),
        ("type,name;desc", "32145678"),
        ("unknown", "12345678"),
        ("https://uri.etsi.org/ngsi-ld/default-context/name", "12345678"),
    ],
)
async def test_entities_come_in_the_order_that_is_asked_for(client, cars, order, ids):
    response = await client.get(f"entities?local=true&orderBy={order}&options=keyValues")

    assert response.status_code == 200, response.text
    assert "".join(entity["id"][-1] for entity in response.json()) == ids


PLACES = {
    "1": {"type": "Point", "coordinates": [8.01, 40.01]},
    "2": {"type": "Point", "coordinates": [-179, 40]},
    "3": {"type": "LineString", "coordinates": [[9, 41], [100, 80]]},
    "4": {"type": "Polygon", "coordinates": [[[20, 40], [21, 40], [21, 41], [20, 40]]]},
    "5": {"type": "Point", "coordinates": [8, 40, 500]},
}


@pytest.fixture
async def places(client):
    for number, place in PLACES.items():
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Spot", "location": place, "at": place})
    await client.post("entities", json={"id": "urn:a:6", "type": "Spot", "at": 7})
    await client.post("entities", json={"id": "urn:a:7", "type": "Spot", "at": 5})
    await client.post("entities", json={"id": "urn:a:8", "type": "Spot"})


@pytest.mark.parametrize(
    ("order", "origin", "ids"),
    [
        ("location;dist-asc", "[8,40]", "51342678"),
        ("location;dist-desc", "[8,40]", "24315678"),
        ("location;dist-asc", "[179,40]", "2"),
        ("at;dist-asc", "[8,40]", "51342768"),
        ("at;dist-desc", "[8,40]", "24315678"),
    ],
)
async def test_entities_come_in_the_order_of_their_distance_and_then_of_their_values(
    client, places, order, origin, ids
):
    response = await client.get(f"entities?type=Spot&orderBy={order}&orderFrom={origin}&options=keyValues")

    assert response.status_code == 200, response.text
    assert "".join(entity["id"][-1] for entity in response.json()).startswith(ids)


async def test_pages_keep_the_order(client, cars):
    seen = []
    target = "/ngsi-ld/v1/entities?type=Car,Auto&orderBy=mixed;desc&limit=3&options=keyValues"
    while target:
        response = await client.get(f"http://localhost{target}")
        seen += [entity["id"][-1] for entity in response.json()]
        target = response.links.get("next", {}).get("url")

    assert "".join(seen) == "76543218"


async def test_an_order_goes_with_every_narrowing_and_view(client, cars):
    response = await client.get(
        "entities?type=Car&attrs=mixed&idPattern=[1-4]$&orderBy=mixed;desc&lang=de&options=keyValues&count=true"
    )

    assert [entity["id"][-1] for entity in response.json()] == ["4", "2", "1"]
    assert response.headers["ngsild-results-count"] == "3"


@pytest.mark.parametrize(
    "query",
    [
        "orderBy=",
        "orderBy=name,,id",
        "orderBy=name;up",
        "orderBy=name;asc;desc",
        "orderBy=id.name",
        "orderBy=createdAt[x]",
        "orderBy=name.observedAt[x]",
        "orderBy=name..sub",
        "orderBy=name[",
        "orderBy=value",
        "orderBy=a,b,c,d,e,f,g,h,i,j,k",
        "orderBy=location;dist-asc",
        "orderBy=location;dist-desc&orderGeometry=Point",
        "orderBy=location;dist-asc&orderFrom=8,40",
        "orderBy=id;dist-asc&orderFrom=[8,40]",
        "orderBy=location.observedAt;dist-asc&orderFrom=[8,40]",
        "orderBy=location;dist-asc&orderFrom=[8,400]",
        "orderBy=location;dist-asc&orderFrom=[8,40]&orderGeometry=GeometryCollection",
        "orderBy=name&collation=!!nope",
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(client, query):
    response = await client.get(f"entities?type=Car&{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


WORDS = {"1": "Zebra", "2": "Ähre", "3": "äpfel", "4": "Apfel", "5": "Öl", "6": "Ofen", "7": 7, "8": "Odin"}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("orderBy=name", "74861253"),
        ("orderBy=name&collation=und", "72438651"),
        ("orderBy=name;desc&collation=de", "15683427"),
        ("orderBy=name&collation=sv", "74861235"),
        ("orderBy=name&collation=de-u-co-phonebk", "72348561"),
        ("orderBy=type,name&collation=de", "72438651"),
    ],
)
async def test_texts_come_in_the_order_of_a_language(client, query, ids):
    for number, word in WORDS.items():
        await client.post("entities", json={"id": f"urn:a:{number}", "type": "Word", "name": word})

    response = await client.get(f"entities?type=Word&{query}&options=keyValues&count=true")
    page = await client.get(f"entities?type=Word&{query}&options=keyValues&limit=3&offset=3")

    assert "".join(entity["id"][-1] for entity in response.json()) == ids
    assert response.headers["ngsild-results-count"] == "8"
    assert "".join(entity["id"][-1] for entity in page.json()) == ids[3:6]
    assert "next" in page.links


async def test_what_is_found_by_place_comes_in_any_order(client, places):
    near = "georel=near;maxDistance==1000000&geometry=Point&coordinates=[8,40]"

    orders = {
        query: "".join(entity["id"][-1] for entity in (await client.get(f"entities?{near}&{query}")).json())
        for query in (
            "orderBy=id;desc",
            "orderBy=location;dist-asc&orderFrom=[8,40]",
            "orderBy=location;dist-desc&orderFrom=[8,40]&limit=2",
            "orderBy=id;desc&limit=2&offset=1&count=true",
        )
    }

    assert list(orders.values()) == ["531", "513", "31", "31"]


@pytest.mark.parametrize(("direction", "ids"), [("dist-asc", "31542678"), ("dist-desc", "24513678")])
async def test_entities_come_in_the_order_of_their_distance_from_a_shape(client, places, direction, ids):
    line = "orderFrom=[[8,39.9],[9,41]]&orderGeometry=LineString"

    response = await client.get(f"entities?type=Spot&orderBy=location;{direction}&{line}&options=keyValues")

    assert response.status_code == 200, response.text
    assert "".join(entity["id"][-1] for entity in response.json()) == ids
