# SPDX-License-Identifier: EUPL-1.2
"""The button that stops pages from renewing themselves."""

import pytest

from tests.browser.maps import Platform, sensor, until

pytestmark = pytest.mark.browser

PATIENCE_MS = 20_000


@pytest.fixture
def written(platform):
    writer = Platform(*platform)
    writer.upsert(sensor(1, longitude=8, latitude=50))
    yield writer
    writer.clear(sensor(1, longitude=8, latitude=50))


def reading(value):
    pm10 = {"type": "Property", "value": value, "observedAt": "2026-06-01T12:05:00Z"}
    return sensor(1, longitude=8, latitude=50, pm10=pm10)


def asked(surfer):
    return sum(address.endswith("/status?lang=de") for address in surfer.asked)


@pytest.mark.parametrize("path", ["/", "/types/AirQualityObserved", "/entities/urn:ngsi-ld:AirQualityObserved:1"])
def test_a_paused_page_stays_as_it_is_until_it_is_live_again(surfer, written, path):
    page = surfer.open(f"{written.url}{path}?lang=en")
    page.evaluate("window.heard = 0; document.addEventListener('allmende:changed', () => { window.heard += 1; })")
    page.get_by_role("button", name="Live: on").click()
    button = page.get_by_role("button", name="Live: off")
    button.wait_for()

    with surfer.page.context.new_page() as live:
        live.goto(f"{written.url}{path}?lang=en")
        assert live.locator("#pause").inner_text() == "Live: off"
    written.upsert(reading(4711))
    page.wait_for_timeout(4000)

    assert page.evaluate("window.heard") == 0
    assert page.get_by_text("4,711").count() == 0
    button.click()
    page.get_by_text("4,711").first.wait_for(timeout=PATIENCE_MS)


def test_a_page_that_asks_by_the_clock_is_paused_too(surfer, platform):
    surfer.page.clock.install()
    page = surfer.open(f"{platform[0]}/status?lang=de")
    page.get_by_role("button", name="Live: an").click()

    page.clock.fast_forward(60_000)
    page.wait_for_timeout(500)
    assert asked(surfer) == 1
    page.get_by_role("button", name="Live: aus").click()
    page.clock.fast_forward(60_000)
    until(page, lambda: asked(surfer) > 1)


def test_pages_that_stay_as_they_are_have_no_such_button(surfer, platform):
    page = surfer.open(f"{platform[0]}/help")

    assert not page.locator("#pause").is_visible()
