# SPDX-License-Identifier: EUPL-1.2
"""The entity of all benchmarks: about 1 KB of normalized NGSI-LD with six observations."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 9, 1, tzinfo=UTC)
OBSERVED = (
    ("NO2", 80, "GQ"),
    ("O3", 120, "GQ"),
    ("PM10", 60, "GQ"),
    ("PM25", 40, "GQ"),
    ("temperature", 35, "CEL"),
    ("relativeHumidity", 1, "P1"),
)


def entity_id(number: int) -> str:
    return f"urn:ngsi-ld:AirQualityObserved:city-{number:07d}"


def air_quality(number: int, round_: int = 0, rng: random.Random | None = None) -> dict[str, Any]:
    """An AirQualityObserved; `round_` counts its observations, a minute apart."""
    rng = rng or random.Random(number * 1_000_003 + round_)
    time = (START + timedelta(seconds=number % 86_400, minutes=round_)).isoformat().replace("+00:00", "Z")
    observed = {
        name: {"type": "Property", "value": round(rng.random() * top, 2), "unitCode": unit, "observedAt": time}
        for name, top, unit in OBSERVED
    }
    place = [round(6.7 + number % 600 / 1000, 6), round(50.7 + number % 599 / 1000, 6)]
    return {
        "id": entity_id(number),
        "type": "AirQualityObserved",
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": place}},
        **observed,
        "refDevice": {"type": "Relationship", "object": f"urn:ngsi-ld:Device:{number % 5000:05d}"},
        "status": {"type": "Property", "value": ("ok", "warn", "fault")[number % 3]},
        "address": {
            "type": "Property",
            "value": {
                "addressLocality": "Musterstadt",
                "postalCode": f"{50_000 + number % 999}",
                "streetAddress": f"Hauptstr. {number % 300}",
            },
        },
    }
