# SPDX-License-Identifier: EUPL-1.2
"""What a map draws."""

from itertools import accumulate

import httpx
import psycopg
import pytest

from auth.policy import Visible
from broker.engine.markers import list_shapes
from broker.ngsi.boxes import PlaceQuery
from broker.store.places import markers_statement, shapes_statement
from tests.engine.conftest import VOCABULARY
from tests.plans import kept_plan

pytestmark = [pytest.mark.server, pytest.mark.storage]

ALL = Visible.everything()
SQUARE = [[7.65, 51.95], [7.66, 51.95], [7.66, 51.96], [7.65, 51.95]]


def point(longitude: float, latitude: float):
    return {"type": "Point", "coordinates": [longitude, latitude]}


TOWN = [
    {"id": "urn:l:1", "type": "Lamp", "name": "Am Markt", "location": point(7.612345678, 51.9)},
    {"id": "urn:l:2", "type": "Lamp", "aside": point(1, 2), "location": point(-7.7, -51.8)},
    {"id": "urn:l:3", "type": "Lamp", "aside": point(7.8, 52)},
    {"id": "urn:p:1", "type": "Park", "location": {"type": "Polygon", "coordinates": [SQUARE]}},
    {"id": "urn:x:1", "type": "Other"},
]


@pytest.fixture
async def town(client, admin):
    await create(client, admin, TOWN)
    return client


async def create(client: httpx.AsyncClient, admin, entities):
    created = await client.post("/ngsi-ld/v1/entityOperations/create", json=entities, headers=admin)
    assert created.status_code == 201


async def markers_of(client, **parameters):
    """Every marker as (type, longitude, latitude) by its number."""
    told = (await client.get("/markers", params=parameters)).json()
    names = [told["types"][index].rpartition("/")[2] for index in told["type"]]
    columns = [list(accumulate(told[name])) for name in ("seq", "lon", "lat")]
    assert told["count"] == len(names)
    return {seq: (name, x, y) for name, seq, x, y in zip(names, *columns, strict=True)}


async def test_each_entity_with_a_place_has_one_marker_in_the_middle_of_its_location(town):
    markers = await markers_of(town)

    assert sorted(markers.values()) == [
        ("Lamp", -770000, -5180000),
        ("Lamp", 761235, 5190000),
        ("Lamp", 780000, 5200000),
        ("Park", 765500, 5195500),
    ]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"type": "Park"}, ["Park"]),
        ({"type": VOCABULARY + "Park"}, ["Park"]),
        ({"type": "Nothing"}, []),
        ({"box": "7.6,51.8,7.7,52"}, ["Lamp", "Park"]),
        ({"box": "7.6,51.8,7.7,52", "type": "Lamp"}, ["Lamp"]),
        ({"box": "7.651,51.951,7.652,51.952"}, ["Park"]),
        ({"box": "0,0,1,1"}, []),
        ({"box": "7.75,-90,-7.6,90"}, ["Lamp", "Lamp"]),
    ],
)
async def test_markers_are_narrowed_by_type_and_box(town, parameters, found):
    assert sorted(name for name, _, _ in (await markers_of(town, **parameters)).values()) == found


async def test_an_entity_of_several_types_has_the_same_marker_whatever_is_asked(client, admin):
    await create(client, admin, [{"id": "urn:z:1", "type": ["Zoo", "Attraction"], "location": point(7, 50)}])

    everywhere, near = await markers_of(client), await markers_of(client, box="6,49,8,51")

    assert everywhere == near
    assert [name for name, _, _ in near.values()] == ["Attraction"]


@pytest.mark.parametrize("seq", ["9" * 5000, "-1", "x"])
async def test_a_marker_that_is_none_is_not_there(client, seq):
    assert (await client.get(f"/markers/{seq}")).status_code == 404


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "0,10,1,5", "0,0,181,1", "nan,0,1,1", "0,0,1,1,1"])
async def test_a_box_that_is_none_is_told_so(client, box):
    response = await client.get("/markers", params={"box": box})

    assert response.status_code == 400
    assert "west,south,east,north" in response.json()["detail"]


async def test_more_markers_than_a_map_can_show_are_only_counted(client, rows):
    rows(
        "INSERT INTO t_default.place SELECT n, 1, 0, box(point(n / 1e4, 50), point(n / 1e4, 50))"
        " FROM generate_series(1, 50002) n RETURNING 1"
    )
    rows(
        f"INSERT INTO t_default.entity_type SELECT '{VOCABULARY}Lamp', 'urn:l:' || n, n FROM generate_series(1, 50002) n RETURNING 1"
    )

    told = (await client.get("/markers", params={"type": "Lamp"})).json()

    assert (told["count"], told["limit"], told["types"], told["seq"]) == (50_002, 50_000, [], [])


async def test_many_markers_take_little(client, rows):
    rows(
        "INSERT INTO t_default.place SELECT n, 1, 0, box(point(7 + n % 997 / 1e3, 51 + n % 911 / 1e3),"
        " point(7 + n % 997 / 1e3, 51 + n % 911 / 1e3)) FROM generate_series(1, 20000) n RETURNING 1"
    )
    rows(
        f"INSERT INTO t_default.entity_type SELECT '{VOCABULARY}Lamp', 'urn:l:' || n, n FROM generate_series(1, 20000) n RETURNING 1"
    )

    response = await client.get("/markers")

    assert response.json()["count"] == 20_000
    assert len(response.content) <= 25 * 20_000


@pytest.mark.parametrize("path", ["/markers", "/shapes"])
async def test_a_large_map_is_compressed_for_those_who_take_it(client, admin, path):
    lines = [{"type": "LineString", "coordinates": [[7, 51], [7 + n / 1000, 52 - n / 1000]]} for n in range(1, 200)]
    await create(
        client, admin, [{"id": f"urn:l:{n}", "type": "Line", "location": line} for n, line in enumerate(lines)]
    )

    plain = await client.get(path, headers={"accept-encoding": "identity"})
    packed, again = [await client.get(path, headers={"accept-encoding": "gzip"}) for _ in range(2)]

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == again.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert plain.content == packed.content == again.content
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["vary"]
        assert response.headers["content-type"] == plain.headers["content-type"]


async def test_a_change_is_seen_by_the_next_who_looks(client, admin):
    await create(
        client, admin, [{"id": f"urn:l:{n}", "type": "Lamp", "location": point(n / 10, 51)} for n in range(300)]
    )
    before = await markers_of(client)

    await client.delete("/ngsi-ld/v1/entities/urn:l:7", headers=admin)

    assert len(await markers_of(client)) == len(before) - 1


async def test_a_marker_leads_people_to_a_page_and_tells_maps_in_words(town, admin):
    reading = {"pm10": {"type": "Property", "value": 12.5, "unitCode": "GQ", "observedAt": "2026-06-01T12:00:00Z"}}
    await town.post("/ngsi-ld/v1/entities/urn:l:1/attrs", json=reading, headers=admin)
    (seq,) = await markers_of(town, box="7.6,51.8,7.62,52")

    page = await town.get(f"/markers/{seq}", headers={"accept": "text/html,*/*;q=0.8"})
    words = await town.get(f"/markers/{seq}?lang=de")

    assert (page.status_code, page.headers["location"]) == (303, "/entities/urn:l:1")
    assert words.json() == {
        "id": "urn:l:1",
        "type": "Lamp",
        "label": "Am Markt",
        "observedAt": "2026-06-01T12:00:00Z",
        "readings": [{"name": "Feinstaub PM10", "value": "12,5\N{NO-BREAK SPACE}µg/m³"}],
    }


async def test_a_marker_without_readings_has_none(town):
    (seq,) = await markers_of(town, type="Park")

    told = (await town.get(f"/markers/{seq}")).json()

    assert (told["label"], told["observedAt"], told["readings"]) == ("1", None, [])


@pytest.mark.parametrize("seq", ["0", "999999", "x", "-1", "²", "9" * 30])
async def test_a_marker_that_is_none_is_not_found(client, seq):
    assert (await client.get(f"/markers/{seq}")).status_code == 404


async def test_shapes_are_places_that_are_more_than_a_point(town, admin):
    line = {"type": "LineString", "coordinates": [[7.6000001, 51.9, 3], [7.6000002, 51.9], [7.7, 51.9]]}
    await create(
        town,
        admin,
        [
            {"id": "urn:r:1", "type": "Road", "name": "Weg", "location": line},
            {"id": "urn:l:4", "type": "Lamp", "location": point(7.6, 51.9), "operationSpace": line},
            {"id": "urn:l:5", "type": "Lamp", "operationSpace": line},
        ],
    )

    response = await town.get("/shapes")
    road = (await town.get("/shapes?type=Road&box=7,51,8,52")).json()
    elsewhere = (await town.get("/shapes?box=0,0,1,1")).json()

    assert response.headers["content-type"] == "application/geo+json"
    assert {feature["id"] for feature in response.json()["features"]} == {"urn:p:1", "urn:r:1", "urn:l:5"}
    (feature,) = road["features"]
    assert feature["geometry"] == {"type": "LineString", "coordinates": [[7.6, 51.9], [7.7, 51.9]]}
    assert feature["properties"]["label"] == {"@none": "Weg"}
    assert feature["properties"]["type"] == VOCABULARY + "Road"
    assert elsewhere == {"type": "FeatureCollection", "features": [], "more": False}


async def test_shapes_are_bounded(client, admin):
    await create(
        client,
        admin,
        [
            {"id": f"urn:p:{n}", "type": "Park", "location": {"type": "Polygon", "coordinates": [SQUARE]}}
            for n in range(1001)
        ],
    )

    told = (await client.get("/shapes")).json()

    assert (len(told["features"]), told["more"]) == (1000, True)


async def test_shapes_of_many_positions_are_bounded(client, admin):
    ring = [[7 + n / 1e5, 51] for n in range(60_000)]
    ring.append(ring[0])
    area = {"type": "Polygon", "coordinates": [ring]}
    await create(client, admin, [{"id": f"urn:p:{n}", "type": "Park", "location": area} for n in range(2)])

    told = (await client.get("/shapes")).json()

    assert (len(told["features"]), told["more"]) == (1, True)


async def test_a_shape_of_too_many_positions_leaves_room_for_the_others(client, admin):
    ring = [[7 + n / 1e5, 51] for n in range(100_000)]
    ring.append(ring[0])
    area = {"type": "Polygon", "coordinates": [ring]}
    small = {"type": "Polygon", "coordinates": [SQUARE]}
    await create(client, admin, [{"id": "urn:p:1", "type": "Park", "location": area}])
    await create(client, admin, [{"id": f"urn:p:{n}", "type": "Park", "location": small} for n in (2, 3)])

    told = (await client.get("/shapes")).json()

    assert ([feature["id"] for feature in told["features"]], told["more"]) == (["urn:p:2", "urn:p:3"], True)


async def test_no_more_shapes_are_read_than_can_be_shown(client, admin, resources):
    ring = [[7 + n / 1e5, 51] for n in range(90_000)]
    ring.append(ring[0])
    area, small = ({"type": "Polygon", "coordinates": [corners]} for corners in (ring, SQUARE))
    for n in range(7):
        await create(client, admin, [{"id": f"urn:p:{n:02}", "type": "Park", "location": area}])
    await create(client, admin, [{"id": f"urn:p:{n:02}", "type": "Park", "location": small} for n in range(7, 100)])

    shapes = await list_shapes(resources, "default", PlaceQuery(), visible=ALL)

    assert [state.id for _, state, _ in shapes.found] == ["urn:p:00", *(f"urn:p:{n:02}" for n in range(7, 50))]
    assert shapes.more


@pytest.mark.parametrize(
    ("statement", "query", "index"),
    [
        (markers_statement, PlaceQuery(box=(7.0, 51.0, 7.1, 51.1)), "place_box"),
        (markers_statement, PlaceQuery(box=(179.0, 51.0, -179.0, 51.1)), "place_box"),
        (markers_statement, PlaceQuery(type="urn:x:y"), "entity_type_pkey"),
        (shapes_statement, PlaceQuery(box=(7.0, 51.0, 7.1, 51.1)), "place_shape_box"),
        (shapes_statement, PlaceQuery(), "place_shape "),
        (shapes_statement, PlaceQuery(type="urn:x:y"), "place_shape "),
    ],
)
def test_places_are_found_by_an_index(database, statement, query, index):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO t_default.place SELECT n, 1, 0, box(point(n / 1e4, 50), point(n / 1e4, 50))"
            " FROM generate_series(1, 20000) n"
        )
        connection.execute(
            "INSERT INTO t_default.entity_type SELECT 'urn:x:' || n % 100, 'urn:l:' || n, n FROM generate_series(1, 20000) n"
        )
        connection.execute("ANALYZE t_default.place, t_default.entity_type")

        plan = kept_plan(connection, *statement("t_default", query, ALL, most=1000))

    assert index in plan, plan
