# SPDX-License-Identifier: EUPL-1.2
"""A town of 20,000 sensors on the start page, and what its first visit weighs."""

import pytest

from broker.engine.markers import MOST_MARKERS
from tests.browser.maps import Platform, drawn, grid, open_map

pytestmark = pytest.mark.browser

SENSORS = 20_000
USABLE_MS = 8_000
"""Two seconds on a quiet machine with two cores; tests run beside others."""

HEAVIEST_WITH_MAP = 600 * 1024
HEAVIEST_WITHOUT = 60 * 1024


@pytest.fixture(scope="module")
def town(platform):
    writer = Platform(*platform)
    writer.upsert(*grid(SENSORS))
    return writer.url


def test_the_start_page_is_soon_usable(surfer, town):
    page = open_map(surfer, town)

    drawn_ms = page.evaluate("performance.getEntriesByName('map-drawn')[0].startTime")
    assert drawn_ms < USABLE_MS
    assert drawn(page, "clusters") > 5
    page.locator(".maplibregl-ctrl-zoom-in").click()
    assert page.locator("#near tbody tr").count() > 1


def test_the_page_and_its_map_weigh_little(surfer, town):
    page = open_map(surfer, town)

    assert _weight(page, with_map=True) <= HEAVIEST_WITH_MAP
    assert _weight(page, with_map=False) <= HEAVIEST_WITHOUT


def test_more_places_than_a_map_takes_are_shown_part_by_part(surfer, platform, town):
    Platform(*platform).upsert(*grid(MOST_MARKERS + 100 - SENSORS, SENSORS + 1))

    page = open_map(surfer, town)

    parts = [address for address in surfer.asked if "/markers?box=" in address]
    assert parts
    assert drawn(page, "clusters") + drawn(page, "marks") > 0
    assert not page.locator(".map-note").is_visible()


def _weight(page, *, with_map: bool) -> int:
    """Bytes of the page and of all that it loaded but the markers' data, compressed as they came."""
    sizes = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map(entry => [entry.name, entry.encodedBodySize])"
    )
    parts = ("/maplibre/", "/map/")
    return sum(
        size for name, size in sizes if "/markers" not in name and (with_map or not any(p in name for p in parts))
    )
