# SPDX-License-Identifier: EUPL-1.2
"""All entities of a type as a file: read again, and compared with what was written."""

import csv
import io
import json

import httpx
import pytest

from broker.engine.exports import PAGE
from tests.api.town import parking

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/types/OffStreetParking"
SQUARE = {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 52], [7, 51]]]}
TEXTS = {
    "quotes": 'He said "no", and left;\r\nthen\ncame back',
    "formula": "=HYPERLINK(1)",
    "plus": "+49 251",
    "at": "@home",
    "arabic": "ساحة المدينة",
    "markup": "<script>alert(1)</script>",
    "blank": " x ",
}


async def table(client, parameters="", dialect=csv.excel, **options):
    """The rows of a file of CSV as objects, and its answer."""
    answer = await client.get(f"{PATH}?f=csv{parameters}", **options)
    assert answer.status_code == 200, answer.text
    text = answer.content.decode()
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), dialect=dialect)), answer


async def features(client, parameters=""):
    answer = await client.get(f"{PATH}?f=geojson{parameters}")
    assert answer.status_code == 200, answer.text
    document = json.loads(answer.content)
    assert document["type"] == "FeatureCollection"
    return {feature["id"]: feature for feature in document["features"]}


class German(csv.excel):
    delimiter = ";"


async def test_csv_holds_what_was_written(client, write):
    await write(parking(1, 7.25, **TEXTS), parking(2, -3, seats=2**53 + 1, truth=False))

    (first, second), answer = await table(client)

    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="OffStreetParking.csv"'
    assert answer.content.count(b"\r\n") >= 3
    assert list(first)[:2] == ["id", "name"]
    assert list(first)[-3:] == ["observedAt", "longitude", "latitude"]
    assert {name: first[name] for name in TEXTS} == TEXTS
    assert (first["name"], first["availableSpotNumber"]) == ("Garage 1", "7.25")
    assert (first["observedAt"], first["longitude"], first["latitude"]) == ("2026-06-01T12:01:00Z", "7.5", "51.9")
    assert (second["seats"], second["truth"], second["availableSpotNumber"]) == (str(2**53 + 1), "false", "-3")
    assert (first["seats"], second["quotes"]) == ("", "")


async def test_the_german_excel_gets_its_own_csv_and_no_formulas(client, write):
    air = {"type": "Property", "value": 1.5, "unitCode": "GQ"}
    await write(parking(1, 7.25, **TEXTS, pm10=air))

    (row,), answer = await table(client, "&dialect=excel-de", German)

    assert answer.content.startswith(b"\xef\xbb\xbfid;name;")
    assert row["availableSpotNumber"] == "7,25"
    assert row["longitude"] == "7,5"
    assert row["pm10 [µg/m³]"] == "1,5"
    assert (row["formula"], row["plus"], row["at"]) == ("'=HYPERLINK(1)", "'+49 251", "'@home")
    assert row["quotes"] == TEXTS["quotes"]


async def test_units_have_a_column_where_they_differ(client, write):
    micro, milli = ({"type": "Property", "value": 1, "unitCode": code} for code in ("GQ", "GP"))
    await write(parking(1, 1, pm10=micro, no2=micro, o3=micro), parking(2, 1, pm10=milli, no2=micro, o3=3))

    rows, _ = await table(client)

    assert [row["pm10.unit"] for row in rows] == ["GQ", "GP"]
    assert [row["o3.unit"] for row in rows] == ["GQ", ""]
    assert "no2.unit" not in rows[0]


async def test_every_kind_of_attribute_is_a_column(client, write):
    await write(
        parking(
            1,
            1,
            location=SQUARE,
            names={"type": "LanguageProperty", "languageMap": {"de": "Hallo", "en": "Hello"}},
            list={"type": "Property", "value": [1, "two"]},
            link={"type": "Relationship", "object": "urn:other:7"},
            links={"type": "ListRelationship", "objectList": ["urn:other:7", "urn:other:8"]},
            term={"type": "VocabProperty", "vocab": "term"},
            tree={"type": "JsonProperty", "json": {"a": [None]}},
            measures=[
                {"type": "Property", "value": 1, "datasetId": "urn:d:1"},
                {"type": "Property", "value": 2},
            ],
        )
    )

    (german,), _ = await table(client, "&lang=de")
    (english,), _ = await table(client, "&lang=en")

    assert (german["names"], english["names"]) == ("Hallo", "Hello")
    assert german["list"] == '[1,"two"]'
    assert (german["link"], german["term"], german["measures"]) == ("urn:other:7", "term", "2")
    assert json.loads(german["links"]) == ["urn:other:7", "urn:other:8"]
    assert json.loads(german["tree"]) == {"a": [None]}
    assert json.loads(german["location"]) == SQUARE
    assert (german["longitude"], german["latitude"]) == ("7.5", "51.5")


async def test_attributes_of_one_name_keep_apart(client, write):
    own = "https://example.org/free"
    await write({"id": "urn:p:1", "type": "OffStreetParking", "free": 1, own: 2, "longitude": 3})

    (row,), _ = await table(client)

    assert (row["free"], row[own]) == ("1", "2")
    assert row["longitude"] == ""
    assert row["https://uri.etsi.org/ngsi-ld/default-context/longitude"] == "3"


async def test_geojson_holds_what_was_written(client, write):
    air = {"type": "Property", "value": 1.5, "unitCode": "GQ"}
    await write(
        parking(1, 7, pm10=air, **TEXTS),
        parking(2, 3, location=SQUARE),
        {"id": "urn:p:nowhere", "type": "OffStreetParking"},
    )

    found = await features(client)
    first, second, third = found.values()

    assert (first["type"], first["geometry"]) == ("Feature", {"type": "Point", "coordinates": [7.5, 51.9]})
    assert first["properties"].items() >= TEXTS.items()
    assert first["properties"]["name"] == "Garage 1"
    assert first["properties"]["observedAt"] == "2026-06-01T12:01:00Z"
    assert (first["properties"]["pm10"], first["properties"]["pm10.unit"]) == (1.5, "GQ")
    assert "location" not in first["properties"]
    assert second["geometry"] == SQUARE
    assert (third["geometry"], third["properties"]["name"]) == (None, "nowhere")


@pytest.mark.parametrize(
    ("parameters", "left"),
    [
        ("", "12345"),
        ("&min.availableSpotNumber=5", "145"),
        ("&is.status=open", "135"),
        ("&q=garage+3", "3"),
        ("&q=nowhere", ""),
        ("&sort=-availableSpotNumber&page=2&is.status=closed", "24"),
    ],
)
async def test_files_have_the_same_filters_and_all_that_match(client, write, parameters, left):
    await write(*(parking(number, number * 37 % 10) for number in range(1, 6)))

    rows, _ = await table(client, parameters)

    assert "".join(row["id"][-1] for row in rows) == left
    assert "".join(name[-1] for name in await features(client, parameters)) == left


async def test_chosen_columns_are_all_that_a_file_tells(client, write):
    await write(parking(1, 1))

    (row,), _ = await table(client, "&columns=status")
    found = await features(client, "&columns=status")

    assert list(row) == ["id", "name", "status", "observedAt", "longitude", "latitude"]
    assert set(found.popitem()[1]["properties"]) == {"type", "name", "observedAt", "status"}


async def test_a_file_goes_on_over_pages_of_the_database(client, write):
    amount = PAGE + 7
    expected = sorted(f"urn:ngsi-ld:OffStreetParking:{number}" for number in range(amount))
    await write(*(parking(number, number) for number in range(PAGE)))
    await write(*(parking(number, number, rare="late") for number in range(PAGE, amount)))

    rows, _ = await table(client)

    assert [row["id"] for row in rows] == expected
    assert sum(row["rare"] == "late" for row in rows) == 7
    assert list(await features(client)) == expected


async def test_a_file_is_sent_compressed_and_a_look_at_its_head_costs_nothing(client, write):
    await write(*(parking(number, number) for number in range(50)))

    rows, answer = await table(client, headers={"accept-encoding": "gzip"})
    head = await client.head(f"{PATH}?f=csv")

    assert answer.headers["content-encoding"] == "gzip"
    assert len(rows) == 50
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-disposition"] == answer.headers["content-disposition"]


async def test_clients_that_go_away_leave_nothing_behind(url, admin):
    entities = [parking(number, number, text="x" * 900) for number in range(PAGE)]
    async with httpx.AsyncClient(base_url=url) as client:
        await client.post("/ngsi-ld/v1/entityOperations/upsert", json=entities, headers=admin)

        # More of them than the platform has connections to its database.
        for _ in range(12):
            async with client.stream("GET", f"{PATH}?f=geojson") as answer:
                assert (await anext(answer.aiter_bytes())).startswith(b'{"type":"FeatureCollection"')

        assert (await client.get(f"{PATH}?q=garage")).status_code == 200


async def test_an_unknown_type_has_no_file(client):
    answer = await client.get(f"{PATH}?f=csv")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
