# SPDX-License-Identifier: EUPL-1.2
"""Bicycles: to work and school on workdays, for pleasure at weekends, fewer in rain and cold."""

from datetime import datetime

from allmende.launch.musterstadt import weather
from allmende.launch.musterstadt.hours import peak, to_local
from allmende.launch.musterstadt.noise import between, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor


def errands(at: datetime) -> float:
    """How many would ride to work, to school and to the shops in good weather: 1 at the height of a workday's morning."""
    local = to_local(at)
    night = 0.02 + 0.05 * peak(local.hour, 22, 2.5)
    if local.is_workday:
        return (
            night + peak(local.hour, 7.7, 0.9) + 0.8 * peak(local.hour, 16.9, 1.7) + 0.3 * peak(local.hour, 12.6, 2.2)
        )
    if local.weekday == 6:
        return night + 0.12 * peak(local.hour, 12, 4)
    return night + 0.4 * peak(local.hour, 11, 2.6) + (0.08 * peak(local.hour, 9.5, 1.5))


def pleasure(at: datetime) -> float:
    """How many would ride for pleasure in good weather, of the same measure."""
    local = to_local(at)
    if local.is_workday:
        return 0.16 * peak(local.hour, 18.8, 1.8)
    return (0.6 if local.weekday == 6 else 0.42) * peak(local.hour, 14.8, 2.9)


def weather_factor(at: datetime) -> float:
    """The part of them that the weather leaves: rain takes half and more, frost most, a gale some."""
    warmth = between(0.25, (weather.temperature(at) + 8) / 26, 1.15)
    gale = between(0.6, 1.3 - weather.wind(at) / 14, 1)
    return warmth * gale / (1 + 0.9 * weather.rain(at))


def riders(sensor: Sensor, at: datetime) -> float:
    """How many pass, as a part of the counter's size. Who rides for pleasure minds the weather twice."""
    left = weather_factor(at)
    if sensor.character == "leisure":
        return 0.45 * errands(at) * left + 2 * pleasure(at) * left**2
    return errands(at) * left + pleasure(at) * left**2


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a counter says: bicycles in the quarter of an hour before, and their mean speed."""
    chance = 1 + 0.12 * wander(sensor.slug, at, hours=0.5)
    speed = 17.5 + 1.5 * wander(f"{sensor.slug} speed", at, hours=1) - 0.25 * weather.wind(at)
    return {
        "intensity": Measured(round(sensor.size * riders(sensor, at) * chance), "C62"),
        "averageVehicleSpeed": Measured(round(speed, 1), "KMH"),
    }


def describe(_: Sensor) -> dict[str, Measured]:
    """What does not change."""
    return {"vehicleType": Measured("bicycle")}
