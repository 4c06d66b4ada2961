# SPDX-License-Identifier: EUPL-1.2
"""The search page."""

import pytest

pytestmark = pytest.mark.server

PLACE = {"type": "Point", "coordinates": [7.6, 51.95]}
TOWN = [
    {"id": "urn:p:1", "type": "OffStreetParking", "name": "Garage Mühle", "location": PLACE},
    {"id": "urn:s:1", "type": "Streetlight", "name": "Mühlenweg 3"},
    {"id": "urn:s:2", "type": "Streetlight", "name": "<b>Mühle</b> ساحة"},
]


@pytest.fixture
async def town(client, admin):
    created = await client.post("/ngsi-ld/v1/entityOperations/create", json=TOWN, headers=admin)
    assert created.status_code == 201
    return client


async def test_results_have_name_type_place_and_link(town):
    page = (await town.get("/search?q=garage&lang=de")).text

    assert "1 Treffer" in page
    assert '<a href="/entities/urn:p:1"><bdi>Garage Mühle</bdi></a>' in page
    assert "Parkhäuser und Parkplätze" in page
    assert 'data-at="7.6,51.95"' in page
    assert "51,95000°\N{NO-BREAK SPACE}N, 7,60000°\N{NO-BREAK SPACE}O" in page


async def test_words_are_found_however_they_are_written(town):
    page = (await town.get("/search", params={"q": "muhle", "lang": "en"})).text

    assert "3 results" in page
    assert "Mühlenweg 3" in page


async def test_a_type_narrows_the_search_and_stays_chosen(town):
    page = (await town.get("/search", params={"q": "muhle", "type": "OffStreetParking", "lang": "en"})).text

    assert "1 result " in page
    assert "Mühlenweg" not in page
    assert page.count(" selected>") == 1


async def test_what_entities_say_is_text(town):
    page = (await town.get("/search", params={"q": "ساحة"})).text

    assert "<b>" not in page
    assert "<bdi>&lt;b&gt;Mühle&lt;/b&gt; ساحة</bdi>" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Type a name"),
        ("a", "at least two letters"),
        ("nowhere", "Nothing found."),
        ("'; DROP & | ! :* <->", "Nothing found."),
        ("<script>alert(1)</script>", "Nothing found."),
        ("urn:p:1", "Garage Mühle"),
    ],
)
async def test_every_search_is_answered_in_words(town, words, said):
    response = await town.get("/search", params={"q": words, "lang": "en"})

    assert response.status_code == 200
    assert said in response.text
    assert "<script>alert" not in response.text


async def test_an_unknown_type_is_any(town):
    assert "1 result " in (await town.get("/search?q=garage&type=Nothing&lang=en")).text


async def test_an_empty_platform_finds_nothing(client):
    assert "Nothing found." in (await client.get("/search?q=garage&lang=en")).text
