# SPDX-License-Identifier: EUPL-1.2
"""The page of the platform's condition in a browser: it renews itself."""

from datetime import UTC, datetime

import httpx
import pytest

pytestmark = pytest.mark.browser
PATIENCE_MS = 20_000


def test_a_new_type_appears_without_a_reload(surfer, platform):
    url, data = platform
    key = (data / "admin.key").read_text().strip()
    page = surfer.open(f"{url}/status?lang=en")
    assert page.get_by_text("There is no data yet.").is_visible()

    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    no2 = {"type": "Property", "value": 17, "observedAt": at}
    entity = {"id": "urn:ngsi-ld:AirQualityObserved:1", "type": "AirQualityObserved", "no2": no2}
    httpx.post(f"{url}/ngsi-ld/v1/entities", json=entity, headers={"x-api-key": key}).raise_for_status()

    page.get_by_role("link", name="Air quality").wait_for(timeout=PATIENCE_MS)
    assert page.locator("#status .verdict").count() == 1
    assert surfer.violations() == []
