# SPDX-License-Identifier: EUPL-1.2
"""The page of a type in a browser: its table by keyboard, its filters, and readings that arrive."""

import re

import httpx
import pytest

from tests.api.town import parking
from tests.browser.maps import DRAWN, hold, release, until

pytestmark = pytest.mark.browser

PATH = "/types/OffStreetParking?lang=en"


@pytest.fixture
def write(platform):
    """Create entities, or renew them, until the end of the test; `write.delete` deletes some before."""
    url, data = platform
    headers = {"x-api-key": (data / "admin.key").read_text().strip()}
    written = set()

    def call(operation, body):
        answer = httpx.post(f"{url}/ngsi-ld/v1/entityOperations/{operation}", json=list(body), headers=headers)
        assert answer.status_code in {201, 204}, answer.text

    def send(*entities):
        call("upsert", entities)
        written.update(entity["id"] for entity in entities)

    def delete(*ids):
        call("delete", ids)
        written.difference_update(ids)

    send.delete = delete
    yield send
    delete(*written)


@pytest.fixture
def page(platform, write, surfer):
    """The page of five car parks with 7, 4, 1, 8 and 5 free spaces, which follows what happens to them."""
    write(*(parking(number, number * 37 % 10) for number in range(1, 6)))
    with surfer.page.expect_response(re.compile("/events")):
        return surfer.open(platform[0] + PATH)


def expect(part):
    """Wait for what is said of a part of a page."""
    from playwright.sync_api import expect

    return expect(part)


def names(page):
    return [name.removeprefix("Garage ") for name in page.locator("#places tbody th").all_inner_texts()]


def focused(page):
    return page.evaluate("document.activeElement.id")


def press_until(page, wanted, most=60):
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if focused(page) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"#{wanted} is out of reach of the keyboard")


def test_a_head_sorts_by_keyboard_and_keeps_the_focus(page):
    page.evaluate("window.isTheSame = true")
    press_until(page, "sort-availableSpotNumber")

    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Free spaces")
    falling = names(page)
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Free spaces")

    assert falling == ["4", "1", "5", "2", "3"]
    assert names(page) == falling[::-1]
    assert focused(page) == "sort-availableSpotNumber"
    assert page.url.endswith("?sort=availableSpotNumber")
    assert page.evaluate("window.isTheSame")


def test_going_back_shows_the_order_before(page):
    page.locator("#sort-availableSpotNumber").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Free spaces")

    page.go_back()

    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")
    assert names(page) == ["1", "2", "3", "4", "5"]


def is_for(part):
    """Whether a request asks for a part of the page."""
    return lambda request: request.headers.get("hx-target") == part


def test_going_back_leaves_the_map_and_the_buttons_as_they_are(page, write):
    page.wait_for_selector(DRAWN, timeout=60_000)
    page.evaluate("window.map = document.querySelector('.map').map")
    page.locator("#sort-availableSpotNumber").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Free spaces")

    page.go_back()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")

    assert page.evaluate("window.map === document.querySelector('.map').map")
    assert page.locator("#pause").is_visible()
    write(parking(3, 99))
    expect(page.locator("tr[data-id$=':3'] td[data-column=availableSpotNumber]")).to_have_text("99")


def test_going_back_while_a_map_is_being_made(page, platform):
    held = hold(page, "**/markers?*")
    page.reload()
    until(page, lambda: held)
    page.locator("#sort-availableSpotNumber").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Free spaces")

    page.go_back()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")
    release(held)

    page.wait_for_selector(DRAWN, timeout=60_000)


def test_a_list_that_was_asked_for_before_going_back_is_not_shown(page):
    page.locator("#sort-availableSpotNumber").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Free spaces")
    held = hold(page, "**/types/*", is_for("list"))
    page.locator("#sort-availableSpotNumber").click()
    until(page, lambda: held)

    page.go_back()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")
    with page.expect_response(re.compile("sort=availableSpotNumber")):
        release(held)
    page.wait_for_timeout(300)

    assert names(page) == ["1", "2", "3", "4", "5"]
    assert page.url.endswith(PATH)


def test_of_two_orders_the_later_one_is_shown(page):
    held = hold(page, "**/types/*", is_for("list"))
    page.locator("#sort-availableSpotNumber").click()
    until(page, lambda: held)

    page.locator("#sort-name").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Name")
    with page.expect_response(re.compile("sort=-availableSpotNumber")):
        release(held)
    page.wait_for_timeout(300)

    assert names(page) == ["5", "4", "3", "2", "1"]
    assert page.url.endswith("?sort=-name")


def test_an_order_is_shown_and_named_though_the_list_renews_itself_meanwhile(page, write):
    renewal = hold(page, "**/types/*", is_for("rows"))
    write(parking(3, 99))
    until(page, lambda: renewal)
    order = hold(page, "**/types/*", is_for("list"))
    page.locator("#sort-availableSpotNumber").click()
    until(page, lambda: order)

    with page.expect_response(re.compile("/types/")):
        release(renewal)
    page.wait_for_timeout(300)
    release(order)

    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Free spaces")
    assert names(page)[0] == "3"
    assert page.url.endswith("?sort=-availableSpotNumber")


def test_a_list_that_renews_itself_does_not_move_the_page(page, write):
    page.set_viewport_size({"width": 1280, "height": 300})
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    before = page.evaluate("scrollY")

    write(parking(3, 99))
    expect(page.locator("tr[data-id$=':3'] td[data-column=availableSpotNumber]")).to_have_text("99")
    page.wait_for_timeout(300)

    assert page.evaluate("scrollY") == before > 100


def test_filters_narrow_the_list_and_leave_out_what_is_empty(page):
    page.get_by_text("Filter by values").click()
    page.get_by_label("at least").fill("5")
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_have_text("3 entries match")

    assert names(page) == ["1", "4", "5"]
    assert page.url.endswith("?min.availableSpotNumber=5")
    page.get_by_role("link", name="Reset").click()
    expect(page.locator("#places tbody tr")).to_have_count(5)


def test_a_wrong_filter_leads_to_the_page_that_says_so(page, surfer):
    page.get_by_text("Filter by values").click()
    page.get_by_label("at least").fill("many")
    page.locator("#apply").click()

    expect(page.locator("h1")).to_have_text("This address is not right")
    expect(page.locator(".notice")).to_contain_text("number such as 20 or 3.5")
    # Browsers complain of each answer that is no success.
    surfer.complaints = [words for words in surfer.complaints if "400" not in words]


def test_columns_are_chosen(page):
    page.get_by_text("Choose columns").click()
    page.locator("#columns").get_by_label("Status").uncheck()
    page.locator("#choose").click()

    expect(page.locator("#places thead th")).to_have_count(3)
    assert page.url.endswith("columns=availableSpotNumber")


def test_a_new_reading_changes_its_row_without_a_reload_and_the_focus_stays(page, write):
    page.evaluate("window.isTheSame = true")
    press_until(page, "to-urn:ngsi-ld:OffStreetParking:3")

    write(parking(3, 99))

    cell = page.locator("tr[data-id$=':3'] td[data-column=availableSpotNumber]")
    expect(cell).to_have_text("99")
    expect(cell).to_have_class(re.compile(r"\bchanged\b"))
    assert page.locator(".changed").count() == 1
    assert focused(page) == "to-urn:ngsi-ld:OffStreetParking:3"
    assert page.evaluate("window.isTheSame")


def test_the_row_that_has_the_focus_is_shown_on_the_map(page, write):
    expect(page.locator(".map.is-drawn")).to_have_count(1, timeout=60_000)
    row = page.locator("#places tr[data-id$=':4']")

    row.get_by_role("link").focus()

    expect(row).to_have_attribute("aria-current", "true")
    write(parking(4, 77))
    expect(row.locator("[data-column=availableSpotNumber]")).to_have_text("77", timeout=60_000)
    expect(row).to_have_attribute("aria-current", "true")
    expect(page.locator(".map.is-drawn canvas")).to_have_count(1)


def test_a_new_entity_appears_and_filters_that_are_being_typed_stay(page, write):
    page.get_by_label("Name contains").fill("gara")

    write(parking(6, 6))

    expect(page.locator("#places tbody tr")).to_have_count(6)
    expect(page.locator("#known")).to_contain_text("6 entries")
    assert page.get_by_label("Name contains").input_value() == "gara"
    assert focused(page) == "narrow"


def test_of_many_changes_the_last_one_is_shown(page, write):
    for free in range(20, 41):
        write(parking(2, free))

    expect(page.locator("tr[data-id$=':2'] td[data-column=availableSpotNumber]")).to_have_text("40", timeout=60_000)


def test_a_type_without_entities_gets_its_page_when_the_first_one_comes(platform, write, surfer):
    with surfer.page.expect_response(re.compile("/events")):
        page = surfer.open(f"{platform[0]}/types/Bench?lang=en")
    assert page.locator("h1").inner_text() == "Nothing is here yet"

    write({"id": "urn:bench:1", "type": "Bench", "seats": 3})

    expect(page.locator("h1")).to_have_text("Bench")


def test_a_type_whose_last_entity_goes_says_so(page, write, surfer):
    write.delete(*(f"urn:ngsi-ld:OffStreetParking:{number}" for number in range(1, 6)))

    expect(page.locator("h1")).to_have_text("Nothing is here yet")
    surfer.complaints = [words for words in surfer.complaints if "404" not in words]
    write(parking(1, 1))


def test_without_scripts_all_of_it_is_links_and_forms(platform, browser, write):
    write(*(parking(number, number) for number in range(1, 6)))
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(platform[0] + PATH)
        page.get_by_role("link", name="Free spaces").click()
        page.get_by_label("Name contains").fill("garage")
        page.locator("#apply").click()

        assert "sort=-availableSpotNumber" in page.url
        assert "q=garage" in page.url
        assert names(page) == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_with_everything_open(page, platform, surfer, language, width):
    surfer.page.set_viewport_size({"width": width, "height": 800})
    surfer.open(f"{platform[0]}/types/OffStreetParking?lang={language}&min.availableSpotNumber=0")

    surfer.page.locator("#columns summary").click()

    assert surfer.page.locator("#filters[open]").count() == 1
    assert surfer.violations() == []
    assert surfer.overflow() <= 0


def test_a_file_is_downloaded_with_its_name(page):
    with page.expect_download() as started:
        page.get_by_role("link", name="CSV", exact=True).click()

    assert started.value.suggested_filename == "OffStreetParking.csv"
    assert started.value.path().read_bytes().startswith(b"id,name,")


def test_a_table_stays_where_it_was_scrolled_to(platform, surfer, write):
    def bench(width):
        return {"id": "urn:wide:1", "type": "Wide", **{f"measureOfPart{each}": width for each in range(12)}}

    write(bench(1))
    surfer.page.set_viewport_size({"width": 700, "height": 800})
    with surfer.page.expect_response(re.compile("/events")):
        page = surfer.open(f"{platform[0]}/types/Wide?lang=en")
    scrolled = page.evaluate(
        "(document.querySelector('#rows .table').scrollLeft = 90, document.querySelector('#rows .table').scrollLeft)"
    )
    assert scrolled > 20

    write(bench(2))
    expect(page.locator("#places td.changed").first).to_have_text("2")

    assert page.locator("#rows .table").evaluate("table => table.scrollLeft") == scrolled
