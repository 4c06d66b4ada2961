# SPDX-License-Identifier: EUPL-1.2
"""Every page with what is seldom there: nothing at all, markup in values, names from right to left, odd places, many attributes."""

import httpx
import pytest

pytestmark = pytest.mark.browser

TIME = "2026-11-01T12:00:00Z"
SCRIPT = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
POLYGON = {"type": "Polygon", "coordinates": [[[7.6, 51.9], [7.7, 51.9], [7.7, 52.0], [7.6, 51.9]]]}
POINT = {"type": "Point", "coordinates": [7.62, 51.96]}


def odd(slug, type_, **attributes):
    return {"id": f"urn:ngsi-ld:{type_}:{slug}", "type": type_, **attributes}


def number(value, **more):
    return {"type": "Property", "value": value, "observedAt": TIME, **more}


ENTITIES = {
    "script": odd(
        "script",
        "Sensor",
        name=SCRIPT,
        status=SCRIPT,
        level=number(3, unitCode="<b>"),
        location={"type": "GeoProperty", "value": POINT},
    ),
    "arabic": odd(
        "arabic", "Sensor", name="ساحة المدينة", level=number(4), location={"type": "GeoProperty", "value": POINT}
    ),
    "placeless": odd("placeless", "Sensor", name="Without a place", level=number(5)),
    "polygon": odd("polygon", "District", name="Meadow", location={"type": "GeoProperty", "value": POLYGON}),
    "many": odd("many", "Machine", name="Machine", **{f"signal{index}": number(index / 7) for index in range(300)}),
}
PAGES = [
    "/",
    "/search?q=%3Cscript%3E",
    "/search?q=%D8%B3%D8%A7%D8%AD%D8%A9",
    "/types/Sensor",
    "/types/District",
    "/types/Machine",
]
PAGES += [
    "/types/Nothing",
    "/connectors",
    "/status",
    "/help",
    *[f"/entities/{entity['id']}" for entity in ENTITIES.values()],
]
EMPTY = [
    "/",
    "/search?q=anything",
    "/types/Sensor",
    "/connectors",
    "/status",
    "/help",
    "/entities/urn:ngsi-ld:Sensor:none",
]


@pytest.fixture(scope="module")
def odd_platform(platform):
    url, data = platform
    headers = {"x-api-key": (data / "admin.key").read_text().strip()}
    answer = httpx.post(
        f"{url}/ngsi-ld/v1/entityOperations/create", json=list(ENTITIES.values()), headers=headers, timeout=30
    )
    assert answer.status_code == 201, answer.text
    return url


# These come first: the platform is empty until the other tests fill it.
@pytest.mark.parametrize("path", EMPTY)
def test_a_page_is_right_where_there_is_nothing(surfer, platform, path):
    require_right(surfer, f"{platform[0]}{path}")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_right_whatever_entities_say(surfer, odd_platform, path):
    require_right(surfer, f"{odd_platform}{path}")


@pytest.mark.parametrize("name", ENTITIES)
def test_the_page_of_an_odd_entity_shows_its_name_as_text(surfer, odd_platform, name):
    entity = ENTITIES[name]

    page = surfer.open(f"{odd_platform}/entities/{entity['id']}")

    assert page.locator("h1").inner_text().strip() == entity["name"].strip()


def test_all_of_three_hundred_attributes_are_there(surfer, odd_platform):
    page = surfer.open(f"{odd_platform}/entities/{ENTITIES['many']['id']}")

    text = page.locator("main").text_content()

    assert [index for index in range(300) if f"signal{index}" not in text] == []


def require_right(surfer, url):
    """One heading, no barrier, no width beyond a small window, in both languages; nothing of the data has been run."""
    surfer.page.set_viewport_size({"width": 320, "height": 640})
    for language in ("de", "en"):
        page = surfer.open(f"{url}{'&' if '?' in url else '?'}lang={language}")
        assert page.locator("h1").count() == 1
        assert page.title() != "taken"
        assert surfer.overflow() <= 0
        assert surfer.violations() == []
