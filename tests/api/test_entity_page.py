# SPDX-License-Identifier: EUPL-1.2
"""The page of an entity."""

import html
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx
import psycopg
import pytest

from api.app import build_app
from api.gate import HttpGate
from broker.engine.resources import Measures, open_resources
from broker.ngsi.instants import short_instant

pytestmark = pytest.mark.server

ENTITIES = "/ngsi-ld/v1/entities"
PAGE = {"accept": "text/html"}
EVIL = "<script>alert(1)</script>"
SENSOR = "urn:ngsi-ld:AirQualityObserved:1"


@pytest.fixture
def now(resources):
    return resources.clock()


@pytest.fixture
def create(client, admin):
    async def send(**attributes):
        document = {"id": SENSOR, "type": "AirQualityObserved", **attributes}
        response = await client.post(ENTITIES, json=document, headers=admin)
        assert response.status_code == 201, response.text

    return send


@pytest.fixture
def show(client):
    async def fetch(entity_id=SENSOR, query="lang=en", status=200):
        response = await client.get(f"/entities/{quote(entity_id, safe='')}?{query}", headers=PAGE)
        assert response.status_code == status
        return response.text

    return fetch


def reading(value, time, **more):
    return {"type": "Property", "value": value, "observedAt": short_instant(time), **more}


def text_of(page, term):
    """What the row of an attribute says, without markup and with single spaces."""
    row = next(row for row in re.findall(r"<tr id=.*?</tr>", page, re.DOTALL) if f"<bdi>{term}</bdi>" in row)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", row)).split())


async def test_numbers_have_units_ages_and_the_separators_of_the_language(create, show, now):
    await create(no2=reading(1234.5, now - timedelta(minutes=5), unitCode="GQ"))

    german, english = await show(query="lang=de"), await show(query="lang=en")

    assert text_of(german, "no2") == "Stickstoffdioxid no2 1.234,5 µg/m³ vor 5 min"
    assert text_of(english, "no2") == "Nitrogen dioxide no2 1,234.5 µg/m³ 5 min ago"


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("a text", "a text"),
        (True, "yes"),
        (0.00001, "1.00e-05"),
        ("2026-06-01T12:00:00Z", "1 Jun 2026, 14:00"),
        ({"type": "Property", "value": {"@type": "Date", "@value": "2026-06-01"}}, "2026-06-01"),
        ({"type": "Property", "value": ["a", 2, False]}, "a 2 no"),
        ({"type": "Property", "value": {"streetAddress": "Markt 1", "gate": 5, "postalCode": "1"}}, "Street Markt 1 Postal code 1 Gate 5"),
        ({"type": "Property", "value": {"a": [1]}}, '{"a": [1]}'),
        ({"type": "Property", "value": []}, "[]"),
        ({"type": "LanguageProperty", "languageMap": {"de": "Rot", "en": "Red"}}, "Red de Rot"),
        ({"type": "LanguageProperty", "languageMap": {"@none": "Rouge", "fr-CH": ["a", "b"]}}, "Rouge fr-CH a, b"),
        ({"type": "Relationship", "object": ["urn:b:1", "urn:b:2"]}, "urn:b:1 urn:b:2"),
        ({"type": "ListRelationship", "objectList": ["urn:b:1"]}, "urn:b:1"),
        ({"type": "ListProperty", "valueList": [1, 2]}, "1 2"),
        ({"type": "VocabProperty", "vocab": ["TrafficLight", "urn:x:nonPublic"]}, "Traffic lights Non public"),
        ({"type": "JsonProperty", "json": {"b": None, "id": "x"}}, '{"b": null, "id": "x"}'),
        ({"type": "GeoProperty", "value": {"type": "Point", "coordinates": [-8.5, 50.1]}}, "Point, 50.10000° N, 8.50000° W"),
        ("https://example.org/a?b=1&c", "https://example.org/a?b=1&c"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("x" * 400, "x" * 120 + " … " + "x" * 400),
    ],
)  # fmt: skip
async def test_every_kind_of_value_is_told_in_its_way(create, show, attribute, said):
    await create(thing=attribute)

    page = await show()

    assert text_of(page, "thing") == f"Thing thing {said} just now stored"
    assert 'href="javascript' not in page


async def test_a_term_is_told_in_words_and_as_it_is(create, show):
    await create(category={"type": "Property", "value": ["parkingGarage", "mine"]}, powerState="off")

    page = await show(query="lang=de")

    assert text_of(page, "category") == "Kategorie category Parkhaus parkingGarage mine gerade eben gespeichert"
    assert text_of(page, "powerState") == "Schaltzustand powerState aus off gerade eben gespeichert"


async def test_a_relationship_leads_to_the_page_of_its_target(create, show):
    await create(refDevice={"type": "Relationship", "object": "urn:b:ä/1"})

    assert '<a href="/entities/urn:b:%C3%A4%2F1"><bdi>urn:b:ä/1</bdi></a>' in await show()


async def test_the_target_of_a_relationship_is_called_by_its_name(create, show, client, admin):
    await client.post(ENTITIES, json={"id": "urn:b:1", "type": "Device", "name": EVIL}, headers=admin)
    await create(refDevice={"type": "Relationship", "object": ["urn:b:1", "urn:b:2"]})

    assert text_of(await show(), "refDevice") == f"Device refDevice {EVIL} urn:b:1 urn:b:2 just now stored"


async def test_each_dataset_is_a_row_with_what_it_says_of_itself(create, show, now):
    indoors = reading(20, now, unitCode="CEL", datasetId="urn:d:in", accuracy={"type": "Property", "value": 0.5})
    await create(temperature=[reading(10, now, unitCode="CEL"), indoors])

    page = await show()

    assert "dataset <bdi>urn:d:in</bdi>" in page
    assert "Accuracy" in page
    assert 'data-dataset="urn:d:in"' in page
    assert text_of(page, "urn:d:in").startswith("Temperature temperature · dataset urn:d:in 20 °C Accuracy 0.5")


async def test_what_entities_say_is_text_and_never_markup(client, admin, show):
    entity_id = "urn:a:" + quote(EVIL) + "'\"&"
    value = {"type": "Property", "value": 1, "unitCode": EVIL, "datasetId": "urn:d:1", "note": EVIL}
    context = {"evil": "https://example.org/'-alert(1)-'"}
    document = {"@context": context, "id": entity_id.replace("'\"&", ""), "type": "A", "name": EVIL, "no2": value}
    document |= {
        "evil": 3,
        "list": {"type": "Property", "value": [EVIL]},
        "deep": {"type": "Property", "value": {EVIL: EVIL}},
    }
    headers = {**admin, "content-type": "application/ld+json"}
    created = await client.post(ENTITIES, json=document, headers=headers)
    assert created.status_code == 201, created.text

    page = await show(document["id"])

    assert EVIL not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6


async def test_a_name_is_told_in_the_language_of_the_page(create, show):
    await create(name={"type": "LanguageProperty", "languageMap": {"de": "Markt", "en": "Market", "ar": "سوق"}})

    assert '<h1><bdi lang="de">Markt</bdi></h1>' in await show(query="lang=de")
    assert '<h1><bdi lang="en">Market</bdi></h1>' in await show(query="lang=en")


async def test_a_name_from_right_to_left_does_not_turn_what_stands_beside_it(create, show):
    await create(name="ساحة المدينة")

    assert "<h1><bdi>ساحة المدينة</bdi></h1>" in await show()


async def test_types_and_scopes_are_told(client, admin, show):
    document = {"id": SENSOR, "type": ["AirQualityObserved", "Device"], "scope": "/Nord/Markt"}
    await client.post(ENTITIES, json=document, headers=admin)

    page = await show()

    assert '<a href="/types/AirQualityObserved"><bdi>Air quality</bdi></a>' in page
    assert '<a href="/types/Device"><bdi>Devices</bdi></a>' in page
    assert "<bdi>/Nord/Markt</bdi>" in page
    assert "This entry has no attributes." in page


async def test_an_entity_with_a_place_has_a_map_and_one_without_has_none(create, show, client, admin):
    area = {"type": "Polygon", "coordinates": [[[8, 50], [8.2, 50], [8.2, 50.2], [8, 50]]]}
    await create(location=area)
    await client.post(ENTITIES, json={"id": "urn:a:2", "type": "A"}, headers=admin)

    page, other = await show(), await show("urn:a:2")

    assert "Area, 3 positions, centred on 50.10000° N, 8.10000° E" in " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "data-geometry=" in page
    assert 'class="map' not in other
    assert "map.js" not in other


async def test_a_point_is_a_marker_in_its_surroundings(create, show):
    await create(location={"type": "Point", "coordinates": [8.5, 89.99]})

    page, part = await show(), await show(query="part=values")

    assert 'data-at="8.5,89.99"' in page
    assert 'data-at="8.5,89.99"' in part
    assert 'data-shapes="/shapes?box=8.45,89.94,8.55,90"' in page


async def test_300_attributes_are_grouped_and_folded_up(create, show, now):
    numbers = {f"measure{number}": reading(number, now, unitCode="CEL") for number in range(200)}
    await create(**numbers, **{f"text{number}": "x" for number in range(100)})

    page = await show()

    assert "180 more" in page
    assert "80 more" in page
    assert page.count("<figure") == 3
    assert page.count('<details class="later') == 197
    assert len(page) < 400_000


async def test_a_chart_is_told_in_words_and_as_a_table(create, show, client, admin, now):
    await create(no2=reading(5, now - timedelta(hours=3), unitCode="GQ"))
    for value, hours in ((9.5, 2), (1, 1), (7, 0)):
        await client.patch(
            f"{ENTITIES}/{SENSOR}/attrs", json={"no2": reading(value, now - timedelta(hours=hours))}, headers=admin
        )

    page = await show(query="lang=de&range=day")

    figure = " ".join(
        html.unescape(re.sub(r"<[^>]+>", " ", page[page.index("<figure") : page.index("</figure")])).split()
    )
    assert "Neuester Wert 7 Niedrigster 1" not in figure
    assert re.search(r"Neuester Wert 7 .*Niedrigster 1 .*Höchster 9,5 ", figure)
    assert "Als Tabelle: 4 Zeilen" in figure
    assert page.count('<td class="number">') == 4


async def test_a_range_without_values_says_so_and_a_longer_one_has_them(create, show, now):
    await create(no2=reading(5, now - timedelta(days=3)))

    assert "There are no values in this range." in await show(query="lang=en&range=day")
    assert "As a table: 1 row<" in await show(query="lang=en&range=week")
    assert 'data-range="all" aria-current="true"' in await show(query="range=all")


async def test_a_chart_that_takes_too_long_says_so_beside_the_values(create, now, serving, database, keyring):
    await create(no2=reading(40, now, unitCode="GQ"))

    async with open_resources(serving, measures=Measures(statement_timeout=timedelta(milliseconds=200))) as impatient:
        transport = httpx.ASGITransport(build_app(impatient, keyring, HttpGate()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            with psycopg.connect(database) as connection:
                connection.execute("LOCK TABLE t_default.history IN ACCESS EXCLUSIVE MODE")
                answer = await client.get(f"/entities/{SENSOR}?lang=en", headers=PAGE)

    assert answer.status_code == 200
    assert "The chart takes too long" in answer.text
    assert "40 µg/m³" in text_of(answer.text, "no2")


async def test_parts_of_one_are_told_in_per_cent(create, show, now):
    await create(relativeHumidity=reading(0.875, now, unitCode="C62"))

    page = await show()

    assert text_of(page, "relativeHumidity").startswith("Relative humidity relativeHumidity 87.5 %")
    assert 'data-unit="%" data-scale="100"' in page


async def test_a_chart_that_is_asked_for_is_open_and_can_be_asked_for_alone(create, show, now):
    await create(**{f"m{number}": reading(number, now) for number in range(5)})
    page = await show()
    key = re.findall(r'<details class="later card" data-key="(\w+)"', page)[-1]

    opened, alone = await show(query=f"chart={key}"), await show(query=f"part=charts&chart={key}")

    assert f'id="chart-{key}"' not in page
    assert f'id="chart-{key}"' in opened
    assert f'href="?range=day&amp;chart={key}#charts"' in opened
    assert f'href="?range=week&amp;chart={key}&amp;chart=' in opened
    assert alone.count("<figure") == 1
    assert "<html" not in alone


async def test_the_chart_of_what_only_describes_is_not_open_beside_what_is_measured(create, show, now):
    await create(availableSpotNumber=reading(3, now), totalSpotNumber=160)

    page = await show()

    assert page.count("<figure") == 1
    assert page.count('<details class="later') == 1


async def test_an_open_page_asks_for_its_values_alone(create, show):
    await create(no2=1)

    part = await show(query="part=values")

    assert "<html" not in part
    assert "<figure" not in part
    assert 'id="values"' in part
    assert 'id="raw-text"' in part


async def test_the_page_follows_the_changes_of_its_entity(create, show):
    await create(no2=1)

    assert f'data-events="/events?id={SENSOR}"' in await show()


async def test_programs_get_json(client, create):
    await create(no2=1)

    asked = await client.get(f"/entities/{SENSOR}?f=json", headers=PAGE)
    accepted = await client.get(f"/entities/{SENSOR}", headers={"accept": "application/json"})

    assert asked.headers["content-type"] == "application/json"
    assert "Accept" in accepted.headers["vary"]
    assert asked.json() == accepted.json() == (await client.get(f"{ENTITIES}/{SENSOR}")).json()


@pytest.mark.parametrize("query", ["range=century", "part=all"])
async def test_a_wrong_parameter_is_an_error_that_names_it(show, query):
    page = await show(query=f"lang=en&{query}", status=400)

    assert "This address is not right" in page
    assert html.escape(repr(query.partition("=")[0]), quote=True).replace("&#x27;", "&#39;") in page


async def test_an_entity_that_never_was_is_a_page_that_says_so(show, client):
    assert "urn:a:nobody does not exist" in await show("urn:a:nobody", status=404)
    assert "is not an id" not in await show("not an id", status=404)
    problem = await client.get("/entities/urn:a:nobody", headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"


async def test_a_deleted_entity_is_told_of_and_its_history_offered(create, show, client, admin):
    await create(no2=reading(1, datetime(2026, 6, 1, tzinfo=UTC)))
    await client.delete(f"{ENTITIES}/{SENSOR}", headers=admin)

    page = await show(status=404)

    assert "This entry was deleted" in page
    link = re.search(r'href="(/ngsi-ld/v1/temporal/[^"]+)"', page)[1]
    assert (await client.get(html.unescape(link))).json()["no2"]


async def test_an_id_may_hold_anything(client, admin, show):
    entity_id = "https://example.org/sensors/1?a=b&c=%C3%A4#x;,y"
    await client.post(ENTITIES, json={"id": entity_id, "type": "A", "no2": 1}, headers=admin)

    page = await show(entity_id)

    assert "<h1><bdi>x;,y</bdi></h1>" in page
    assert html.escape(entity_id) in page
    assert "data-events" not in page
