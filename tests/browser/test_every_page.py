# SPDX-License-Identifier: EUPL-1.2
"""What holds for every page: barriers, width, keyboard, languages, darkness."""

import pytest

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/search",
    "/search?q=markt",
    "/search?q=nowhere",
    "/types/OffStreetParking",
    "/types/WeatherObserved",
    "/types/Nothing",
    "/connectors",
    "/connectors/musterstadt",
    "/status",
    "/help",
    "/entities/urn:ngsi-ld:AirQualityObserved:musterstadt:am-ring",
    "/entities/urn:ngsi-ld:WaterObserved:musterstadt:obermuehle",
    "/nothing-is-here",
]
"""Paths of pages that are there in the demo city."""


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(surfer, city, path, language, scheme):
    surfer.page.emulate_media(color_scheme=scheme)

    surfer.open(f"{city}{path}{'&' if '?' in path else '?'}lang={language}")

    assert surfer.page.locator("html").get_attribute("lang") == language
    assert surfer.violations() == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_narrow_window(surfer, city, path):
    surfer.page.set_viewport_size({"width": 320, "height": 640})

    surfer.open(f"{city}{path}")

    assert surfer.overflow() <= 0


@pytest.mark.parametrize("path", PAGES)
def test_the_first_key_leads_to_the_content(surfer, city, path):
    surfer.open(f"{city}{path}")

    surfer.page.keyboard.press("Tab")
    surfer.page.keyboard.press("Enter")

    assert surfer.page.evaluate("document.activeElement.id") == "content"
