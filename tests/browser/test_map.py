# SPDX-License-Identifier: EUPL-1.2
"""The map of the start page: what it draws, and that it stays in step with the list beside it."""

import pytest

from tests.browser.maps import DRAWN, Platform, chosen, drawn, grid, hold, open_map, release, sensor, until

pytestmark = pytest.mark.browser

LATER = "2026-06-01T12:05:00Z"


@pytest.fixture
def written(platform):
    """Write to an empty platform; what was written is gone afterwards."""
    writer = Platform(*platform)
    entities = []

    def write(*more):
        entities.extend(more)
        writer.upsert(*more)
        return writer.url

    yield write
    writer.clear(*entities)


def test_it_draws_markers_and_the_ground_of_the_town(surfer, city):
    page = open_map(surfer, city)

    assert drawn(page, "marks") > 40
    until(page, lambda: drawn(page, "areas") > 0)
    assert page.locator("#near tbody tr").count() > 20


def test_what_is_new_appears_without_a_reload(surfer, written):
    url = written()
    page = surfer.open(f"{url}/?lang=en")
    page.get_by_text("There is no data yet").wait_for()
    begun = page.evaluate("performance.timeOrigin")

    written(sensor(1, longitude=8, latitude=50))
    page.get_by_role("link", name="Sensor 1", exact=True).first.wait_for(timeout=20_000)
    page.wait_for_selector(DRAWN, timeout=60_000)
    written(sensor(2, longitude=8.0004, latitude=50.0003))
    until(page, lambda: drawn(page, "marks") == 2)

    page.get_by_role("link", name="Sensor 2", exact=True).first.wait_for(timeout=20_000)
    page.locator("#types").get_by_text("2 entries").wait_for()
    assert page.evaluate("performance.timeOrigin") == begun


def test_every_reading_is_shown_and_the_focus_stays_where_it_is(surfer, written):
    url = written(*(sensor(each, longitude=8 + each / 1000, latitude=50) for each in (1, 2, 3)))
    page = open_map(surfer, f"{url}/?lang=en")
    link = page.get_by_role("link", name="Sensor 2", exact=True)
    link.focus()

    # The second comes while the page rests from what the first has it do.
    for value, shown in ((4711, "4,711"), (4812, "4,812")):
        reading = {"type": "Property", "value": value, "observedAt": LATER}
        written(sensor(3, longitude=8.003, latitude=50, pm10=reading))
        page.locator("#near").get_by_text(shown).wait_for(timeout=20_000)

    assert link.evaluate("link => link === document.activeElement")
    assert page.locator("#near tr[aria-current]").count() == 1


def test_markers_are_grouped_from_three_hundred_on(surfer, written):
    page = open_map(surfer, written(*grid(299)))
    assert drawn(page, "clusters") == 0
    assert drawn(page, "marks") == 299

    written(sensor(300, longitude=8.02, latitude=50.002))
    until(page, lambda: drawn(page, "clusters") > 0 and drawn(page, "marks") < 100)

    counts = page.evaluate(
        "document.querySelector('.map').map.queryRenderedFeatures({layers: ['clusters', 'marks']})"
        ".map(({properties}) => [properties.cluster_id ?? `s${properties.s}`, properties.point_count ?? 1])"
    )
    assert sum(dict(counts).values()) == 300


def test_a_row_with_the_focus_is_shown_on_the_map(surfer, city):
    page = open_map(surfer, city)
    row = page.locator("#near tr[data-at]").nth(12)

    row.locator("a").focus()

    at = [float(part) for part in row.get_attribute("data-at").split(",")]
    until(page, lambda: chosen(page).get("geometry", {}).get("coordinates") == at)
    assert row.get_attribute("aria-current") == "true"
    assert page.locator("#near tr[aria-current]").count() == 1


def test_a_marker_is_chosen_by_keyboard_and_the_focus_comes_back(surfer, city):
    page = open_map(surfer, f"{city}/?lang=en")
    canvas = page.locator(".maplibregl-canvas")
    canvas.focus()

    page.keyboard.press("Enter")
    popup = page.locator(".maplibregl-popup .told a")
    popup.wait_for(timeout=20_000)
    assert popup.get_attribute("href").startswith("/entities/urn:ngsi-ld:")
    assert popup.evaluate("link => link === document.activeElement")

    page.keyboard.press("Escape")
    popup.wait_for(state="detached")
    assert canvas.evaluate("canvas => canvas === document.activeElement")
    page.keyboard.press("Tab")
    assert not canvas.evaluate("canvas => canvas === document.activeElement")


def test_a_chosen_marker_marks_its_row(surfer, written):
    url = written(*(sensor(each, longitude=8 + each / 1000, latitude=50) for each in range(1, 6)))
    page = open_map(surfer, url)
    place = page.evaluate("Object.values(document.querySelector('.map').map.project([8.004, 50]))")

    page.locator(".maplibregl-canvas").click(position={"x": place[0], "y": place[1]})
    page.locator(".maplibregl-popup .told").get_by_text("Sensor 4").wait_for()

    until(page, lambda: page.locator("#near tr[aria-current]").count() == 1)
    assert "Sensor 4" in page.locator("#near tr[aria-current]").inner_text()


def test_the_list_follows_the_map_by_keyboard(surfer, written):
    url = written(sensor(1, longitude=8, latitude=50), sensor(2, longitude=8.05, latitude=50))
    page = open_map(surfer, url)
    page.get_by_role("link", name="Sensor 1", exact=True).wait_for()
    page.locator(".maplibregl-canvas").focus()

    for _ in range(3):
        with page.expect_response(lambda response: "box=" in response.url):
            page.keyboard.press("ArrowRight")

    until(page, lambda: "Sensor 1" not in page.locator("#near").inner_text())
    assert "Sensor 2" in page.locator("#near").inner_text()


def test_a_list_that_follows_the_map_while_it_is_asked_for_shows_the_last_place(surfer, written):
    url = written(sensor(1, longitude=8, latitude=50), sensor(2, longitude=8.05, latitude=50))
    page = open_map(surfer, url)
    page.locator(".maplibregl-canvas").focus()
    held = hold(page, "**/?box=*")

    page.keyboard.press("ArrowRight")
    until(page, lambda: held)
    for _ in range(2):
        with page.expect_response(lambda response: "box=" in response.url):
            page.keyboard.press("ArrowRight")
    release(held)

    until(page, lambda: "Sensor 1" not in page.locator("#near").inner_text())
    page.wait_for_timeout(300)
    assert "Sensor 2" in page.locator("#near").inner_text()


def test_a_mark_stays_the_same_when_another_type_comes(surfer, written):
    found = "document.querySelector('.map').map.queryRenderedFeatures({layers: ['marks']})"
    looks = f"Object.fromEntries({found}.map(({{properties: {{s, k}}}}) => [s, k]))"
    page = open_map(surfer, written(sensor(1, longitude=8, latitude=50, kind="WeatherObserved")))
    before = page.evaluate(looks)

    written(*(sensor(2, longitude=8.001, latitude=50, kind=kind) for kind in ("AirQualityObserved", "WaterObserved")))
    until(page, lambda: drawn(page, "marks") == 3)

    after = page.evaluate(looks)
    assert before.items() < after.items()
    assert len(set(after.values())) == 3


def test_a_marker_that_cannot_be_told_of_tells_nothing(surfer, written):
    page = open_map(surfer, written(sensor(1, longitude=8, latitude=50)))
    page.route("**/markers/*", lambda route: route.abort())
    place = page.evaluate("Object.values(document.querySelector('.map').map.project([8, 50]))")

    with page.expect_request("**/markers/*"):
        page.locator(".maplibregl-canvas").click(position={"x": place[0], "y": place[1]})
    page.wait_for_timeout(300)

    assert page.locator(".maplibregl-popup").count() == 0
    # Browsers complain of each request that fails.
    surfer.complaints = [words for words in surfer.complaints if "net::ERR_FAILED" not in words]


def test_it_turns_dark_with_the_device(surfer, city):
    page = open_map(surfer, city)
    look = "document.querySelector('.map').map.getPaintProperty('background', 'background-color')"
    light = page.evaluate(look)

    page.emulate_media(color_scheme="dark")

    until(page, lambda: page.evaluate(look) != light)
    until(page, lambda: drawn(page, "marks") > 40)


def test_a_browser_that_draws_none_says_so_and_keeps_the_list(surfer, city):
    surfer.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")

    page = surfer.open(f"{city}/?lang=en")

    page.get_by_text("This browser draws no maps").wait_for()
    assert page.locator("#near tbody tr").count() > 20


def test_names_on_the_ground_are_drawn_in_any_script(surfer, written):
    def district(number, west, name):
        ring = [[west, 50], [west + 0.02, 50], [west + 0.02, 50.02], [west, 50.02], [west, 50]]
        return {
            "id": f"urn:ngsi-ld:AdministrativeArea:{number}",
            "type": "AdministrativeArea",
            "name": name,
            "location": {"type": "Polygon", "coordinates": [ring]},
        }

    page = open_map(surfer, written(district(1, 8, "Altstadt"), district(2, 8.02, "حي: المدينة")))

    until(page, lambda: drawn(page, "area-names") == 1 and drawn(page, "drawn-names") == 1)
    assert drawn(page, "areas") > 0
    assert drawn(page, "marks") == 0


def test_what_has_several_places_shows_each_and_keeps_its_marker(surfer, written):
    trees = {"type": "MultiPoint", "coordinates": [[8, 50], [8.01, 50]]}
    page = open_map(surfer, written({"id": "urn:ngsi-ld:Trees:1", "type": "Trees", "location": trees}))

    until(page, lambda: drawn(page, "points") > 0)
    assert drawn(page, "marks") == 1


def test_of_two_answers_the_later_question_wins(surfer, written):
    url = written(sensor(1, longitude=8, latitude=50))
    page = open_map(surfer, url)
    held = []
    page.route("**/markers", lambda route: route.continue_() if held else held.append((route, route.fetch())))

    written(sensor(2, longitude=8.001, latitude=50))
    until(page, lambda: held)
    written(sensor(3, longitude=8.002, latitude=50))
    until(page, lambda: drawn(page, "marks") == 3)
    route, answer = held[0]
    route.fulfill(response=answer)
    page.wait_for_timeout(1000)

    assert drawn(page, "marks") == 3


def test_choosing_twice_opens_one_popup(surfer, written):
    page = open_map(surfer, written(sensor(1, longitude=8, latitude=50)))
    held = []

    def hold(route):
        held.append(route)

    page.route("**/markers/*", hold)
    place = page.evaluate("Object.values(document.querySelector('.map').map.project([8, 50]))")

    page.locator(".maplibregl-canvas").click(position={"x": place[0], "y": place[1]}, click_count=2)
    until(page, lambda: len(held) == 2)
    for route in held:
        route.continue_()
    page.locator(".maplibregl-popup .told").first.wait_for()
    page.wait_for_timeout(500)

    assert page.locator(".maplibregl-popup").count() == 1


def test_a_map_whose_markers_are_away_does_not_blame_the_browser(surfer, city):
    surfer.page.route("**/markers", lambda route: route.fulfill(status=503))

    page = surfer.open(f"{city}/?lang=en")

    page.get_by_text("The map could not be loaded").wait_for()
    # Browsers complain of each answer that is no success.
    surfer.complaints = [words for words in surfer.complaints if "503" not in words]
