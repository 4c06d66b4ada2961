# SPDX-License-Identifier: EUPL-1.2
"""The river Muster: its level, and the flood that comes down once a day."""

import math
from datetime import date, datetime, time, timedelta
from typing import Final

from allmende.launch.musterstadt.hours import ZONE
from allmende.launch.musterstadt.noise import fraction, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor

_CREST_TIME: Final = time(14)
"""When the flood's crest passes the market square on the town's clock, give or take half an hour."""
_CREST_FLOW: Final = 95.0
"""What an average flood brings at its crest, in cubic metres a second."""
_USUAL_FLOW: Final = 18.0
_METRES_PER_HOUR: Final = 1250.0
_FIRST_GAUGE_EAST: Final = -2600
_RISE_HOURS: Final = 1.6
_FALL_HOURS: Final = 4.5
_FLATTER_PER_HOUR: Final = 0.06
"""How much of its height a flood loses in an hour; it grows longer by twice as much."""
ALERT_METRES: Final = 2.2
DANGER_METRES: Final = 3.1


def crest(sensor: Sensor, day: date) -> datetime:
    """When the flood of this day passes the gauge at its highest: the river carries it eastward."""
    early = timedelta(hours=fraction("crest", day.toordinal()) - 0.5)
    return datetime.combine(day, _CREST_TIME, ZONE) + early + timedelta(hours=sensor.east / _METRES_PER_HOUR)


def flood(sensor: Sensor, at: datetime) -> float:
    """The part of an average flood's crest that is here now: it rises fast, falls slowly, and flattens on its way.

    Each flood has passed every gauge before midnight.
    """
    day = at.astimezone(ZONE).date()
    travelled = max(0.0, (sensor.east - _FIRST_GAUGE_EAST) / _METRES_PER_HOUR)
    late = (at.timestamp() - crest(sensor, day).timestamp()) / 3600
    hours = (_RISE_HOURS if late < 0 else _FALL_HOURS) * (1 + 2 * _FLATTER_PER_HOUR * travelled)
    height = (0.8 + 0.35 * fraction("height", day.toordinal())) * (1 - _FLATTER_PER_HOUR * travelled)
    return height * max(0.0, 1 - (late / hours) ** 2) ** 2


def flow(sensor: Sensor, at: datetime) -> float:
    """Cubic metres a second."""
    return _USUAL_FLOW * (1 + 0.25 * wander("river", at, hours=70)) + _CREST_FLOW * flood(sensor, at)


def level(sensor: Sensor, at: datetime) -> float:
    """Metres above the gauge's zero: the more water, the higher, by the shape of the river's bed here."""
    ripples = 0.01 * wander(sensor.slug, at, hours=0.5)
    depth = 1.05 * math.pow(flow(sensor, at) / _USUAL_FLOW, 0.62)
    return sensor.size * (depth + ripples)


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a gauge says."""
    metres = level(sensor, at)
    status = "Danger" if metres >= sensor.size * DANGER_METRES else "Alert"
    return {
        "waterLevel": Measured(round(metres, 2), "MTR"),
        "flow": Measured(round(flow(sensor, at), 1), "MQS"),
        "floodLevelStatus": Measured(status if metres >= sensor.size * ALERT_METRES else "Normal"),
    }


def describe(sensor: Sensor) -> dict[str, Measured]:
    """What does not change: the levels from which the status is Alert and Danger."""
    return {
        "alertLevel": Measured(round(sensor.size * ALERT_METRES, 2), "MTR"),
        "dangerLevel": Measured(round(sensor.size * DANGER_METRES, 2), "MTR"),
    }
