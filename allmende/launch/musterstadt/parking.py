# SPDX-License-Identifier: EUPL-1.2
"""Car parks: they follow the shops, the offices, the trains or the homes around them."""

from datetime import datetime
from typing import Final

from allmende.launch.musterstadt.hours import LocalHour, peak, to_local
from allmende.launch.musterstadt.noise import between, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor

_CATEGORIES: Final = {
    "shops": ["parkingGarage", "public", "feeCharged"],
    "work": ["public", "forEmployees", "forVisitors"],
    "trains": ["public", "urbanDeterrentParking"],
    "homes": ["parkingGarage", "onlyResidents"],
}


def occupancy(sensor: Sensor, at: datetime) -> float:
    """The taken part, from 0 to 1."""
    local = to_local(at)
    usual = {"shops": _shops, "work": _work, "trains": _trains, "homes": _homes}[sensor.character](local)
    return between(0, usual + 0.05 * wander(sensor.slug, at, hours=3) + 0.015 * wander(sensor.id, at, hours=0.2), 1)


def _shops(local: LocalHour) -> float:
    if local.weekday == 6:
        return 0.08 + 0.22 * peak(local.hour, 15, 3.5)
    crowd = 1.12 if local.weekday == 5 else 0.88
    market = 0.22 * peak(local.hour, 9.6, 1.7) if local.is_market_day else 0.0
    return 0.06 + market + crowd * (0.6 * peak(local.hour, 11.3, 2.4) + 0.62 * peak(local.hour, 16.2, 2.8))


def _work(local: LocalHour) -> float:
    if not local.is_workday:
        return 0.05 + 0.06 * peak(local.hour, 13, 4)
    return 0.05 + 0.86 * between(0, (local.hour - 6.2) / 2.4, 1) * between(0, (19 - local.hour) / 3.2, 1)


def _trains(local: LocalHour) -> float:
    share = 0.78 if local.is_workday else 0.28
    return 0.12 + share * between(0, (local.hour - 5.3) / 2.6, 1) * between(0, (20.5 - local.hour) / 3.5, 1)


def _homes(local: LocalHour) -> float:
    away = 0.45 if local.is_workday else 0.2
    return 0.93 - away * peak(local.hour, 12.5, 4.8)


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a car park says."""
    total = round(sensor.size)
    free = round(total * (1 - occupancy(sensor, at)))
    return {
        "availableSpotNumber": Measured(free, "C62"),
        "occupancy": Measured(round(1 - free / total, 3), "C62"),
    }


def describe(sensor: Sensor) -> dict[str, Measured]:
    """What does not change."""
    return {
        "totalSpotNumber": Measured(round(sensor.size), "C62"),
        "category": Measured(_CATEGORIES[sensor.character]),
        "allowedVehicleType": Measured(["car"]),
    }
