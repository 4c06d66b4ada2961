# SPDX-License-Identifier: EUPL-1.2
"""The page of a type: its table, in the order and with the filters of the address."""

import re
from html import unescape

import pytest

from broker.engine.directory import MOST_SORTED
from tests.api.town import PAGE, VOCABULARY, get, parking

pytestmark = pytest.mark.server

HOSTILE = 'Zoo <script>alert("1")</script>'
ARABIC = "ساحة المدينة"
SQUARE = {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 52], [7, 51]]]}


@pytest.fixture
async def town(write):
    """Five car parks with 7, 4, 1, 8 and 5 free spaces."""
    await write(*(parking(number, number * 37 % 10) for number in range(1, 6)))
    return write


def names(page):
    """The labels of the table's rows."""
    return [unescape(name) for name in re.findall(r'<th scope="row"><a [^>]*><bdi>(.*?)</bdi>', page.text)]


def numbers(page):
    """What the names end with."""
    return "".join(name[-1] for name in names(page))


def cells(page, column):
    """What the rows say in a column."""
    found = re.findall(rf'<td data-column="{column}"[^>]*>(.*?)</td>', page.text, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in found]


def heads(page):
    """The columns' heads, with the order in which they sort the list."""
    found = re.findall(
        r'<th scope="col"(?: aria-sort="(\w+)")?[^>]*><a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page.text, re.DOTALL
    )
    return {re.sub(r"<[^>]+>", "", text).strip(): (order, unescape(link)) for order, link, text in found}


async def test_the_page_says_how_many_there_are_and_shows_them_by_name(client, town):
    page = await get(client, "/types/OffStreetParking?lang=de")

    assert "<bdi>Parkhäuser und Parkplätze</bdi></h1>" in page.text
    assert "5 Einträge" in page.text
    assert 'neuester Messwert <time datetime="2026-06-01T12:05:00+00:00"' in page.text
    assert names(page) == [f"Garage {number}" for number in range(1, 6)]
    assert 'href="/entities/urn:ngsi-ld:OffStreetParking:1"' in page.text
    assert list(heads(page)) == ["Name", "Freie Plätze", "Zustand", "Aktualisiert"]
    assert heads(page)["Name"] == ("ascending", "?sort=-name")
    assert cells(page, "availableSpotNumber") == ["7", "4", "1", "8", "5"]


@pytest.mark.parametrize(
    ("parameters", "left"),
    [
        ("sort=-name", "54321"),
        ("sort=availableSpotNumber", "32514"),
        ("sort=-availableSpotNumber", "41523"),
        ("sort=status", "24135"),
        ("sort=-id", "54321"),
        ("q=garage+3", "3"),
        ("q=garage&q=", "12345"),
        ("min.availableSpotNumber=5&sort=-name", "541"),
        ("min.availableSpotNumber=5&max.availableSpotNumber=7,5", "15"),
        ("is.status=open", "135"),
        ("has.status=x", "12345"),
        (f"min.{VOCABULARY}availableSpotNumber=7", "14"),
        ("is.status=open&max.availableSpotNumber=", "135"),
    ],
)
async def test_the_address_sorts_and_narrows(client, town, parameters, left):
    page = await get(client, f"/types/OffStreetParking?{parameters}")

    assert numbers(page) == left


def fields(page):
    """The fields of the form and what they hold, also those that nobody sees."""
    form = page.text.partition('<form class="narrow"')[2].partition("</form>")[0]
    found = re.findall(r'<input [^>]*?name="([^"]*)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found}


def bin_(number, filled):
    return {"id": f"urn:bin:{number}", "type": "WasteContainer", "name": f"Bin {number}", "fillingLevel": filled}


@pytest.mark.parametrize(
    ("parameters", "left", "shown"),
    [
        ("min-percent.fillingLevel=45", "23", {"min-percent.fillingLevel": "45"}),
        ("min-percent.fillingLevel=45,1", "3", {"min-percent.fillingLevel": "45,1"}),
        ("max-percent.fillingLevel=57", "123", {"max-percent.fillingLevel": "57"}),
        ("min.fillingLevel=0.45", "23", {"min-percent.fillingLevel": "45"}),
        ("min.fillingLevel=0,57", "3", {"min-percent.fillingLevel": "57"}),
        ("min-percent.fillingLevel=99", "", {"min-percent.fillingLevel": "99"}),
        ("min.fillingLevel=0.99", "", {"min-percent.fillingLevel": "99"}),
    ],
)
async def test_a_column_in_per_cent_is_narrowed_by_per_cents(client, write, parameters, left, shown):
    await write(*(bin_(number, filled) for number, filled in enumerate((0.07, 0.45, 0.57), 1)))

    page = await get(client, f"/types/WasteContainer?{parameters}")

    assert numbers(page) == left
    bounds = {"min-percent.fillingLevel": "", "max-percent.fillingLevel": ""}
    assert fields(page) == {"q": "", **bounds, **shown}
    assert '<legend><bdi>Filling level</bdi> <span class="unit">%</span></legend>' in page.text


async def test_a_column_that_is_not_in_per_cent_shows_a_filter_in_per_cent_as_its_own_number(client, write):
    await write(bin_(1, 45), bin_(2, 12))

    page = await get(client, "/types/WasteContainer?min-percent.fillingLevel=4000")

    assert numbers(page) == "1"
    assert fields(page) == {"q": "", "min.fillingLevel": "40", "max.fillingLevel": ""}


async def test_a_form_loses_no_filter_of_its_address(client, town):
    address = (
        "has.availableSpotNumber=x&min.availableSpotNumber=99&is.status=open&min.status=a&columns=availableSpotNumber"
    )

    page = await get(client, f"/types/OffStreetParking?{address}")

    assert names(page) == []
    assert {name: value for name, value in fields(page).items() if value} == dict(
        part.split("=") for part in address.split("&")
    )


async def test_a_head_that_sorts_says_how_and_turns_the_order_round(client, town):
    page = await get(client, "/types/OffStreetParking?lang=en&q=garage&sort=-availableSpotNumber")

    assert heads(page)["Free spaces"] == ("descending", "?q=garage&sort=availableSpotNumber")
    assert heads(page)["Status"] == ("", "?q=garage&sort=status")
    assert page.text.count("aria-sort") == 1


async def test_nothing_that_matches_is_told_with_the_remedy(client, town):
    page = await get(client, "/types/OffStreetParking?lang=en&q=nowhere")

    assert names(page) == []
    assert "No entry matches" in page.text
    assert 'value="nowhere"' in page.text


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("mim.availableSpotNumber=1", "'mim.availableSpotNumber'"),
        ("min.availableSpotNumber=many", "number such as 20 or 3.5"),
        ("min.availableSpotNumber=nan", "number such as 20 or 3.5"),
        ("max-percent.status=full", "number such as 20 or 3.5"),
        ("sort=colour", "'colour'"),
        ("is.colour=red", "'colour'"),
        ("columns=colour", "'colour'"),
        ("page=0", "from 1 to 60"),
        ("page=61", "from 1 to 60"),
        ("page=1e1", "from 1 to 60"),
        ("q=a", "two letters"),
        ("f=pdf", "html, csv, geojson"),
        ("f=csv&dialect=excel-xx", "excel-de"),
        ("f=geojson&dialect=excel-de", "f=csv"),
        ("&".join(f"has.a{number}=1" for number in range(101)), "at most 100"),
        ("is.status=%00", "check the values"),
    ],
)
async def test_what_is_wrong_in_an_address_is_told(client, town, parameters, words):
    as_program = await client.get(f"/types/OffStreetParking?{parameters}")
    as_person = await client.get(f"/types/OffStreetParking?{parameters}&lang=en", headers=PAGE)

    assert (as_program.status_code, as_person.status_code) == (400, 400)
    assert words in as_program.json()["detail"]
    if "f=" not in parameters:
        assert "This address is not right" in as_person.text
        assert words.replace("'", "&#39;") in as_person.text


async def test_columns_are_chosen_in_the_address(client, town):
    page = await get(client, "/types/OffStreetParking?lang=en&columns=status,location")

    assert list(heads(page)) == ["Name", "Status", "Location", "Updated"]
    assert cells(page, "location")[0] == "51.9 / 7.5"
    assert page.text.count('type="checkbox"') == 3
    assert heads(page)["Status"][1] == "?sort=status&columns=status,location"


async def test_at_most_eight_columns_are_shown_unless_more_are_asked_for(client, write):
    many = {f"a{number:03}": number for number in range(300)}
    await write({"id": "urn:many:1", "type": "Many", "word": "b", **many})

    page = await get(client, "/types/Many?lang=en")
    chosen = await get(client, "/types/Many?lang=en&columns=" + ",".join(list(many)[:20]))

    assert len(heads(page)) == 2 + 8
    assert len(heads(chosen)) == 2 + 20
    assert page.text.count('type="checkbox"') == 301


async def test_a_unit_that_all_share_stands_in_the_head_and_others_beside_their_numbers(client, write):
    air = {"type": "Property", "value": 1234.5, "unitCode": "GQ"}
    part = {"type": "Property", "value": 0.25}
    await write(
        {"id": "urn:air:1", "type": "Air", "pm10": air, "no2": air, "fillingLevel": part},
        {"id": "urn:air:2", "type": "Air", "pm10": air, "no2": {**air, "unitCode": "GP"}, "fillingLevel": part},
    )

    page = await get(client, "/types/Air?lang=de")

    assert "Feinstaub PM10 µg/m³" in heads(page)
    assert "Stickstoffdioxid" in heads(page)
    assert cells(page, "no2") == ["1.234,5\N{NO-BREAK SPACE}µg/m³", "1.234,5\N{NO-BREAK SPACE}mg/m³"]
    assert "Füllstand %" in heads(page)
    assert cells(page, "fillingLevel") == ["25\N{NO-BREAK SPACE}%"] * 2


async def test_what_entities_say_is_text_and_keeps_its_direction(client, write):
    await write(
        parking(1, 1, name=HOSTILE, status='"><img src=x onerror=alert(1)>'),
        parking(2, 2, name=ARABIC),
        {"id": "urn:x:lost", "type": "OffStreetParking"},
    )

    page = await get(client, "/types/OffStreetParking?lang=en&q=")

    assert names(page) == ["lost", HOSTILE, ARABIC]
    assert "<script>alert" not in page.text
    assert "<img" not in page.text.partition("<main")[2]
    assert f"<bdi>{ARABIC}</bdi>" in page.text


async def test_every_kind_of_value_has_its_cell(client, write):
    await write(
        {
            "id": "urn:all:1",
            "type": "All",
            "truth": True,
            "list": {"type": "Property", "value": [1, "two"]},
            "thing": {"type": "Property", "value": {"a": 1}},
            "link": {"type": "Relationship", "object": "urn:other:7"},
            "links": {"type": "Relationship", "object": ["urn:other:7", "urn:other:8"]},
            "told": {"type": "LanguageProperty", "languageMap": {"de": "Hallo", "en": "Hello"}},
            "term": {"type": "VocabProperty", "vocab": "term"},
            "long": "x" * 1000,
            "time": {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}},
        }
    )
    columns = "truth,list,thing,link,links,told,term,long,time"

    page = await get(client, f"/types/All?lang=de&columns={columns}")

    told = {name: cells(page, name)[0] for name in columns.split(",")}
    assert told["truth"] == "ja"
    assert told["list"] == "1, two"
    assert told["told"] == "Hallo"
    assert told["term"] == "term"
    assert told["thing"] == '{"a":1}'
    assert told["link"] == "7"
    assert 'href="/entities/urn:other:7"' in page.text
    assert told["links"] == "urn:other:7, urn:other:8"
    assert len(told["long"]) == 120
    assert "2026-01-01T00:00:00Z" in told["time"]


async def test_an_entity_with_a_polygon_stands_in_its_middle_and_one_without_a_place_nowhere(client, write):
    await write(parking(1, 1, location=SQUARE), {"id": "urn:x:nowhere", "type": "OffStreetParking"})

    page = await get(client, "/types/OffStreetParking")

    assert 'data-id="urn:ngsi-ld:OffStreetParking:1" data-at="7.5,51.5"' in page.text
    assert '<tr data-id="urn:x:nowhere">' in page.text
    assert 'class="map"' in page.text


async def test_a_type_without_places_has_no_map(client, write):
    await write({"id": "urn:x:1", "type": "Idea", "size": 1})

    assert 'class="map"' not in (await get(client, "/types/Idea")).text


async def test_a_type_is_known_by_its_iri_or_by_its_last_part(client, write):
    await write({"id": "urn:bench:1", "type": "https://example.org/types#Bench", "seats": 3})

    for path in ("/types/https%3A%2F%2Fexample.org%2Ftypes%23Bench", "/types/Bench"):
        page = await get(client, path)
        assert names(page) == ["1"]
        assert 'data-events="/events?type=https%3A%2F%2Fexample.org%2Ftypes%23Bench"' in page.text


@pytest.mark.parametrize("name", ["Nothing", "no/such/type", "%3Cscript%3E", "https%3A%2F%2Fexample.org%2FNone"])
async def test_a_type_without_entities_is_told_in_both_languages(client, town, name):
    german = await get(client, f"/types/{name}?lang=de", 404)
    english = await get(client, f"/types/{name}?lang=en", 404)
    as_program = await client.get(f"/types/{name}")

    assert "Es gibt keinen Eintrag dieser Art" in german.text
    assert "There is no entry of this type" in english.text
    assert "<script>" not in german.text
    assert (as_program.status_code, as_program.headers["content-type"]) == (404, "application/problem+json")


async def test_a_type_whose_last_entity_was_deleted_is_none(client, admin, write):
    await write({"id": "urn:x:1", "type": "Idea", "size": 1})
    await get(client, "/types/Idea")

    await client.delete("/ngsi-ld/v1/entities/urn:x:1", headers=admin)

    await get(client, "/types/Idea", 404)
    assert (await client.get("/types/Idea?f=csv")).status_code == 404


async def test_what_is_beyond_the_last_page_is_not_taken_for_narrowed(client, town):
    beyond = await get(client, "/types/OffStreetParking?lang=en&page=40")

    assert "Nothing stands on this page" in beyond.text
    assert "No entry matches" not in beyond.text


async def test_the_link_that_knows_no_filters_says_so(client, town):
    page = await get(client, "/types/OffStreetParking?lang=en&q=Garage")

    assert "The first 100 entries as NGSI-LD, without the filters" in page.text


async def test_pages_hold_fifty_and_follow_one_another(client, write):
    await write(*(parking(number, number % 7, name=f"Garage {number:03}") for number in range(120)))
    path, walked, visited = "/types/OffStreetParking?sort=-name&lang=en", [], []
    while path:
        page = await get(client, path)
        walked += names(page)
        visited.append(re.search(r"Page (\d) of 3", page.text)[1])
        following = re.search(r'rel="next" href="([^"]*)"', page.text)
        path = following and f"/types/OffStreetParking{unescape(following[1])}"

    assert walked == [f"Garage {number:03}" for number in reversed(range(120))]
    assert visited == ["1", "2", "3"]
    assert 'rel="prev" href="?sort=-name&amp;page=2"' in page.text


async def test_more_entities_than_can_be_sorted_come_by_id_and_sorting_them_tells_the_remedy(client, write, rows):
    await write(*(parking(number, number) for number in range(60)))
    rows(
        f"INSERT INTO t_default.entity_type SELECT '{VOCABULARY}OffStreetParking', 'urn:zzz:' || n, -n"
        f" FROM generate_series(1, {MOST_SORTED}) n RETURNING 1"
    )

    page = await get(client, "/types/OffStreetParking?lang=en")
    following = unescape(re.search(r'rel="next" href="([^"]*)"', page.text)[1])
    second = await get(client, f"/types/OffStreetParking{following}")
    refused = await get(client, "/types/OffStreetParking?lang=en&sort=-availableSpotNumber")
    narrowed = await get(client, "/types/OffStreetParking?lang=en&sort=-availableSpotNumber&q=garage")

    assert len(names(page)) == 50
    assert following.startswith("?after=urn:ngsi-ld:OffStreetParking:")
    assert not set(names(page)) & set(names(second))
    assert 'rel="prev" href="?"' in second.text
    assert "Please narrow them" in refused.text
    assert names(refused) == []
    assert names(narrowed)[0] == "Garage 59"


async def test_an_empty_platform_has_no_types(client):
    assert "Nothing is here yet" in (await get(client, "/types/OffStreetParking?lang=en", 404)).text


async def test_a_tenant_shows_its_own(client, town):
    page = await client.get("/types/OffStreetParking", headers={**PAGE, "ngsild-tenant": "elsewhere"})

    assert page.status_code == 404
