# SPDX-License-Identifier: EUPL-1.2
"""The page of an entity in a browser: charts, zoom by keyboard, readings that arrive, lines that run."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from broker.ngsi.instants import short_instant
from tests.browser.maps import hold, release, until

pytestmark = pytest.mark.browser

SENSOR = "urn:ngsi-ld:AirQualityObserved:browser"
PAGE = f"/entities/{SENSOR}"
_PAINTED = """canvas => {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(pixels.buffer)).size;
}"""


class Writer:
    """Somebody who may write to a platform."""

    def __init__(self, platform):
        url, data = platform
        self.client = httpx.Client(base_url=url, headers={"x-api-key": (data / "admin.key").read_text().strip()})

    def read(self, value, back=timedelta(0), entity=SENSOR):
        reading = {"value": value, "unitCode": "GQ", "observedAt": short_instant(datetime.now(UTC) - back)}
        body = {"id": entity, "type": "AirQualityObserved", "no2": {"type": "Property", **reading}}
        answer = self.client.post("/ngsi-ld/v1/entityOperations/upsert?options=update", json=[body])
        assert answer.status_code in {201, 204}, answer.text


@pytest.fixture(scope="module")
def writer(platform):
    writer = Writer(platform)
    for hours in range(60, 0, -3):
        writer.read(10 + hours % 12, timedelta(hours=hours))
    writer.read(17)
    yield writer
    writer.client.close()


@pytest.fixture
def page(surfer, platform, writer):
    page = surfer.open(f"{platform[0]}{PAGE}?lang=en")
    page.wait_for_selector("figure.chart[data-points]")
    return page


def test_a_chart_is_drawn(page):
    assert page.locator(".plot canvas").evaluate(_PAINTED) > 3
    assert page.locator("figure.chart").get_attribute("data-points") == "21"


def test_zooming_by_keyboard_asks_for_another_section(surfer, page):
    def press(name):
        page.get_by_role("button", name=name).focus()
        with page.expect_response("**/series?*") as response:
            page.keyboard.press("Enter")
        query = httpx.URL(response.value.url).params
        return [datetime.fromisoformat(query[name]) for name in ("from", "to") if name in query]

    closer = press("Zoom in")
    earlier = press("Earlier")
    wider = press("Zoom out")
    whole = press("Whole range")

    assert timedelta(days=3.4) < closer[1] - closer[0] < timedelta(days=3.6)
    assert timedelta(days=1.7) < closer[0] - earlier[0] < timedelta(days=1.8)
    assert wider[1] - wider[0] > timedelta(days=6.9)
    assert len(whole) == 1
    assert page.locator(".view").text_content() == ""


def test_another_range_is_shown_without_another_page(page):
    with page.expect_response(lambda response: "part=charts" in response.url):
        page.get_by_role("link", name="1 day", exact=True).click()

    chart = page.locator("figure.chart").first
    until(page, lambda: int(chart.get_attribute("data-points") or 99) < 21)
    assert "range=day" in page.url
    assert page.get_by_role("link", name="1 day", exact=True).get_attribute("aria-current") == "true"
    assert page.get_by_role("link", name="7 days", exact=True).get_attribute("aria-current") is None


def test_a_reading_that_arrives_changes_value_chart_and_words(page, writer):
    page.evaluate("window.before = true")
    canvas = page.locator(".plot canvas")
    before = canvas.evaluate("canvas => canvas.toDataURL()")

    writer.read(1234.5)

    page.wait_for_selector("td.value.changed:has-text('1,234.5')")
    page.wait_for_selector(".summary:has-text('1,234.5')")
    until(page, lambda: canvas.evaluate("canvas => canvas.toDataURL()") != before)
    assert "1234.5" in page.locator("#raw-text").text_content()
    assert page.evaluate("window.before") is True


def test_what_is_unfolded_and_focused_stays_so_when_readings_arrive(page, writer):
    summary = page.locator("details.points summary")
    summary.focus()
    page.keyboard.press("Enter")

    writer.read(55.5)

    page.wait_for_selector("td.value:has-text('55.5')")
    assert page.locator("details.points").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.parentElement.className") == "points"


def test_a_range_without_values_has_an_empty_chart_until_one_arrives(surfer, platform, writer):
    entity = "urn:ngsi-ld:AirQualityObserved:old"
    writer.read(5, timedelta(days=3), entity=entity)
    page = surfer.open(f"{platform[0]}/entities/{entity}?lang=en&range=day")
    page.wait_for_selector("figure.chart[data-points='0']")
    assert "There are no values in this range." in page.locator(".summary").text_content()

    writer.read(6, entity=entity)

    page.wait_for_selector("figure.chart[data-points='1']")
    page.wait_for_selector(".summary:has-text('Newest')")


def test_a_chart_that_cannot_be_loaded_says_so_and_works_again_later(surfer, page):
    page.route("**/series?*", lambda route: route.fulfill(status=503))
    page.get_by_role("button", name="Zoom in").click()
    page.wait_for_selector("figure.chart .notice")
    page.unroute("**/series?*")

    page.get_by_role("button", name="Zoom out").click()

    page.wait_for_selector("figure.chart .notice", state="detached")
    surfer.complaints = [words for words in surfer.complaints if "503" not in words]


def test_dragging_over_a_chart_shows_that_section(page):
    over = page.locator(".u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    middle = box["y"] + box["height"] / 2

    with page.expect_response("**/series?*") as response:
        page.mouse.move(box["x"] + box["width"] / 2, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 3 / 4, middle, steps=4)
        page.mouse.up()

    query = httpx.URL(response.value.url).params
    length = datetime.fromisoformat(query["to"]) - datetime.fromisoformat(query["from"])
    assert timedelta(days=1.6) < length < timedelta(days=1.9)
    until(page, lambda: " – " in page.locator(".view").text_content())


def test_the_page_of_an_entity_that_is_deleted_says_so(surfer, platform, writer):
    entity = "urn:ngsi-ld:AirQualityObserved:going"
    writer.read(1, entity=entity)
    page = surfer.open(f"{platform[0]}/entities/{entity}?lang=en")
    page.wait_for_selector("figure.chart[data-points]")

    writer.client.delete(f"/ngsi-ld/v1/entities/{entity}")

    page.wait_for_selector("h1:has-text('This entry was deleted')")
    # Browsers complain of every 404, which here is the answer.
    surfer.complaints = [words for words in surfer.complaints if "404" not in words]


def test_a_place_is_on_a_map_and_moves_there(surfer, platform, writer):
    entity = "urn:ngsi-ld:Vehicle:moving"
    body = {"id": entity, "type": "Vehicle", "location": {"type": "Point", "coordinates": [9.6, 51.1]}}
    assert writer.client.post("/ngsi-ld/v1/entities", json=body).status_code == 201
    page = surfer.open(f"{platform[0]}/entities/{entity}?lang=en")
    page.wait_for_selector(".where .map.is-drawn")

    body["location"]["coordinates"] = [9.61, 51.1]
    writer.client.post("/ngsi-ld/v1/entityOperations/upsert?options=update", json=[body])

    page.wait_for_selector("#spot [data-at='9.61,51.1']")
    assert surfer.violations() == []
    until(page, lambda: _marked(page) == [[9.61, 51.1]])


def test_a_marker_moves_when_its_row_does_however_late_that_is(surfer, platform, writer):
    body = {
        "id": "urn:ngsi-ld:Vehicle:late",
        "type": "Vehicle",
        "location": {"type": "Point", "coordinates": [9.6, 51.1]},
    }
    assert writer.client.post("/ngsi-ld/v1/entities", json=body).status_code == 201
    page = surfer.open(f"{platform[0]}/entities/{body['id']}?lang=en")
    page.wait_for_selector(".where .map.is-drawn")
    held = hold(page, "**/entities/*part=values*")

    body["location"]["coordinates"] = [9.61, 51.1]
    writer.client.post("/ngsi-ld/v1/entityOperations/upsert?options=update", json=[body])
    until(page, lambda: held)
    page.wait_for_timeout(3000)
    release(held)

    until(page, lambda: _marked(page) == [[9.61, 51.1]])


def test_a_page_waits_quietly_for_an_answer_that_takes_long(surfer, platform, writer):
    surfer.page.add_init_script("""
        window.timers = 0;
        const set = window.setTimeout;
        window.setTimeout = (...rest) => { window.timers += 1; return set(...rest); };
    """)
    page = surfer.open(f"{platform[0]}{PAGE}?lang=en")
    page.wait_for_selector("figure.chart[data-points]")
    held = hold(page, "**/entities/*part=values*")
    writer.read(71)
    until(page, lambda: held)
    writer.read(72)
    page.wait_for_timeout(2500)

    before = page.evaluate("window.timers")
    page.wait_for_timeout(1000)

    assert page.evaluate("window.timers") - before < 10
    release(held)
    page.wait_for_selector("td.value:has-text('72')")


def _marked(page):
    """Where the markers of the map stand."""
    features = "document.querySelector('.map').map.getSource('markers').serialize().data.features"
    return page.evaluate(f"{features}.map(({{geometry}}) => geometry.coordinates)")


def test_copying_twice_leaves_the_button_as_it_was(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copies='#entity-id']")
    before = button.inner_text()

    button.click()
    button.click()
    button.filter(has_text="✓").wait_for()
    page.locator("#words").focus()

    button.filter(has_text=before).wait_for()
    assert button.inner_text() == before


def test_what_is_selected_in_a_table_of_a_chart_stays_when_readings_arrive(page, writer):
    page.locator("details.points summary").click()
    page.locator("details.points td").first.select_text()
    page.evaluate("document.activeElement.blur()")
    selected = page.evaluate("getSelection().toString()")

    writer.read(66.5)
    page.wait_for_selector(".summary:has-text('66.5')")

    assert page.evaluate("getSelection().toString()") == selected != ""


def test_a_folded_chart_is_drawn_when_it_is_unfolded(surfer, platform, writer):
    entity = "urn:ngsi-ld:Many:1"
    reading = {"type": "Property", "value": 3, "observedAt": short_instant(datetime.now(UTC))}
    body = {"id": entity, "type": "Many", **{f"m{number}": reading for number in range(5)}}
    assert writer.client.post("/ngsi-ld/v1/entities", json=body).status_code == 201

    page = surfer.open(f"{platform[0]}/entities/{entity}?lang=en")
    page.locator("details.later summary").last.focus()
    page.keyboard.press("Enter")

    page.wait_for_selector("details.later figure.chart[data-points]")
    assert page.locator("details.later .plot canvas").evaluate(_PAINTED) > 3


def test_without_scripts_the_page_tells_all_that_charts_do(browser, platform, writer):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{platform[0]}{PAGE}?lang=en")

        page.get_by_role("link", name="All", exact=True).click()
        page.locator("details.points summary").click()

        assert "range=all" in page.url
        assert page.locator("details.points td.number").first.is_visible()
        assert page.locator(".summary dd").first.is_visible()
        assert not page.locator(".copy").first.is_visible()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_everything_unfolded(surfer, platform, writer, language, scheme):
    surfer.page.emulate_media(color_scheme=scheme)
    page = surfer.open(f"{platform[0]}{PAGE}?lang={language}")
    page.wait_for_selector("figure.chart[data-points]")

    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")

    assert surfer.violations() == []


def test_the_page_of_a_deleted_entity_has_no_barriers(surfer, platform, writer):
    entity = "urn:ngsi-ld:AirQualityObserved:gone"
    writer.read(1, entity=entity)
    assert writer.client.delete(f"/ngsi-ld/v1/entities/{entity}").status_code == 204

    surfer.open(f"{platform[0]}/entities/{entity}")

    assert surfer.violations() == []


@pytest.mark.parametrize(
    ("program", "language"), [("bash", "curl"), (sys.executable, "python"), ("node", "javascript")]
)
@pytest.mark.parametrize("purpose", ["entity", "history", "series"])
def test_a_snippet_runs_as_it_is_copied(page, tmp_path, program, language, purpose):
    if shutil.which(program) is None or (language == "curl" and shutil.which("curl") is None):
        pytest.skip(f"{program} is not installed")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    page.locator(f"[data-copies='#snippet-{language}-{purpose}']").click()
    text = page.evaluate("navigator.clipboard.readText()")
    script = tmp_path / {"curl": "a.sh", "python": "a.py", "javascript": "a.mjs"}[language]
    script.write_text(text)

    ran = subprocess.run(
        [program, script],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"NO_PROXY": "*", "PATH": os.environ["PATH"]},
    )

    assert ran.returncode == 0, ran.stderr
    assert {"entity": SENSOR, "history": "values", "series": "GQ"}[purpose] in ran.stdout
    if language == "curl":
        assert json.loads(ran.stdout)


def test_the_words_of_many_charts_follow_their_pictures(surfer, platform, writer):
    entity = "urn:ngsi-ld:Many:14"
    reading = {"type": "Property", "value": 3, "observedAt": short_instant(datetime.now(UTC) - timedelta(days=3))}
    body = {"id": entity, "type": "Many", **{f"m{number:02}": reading for number in range(14)}}
    assert writer.client.post("/ngsi-ld/v1/entities", json=body).status_code == 201
    page = surfer.open(f"{platform[0]}/entities/{entity}?lang=en")
    page.evaluate("document.querySelectorAll('#charts details').forEach(details => { details.open = true; })")
    page.locator("figure.chart").nth(13).wait_for(state="attached")
    empty = page.get_by_text("There are no values in this range.")
    assert empty.count() == 0

    page.get_by_role("link", name="1 day", exact=True).click()

    empty.nth(13).wait_for()
