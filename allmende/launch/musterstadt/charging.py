# SPDX-License-Identifier: EUPL-1.2
"""Charging stations: each point is taken or free for a while, more often by day."""

from datetime import datetime
from typing import Final

from allmende.launch.musterstadt.hours import peak, to_local
from allmende.launch.musterstadt.noise import fraction
from allmende.launch.musterstadt.sensors import Measured, Sensor

_MINUTES: Final = {"slow": 95, "fast": 35}
_KILOWATTS: Final = {"slow": 11.0, "fast": 75.0}


def wish(at: datetime) -> float:
    """The chance that a point is taken."""
    local = to_local(at)
    if local.is_workday:
        return 0.14 + 0.4 * peak(local.hour, 10, 3) + 0.5 * peak(local.hour, 18, 3)
    return 0.14 + 0.55 * peak(local.hour, 14.5, 4.5)


def loads(sensor: Sensor, at: datetime) -> list[float]:
    """The part of its power that each point gives now; 0 is a free point."""
    minutes = _MINUTES[sensor.character]
    taken = []
    for point in range(round(sensor.size)):
        slot = int(at.timestamp() / 60 / minutes + fraction(sensor.slug, point))
        is_taken = fraction(sensor.slug, point, slot) < wish(at)
        taken.append(0.55 + 0.45 * fraction(sensor.slug, slot, point) if is_taken else 0.0)
    return taken


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a station says."""
    points = loads(sensor, at)
    free = points.count(0.0)
    return {
        "availableCapacity": Measured(free, "C62"),
        "powerConsumption": Measured(round(_KILOWATTS[sensor.character] * sum(points), 1), "KWT"),
        "status": Measured("working" if free else "full"),
    }


def describe(sensor: Sensor) -> dict[str, Measured]:
    """What does not change."""
    return {
        "capacity": Measured(round(sensor.size), "C62"),
        "socketType": Measured(["CCS/SAE" if sensor.character == "fast" else "Type2"]),
        "allowedVehicleType": Measured(["car"]),
    }
