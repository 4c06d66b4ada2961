# SPDX-License-Identifier: EUPL-1.2
"""Search in a browser."""

import pytest

from tests.browser.maps import DRAWN, chosen, hold, release, until

pytestmark = pytest.mark.browser


def test_results_come_while_somebody_types(surfer, city):
    page = surfer.open(f"{city}/search?lang=en")
    field = page.get_by_label("Name or id")

    field.press_sequentially("markt")

    page.locator("#found tbody tr").first.wait_for()
    assert "q=markt" in page.url
    assert field.evaluate("field => field === document.activeElement")
    page.wait_for_selector(DRAWN, timeout=60_000)
    field.fill("nowhere at all")
    page.get_by_text("Nothing found.").wait_for()


def test_the_field_in_the_head_of_each_page_leads_to_results(surfer, city):
    page = surfer.open(f"{city}/?lang=de")

    page.get_by_role("searchbox").fill("rathaus")
    page.keyboard.press("Enter")

    page.wait_for_url("**/search?q=rathaus")
    assert page.locator("#found tbody tr").count() > 0


def test_a_result_with_the_focus_is_shown_on_the_map(surfer, city):
    page = surfer.open(f"{city}/search?q=markt&lang=en")
    page.wait_for_selector(DRAWN, timeout=60_000)
    row = page.locator("#found tr[data-at]").last

    row.get_by_role("link").first.focus()

    at = [float(part) for part in row.get_attribute("data-at").split(",")]
    until(page, lambda: chosen(page).get("geometry", {}).get("coordinates") == at)


def test_it_works_without_scripts(browser, city):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{city}/?lang=en")
        assert not page.locator(".map").is_visible()

        page.get_by_role("searchbox").fill("markt")
        page.get_by_role("button", name="Search").click()

        assert page.locator("#found tbody tr").count() > 0


def test_a_search_leaves_no_map_behind(surfer, city):
    surfer.page.add_init_script(COUNT_CONTEXTS)
    page = surfer.open(f"{city}/search?q=markt&lang=en")
    page.wait_for_selector(DRAWN, timeout=60_000)
    listening = listeners(page)
    page.evaluate("document.querySelector('.map').map.on('remove', () => { window.isRemoved = true; })")

    page.get_by_label("Name or id").fill("ring")
    until(page, lambda: page.evaluate("window.isRemoved"))
    page.wait_for_selector(DRAWN, timeout=60_000)

    assert listeners(page) == listening
    assert page.evaluate("window.contexts") == 3  # one to see whether there are any, and one for each map


def test_a_map_that_is_being_made_goes_with_what_was_found(surfer, city):
    held = hold(surfer.page, "**/shapes")
    surfer.page.add_init_script(COUNT_CONTEXTS)
    page = surfer.open(f"{city}/search?q=markt&lang=en")
    until(page, lambda: held)

    page.get_by_label("Name or id").fill("ring")
    page.wait_for_selector(DRAWN, timeout=60_000)
    with page.expect_response("**/shapes"):
        release(held)
    page.wait_for_timeout(1000)

    assert page.evaluate("window.contexts") == 2


def test_going_back_to_a_search_makes_its_map_anew(surfer, city):
    page = surfer.open(f"{city}/search?lang=en")
    page.get_by_label("Name or id").fill("markt")
    page.wait_for_selector(DRAWN, timeout=60_000)
    page.evaluate("document.querySelector('.map').map.on('remove', () => { window.isRemoved = true; })")
    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")

    page.go_back()
    until(page, lambda: page.evaluate("window.isRemoved"))

    page.wait_for_selector(DRAWN, timeout=60_000)
    assert page.locator("canvas").count() == 1
    assert page.get_by_label("Name or id").input_value() == "markt"


def test_enter_asks_once(surfer, city):
    page = surfer.open(f"{city}/search?lang=en")
    page.get_by_label("Name or id").press_sequentially("markt")

    page.keyboard.press("Enter")
    page.locator("#found tbody tr").first.wait_for()
    page.wait_for_timeout(500)

    assert len([address for address in surfer.asked if "q=markt" in address]) == 1


COUNT_CONTEXTS = """
    window.contexts = 0;
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      if (kind === "webgl2") window.contexts += 1;
      return getContext.call(this, kind, ...rest);
    };
"""


def listeners(page):
    """How many listen to the document."""
    session = page.context.new_cdp_session(page)
    document = session.send("Runtime.evaluate", {"expression": "document"})["result"]["objectId"]
    return len(session.send("DOMDebugger.getEventListeners", {"objectId": document})["listeners"])


def test_what_was_found_is_told_where_it_is_listened_to(surfer, city):
    page = surfer.open(f"{city}/search?q=markt&lang=en")
    page.evaluate("window.told = document.querySelector('[role=status]')")

    page.get_by_label("Name or id").fill("nowhere at all")
    page.get_by_text("Nothing found.").wait_for()

    assert page.evaluate("window.told.isConnected")
    assert "Nothing found." in page.evaluate("window.told.textContent")
    assert page.locator("[role=status]").count() == 1
