# SPDX-License-Identifier: EUPL-1.2
"""Bicycles: to work and school on workdays, for pleasure at weekends, fewer in rain and cold."""

from datetime import datetime

from allmende.launch.musterstadt import weather
from allmende.launch.musterstadt.hours import peak, to_local
from allmende.launch.musterstadt.noise import between, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor


def wish(at: datetime) -> float:
    """How many would ride at this hour in good weather: about 1 at the height of a workday's morning."""
    local = to_local(at)
    night = 0.02 + 0.05 * peak(local.hour, 22, 2.5)
    if local.is_workday:
        return (
            night + peak(local.hour, 7.7, 0.9) + 0.8 * peak(local.hour, 16.9, 1.7) + 0.3 * peak(local.hour, 12.6, 2.2)
        )
    return night + (0.75 if local.weekday == 6 else 0.6) * peak(local.hour, 14.5, 3.2)


def weather_factor(at: datetime) -> float:
    """The part of them that the weather leaves: rain takes half and more, frost most."""
    warmth = between(0.25, (weather.temperature(at) + 8) / 26, 1.15)
    return warmth / (1 + 0.9 * weather.rain(at))


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a counter says: bicycles in the quarter of an hour before, and their mean speed."""
    chance = 1 + 0.12 * wander(sensor.slug, at, hours=0.5)
    count = round(sensor.size * wish(at) * weather_factor(at) * chance)
    speed = 17.5 + 1.5 * wander(f"{sensor.slug} speed", at, hours=1) - 0.25 * weather.wind(at)
    return {
        "intensity": Measured(count, "C62"),
        "averageVehicleSpeed": Measured(round(speed, 1), "KMH"),
    }
