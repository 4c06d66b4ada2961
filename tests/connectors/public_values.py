# SPDX-License-Identifier: EUPL-1.2
"""What must come of the fixtures of public platforms and standards: read from them by hand.

By connector and fixture: how many entities, and by the ids' ends their attributes, each the value alone or
(value, unit, time) where it has one of both; a place is (longitude, latitude).
"""

from typing import Any

Entities = dict[str, dict[str, Any]]

COUNTS: dict[tuple[str, str], int] = {
    ("pegelonline", "stations.json"): 5,
}

ENTITIES: dict[tuple[str, str], Entities] = {
    ("pegelonline", "stations.json"): {
        "WaterObserved:aaaaaaaa-0001-4000-8000-000000000001": {
            "waterLevel": (312, "CMT", "2026-07-01T06:00:00Z"),
            "flow": (41.7, "MQS", "2026-07-01T05:45:00Z"),
            "name": "MUSTERBRÜCKE",
            "description": "MUSTERFLUSS",
            "dataProvider": "MUSTERAMT",
            "location": (9.27676943, 52.9040654),
        },
        "WaterQualityObserved:aaaaaaaa-0001-4000-8000-000000000001": {
            "temperature": (19.3, "CEL", "2026-07-01T05:00:00Z"),
            "name": "MUSTERBRÜCKE",
            "location": (9.27676943, 52.9040654),
        },
        "WaterObserved:aaaaaaaa-0002-4000-8000-000000000002": {
            "waterLevel": (-14, "CMT", "2026-01-10T22:59:00Z"),
            "name": "SPERRWERK BINNEN",
            "description": "MUSTERSEE",
            "dataProvider": "MUSTERAMT",
        },
        # Its level is given above sea level, not above the gauge's zero.
        "WaterObserved:aaaaaaaa-0003-4000-8000-000000000003": {
            "name": "TALSPERRE",
            "description": "MUSTERFLUSS",
            "dataProvider": "MUSTERAMT",
            "location": (9.05, 51.18),
        },
    },
}
