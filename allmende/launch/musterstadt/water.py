# SPDX-License-Identifier: EUPL-1.2
"""The river Muster: its level, and the flood that comes down once a day."""

from datetime import datetime
from typing import Final

from allmende.launch.musterstadt.hours import to_local
from allmende.launch.musterstadt.noise import wander
from allmende.launch.musterstadt.sensors import Measured, Sensor

CREST_HOUR: Final = 14.0
"""When the flood's crest passes the market square, on the town's clock."""
CREST_METRES: Final = 2.4
_METRES_PER_HOUR: Final = 2600.0
_RISE_HOURS: Final = 1.6
_FALL_HOURS: Final = 4.5


def flood(sensor: Sensor, at: datetime) -> float:
    """The part of the flood's crest at this gauge: it rises fast, falls slowly and travels with the river (eastward)."""
    late = (to_local(at).hour - CREST_HOUR - sensor.east / _METRES_PER_HOUR + 12) % 24 - 12
    width = _RISE_HOURS if late < 0 else _FALL_HOURS
    return max(0.0, 1 - (late / width) ** 2) ** 2


def level(sensor: Sensor, at: datetime) -> float:
    """Metres above the gauge's zero."""
    usual = 1.1 + 0.25 * wander("river", at, hours=70) + 0.01 * wander(sensor.slug, at, hours=0.5)
    return usual * sensor.size + CREST_METRES * flood(sensor, at)


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a gauge says."""
    metres = level(sensor, at)
    return {
        "waterLevel": Measured(round(metres, 2), "MTR"),
        "flow": Measured(round(9 * metres**1.6, 1), "MQS"),
    }
