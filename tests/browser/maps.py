# SPDX-License-Identifier: EUPL-1.2
"""Maps in a browser, as tests look at them; and entities with places."""

from pathlib import Path
from time import monotonic

import httpx

DRAWN = ".map.is-drawn"


class Platform:
    """A platform that tests write to."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.headers = {"x-api-key": (data / "admin.key").read_text().strip()}

    def upsert(self, *entities: dict) -> None:
        """Write entities, a thousand at a time."""
        for start in range(0, len(entities), 1000):
            self._post("upsert", list(entities[start : start + 1000]))

    def clear(self, *entities: dict) -> None:
        """Delete entities."""
        for start in range(0, len(entities), 1000):
            self._post("delete", [entity["id"] for entity in entities[start : start + 1000]])

    def _post(self, operation: str, body: list) -> None:
        address = f"{self.url}/ngsi-ld/v1/entityOperations/{operation}"
        httpx.post(address, json=body, headers=self.headers, timeout=60, trust_env=False).raise_for_status()


def sensor(number: int, *, longitude: float, latitude: float, kind: str = "AirQualityObserved", **others) -> dict:
    """An entity with a place and a reading."""
    return {
        "id": f"urn:ngsi-ld:{kind}:{number}",
        "type": kind,
        "name": {"type": "Property", "value": f"Sensor {number}"},
        "pm10": {"type": "Property", "value": number, "unitCode": "GQ", "observedAt": "2026-06-01T12:00:00Z"},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}},
        **others,
    }


def grid(count: int, first: int = 1) -> list[dict]:
    """So many sensors in rows of a hundred, about as far apart as houses."""
    return [
        sensor(first + each, longitude=8 + each % 100 * 0.001, latitude=50 + each // 100 * 0.0007)
        for each in range(count)
    ]


def open_map(surfer, url: str):
    """Open a page and wait until its map is drawn."""
    page = surfer.open(url)
    page.wait_for_selector(DRAWN, timeout=60_000)
    return page


def drawn(page, layer: str) -> int:
    """How many features of a layer are to be seen."""
    return page.evaluate(
        "layer => document.querySelector('.map').map.queryRenderedFeatures({layers: [layer]}).length", layer
    )


def chosen(page) -> list:
    """Where the chosen marker stands."""
    return page.evaluate("document.querySelector('.map').map.getSource('chosen').serialize().data")


def until(page, condition, *, seconds: float = 20) -> None:
    """Let the page go on until a condition holds."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it never came"
        page.wait_for_timeout(50)


def hold(page, pattern, wanted=lambda request: True) -> list:
    """Keep the next answer to a request from a page, and those only; it comes when `release` is called with the list."""
    held: list = []
    page.route(pattern, lambda route: route.fallback() if held or not wanted(route.request) else held.append(route))
    return held


def release(held: list) -> None:
    """Let a request that was held go on."""
    held[0].continue_()
