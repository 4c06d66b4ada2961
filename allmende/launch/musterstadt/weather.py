# SPDX-License-Identifier: EUPL-1.2
"""The weather over the town, and what a weather station measures of it."""

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from allmende.launch.musterstadt.ground import LATITUDE, LONGITUDE
from allmende.launch.musterstadt.hours import summer, to_local
from allmende.launch.musterstadt.noise import between, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor

CLEAR_SKY: Final = 950.0
"""Watts on a square metre under a sun in the zenith."""

_for_all_sensors: Final = lru_cache(512)
"""The weather of a moment is worked out once, and not for each sensor again."""


@_for_all_sensors
def sun(at: datetime) -> float:
    """The sine of the sun's height: above 0 by day."""
    utc = at.astimezone(UTC)
    tilt = math.radians(-23.44) * math.cos(2 * math.pi * (utc.timetuple().tm_yday + 10) / 365.25)
    solar_hour = utc.hour + utc.minute / 60 + utc.second / 3600 + LONGITUDE / 15
    latitude = math.radians(LATITUDE)
    turn = math.radians(15 * (solar_hour - 12))
    return math.sin(latitude) * math.sin(tilt) + math.cos(latitude) * math.cos(tilt) * math.cos(turn)


@_for_all_sensors
def clouds(at: datetime) -> float:
    """The covered part of the sky, from 0 to 1."""
    return between(0, 0.5 + 0.45 * wander("clouds", at, hours=7) + 0.25 * wander("front", at, hours=31), 1)


@_for_all_sensors
def rain(at: datetime) -> float:
    """Millimetres an hour; most hours are dry."""
    return max(0.0, clouds(at) - 0.6) * max(0.0, wander("rain", at, hours=3) + 0.35) * 9


@_for_all_sensors
def wind(at: datetime) -> float:
    """Metres a second: the sun stirs the air, nights are stiller."""
    stirred = 0.75 + 0.4 * max(0.0, sun(at))
    return between(0.2, stirred * (3.6 + 2.6 * wander("wind", at, hours=9)) + 0.7 * wander("gusts", at, hours=0.4), 25)


def precipitation(at: datetime) -> float:
    """Millimetres in the hour before."""
    return sum(rain(at - timedelta(minutes=minutes)) for minutes in (0, 15, 30, 45)) / 4


def weather_type(at: datetime) -> str:
    """The weather in a word, of those that Smart Data Models know."""
    if rain(at) > 0.05:
        kind = "Snow" if temperature(at) < 1 else "Rain"
        return f"heavy{kind}" if rain(at) > 2 else f"light{kind}"
    if clouds(at) > 0.75:
        return "overcast"
    if clouds(at) > 0.35:
        return "partlyCloudy"
    return "sunnyDay" if sun(at) > 0 else "clearNight"


@_for_all_sensors
def temperature(at: datetime) -> float:
    """Degrees Celsius."""
    local = to_local(at)
    cover = clouds(at)
    daily = math.cos(2 * math.pi * (local.hour - 15.5) / 24) * (4.5 - 3 * cover) * (0.65 + 0.35 * max(0.0, sun(at)))
    return 9.8 + 9 * summer(local.day_of_year) + daily + 3.5 * wander("air mass", at, hours=60)


def radiation(at: datetime) -> float:
    """Watts on a square metre."""
    return CLEAR_SKY * max(0.0, sun(at)) * (1 - 0.75 * clouds(at))


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a weather station says: the town's weather, a little different at each place."""
    own = wander(sensor.slug, at, hours=2)
    humidity = 0.68 + 0.14 * clouds(at) + 0.05 * rain(at) - 0.22 * max(0.0, sun(at)) + 0.03 * own
    pressure = 1014 + 13 * wander("pressure", at, hours=50) - 4 * clouds(at)
    direction = (240 + 85 * wander("direction", at, hours=14) + 12 * own) % 360
    return {
        "temperature": Measured(round(temperature(at) + sensor.size + 0.4 * own, 1), "CEL"),
        "relativeHumidity": Measured(round(between(0.2, humidity, 1), 2), "C62"),
        "atmosphericPressure": Measured(round(pressure, 1), "A97"),
        "windSpeed": Measured(round(max(0.0, wind(at) + 0.5 * own), 1), "MTS"),
        "windDirection": Measured(round(direction) % 360, "DD"),
        "precipitation": Measured(round(precipitation(at), 1), "MMT"),
        "solarRadiation": Measured(round(radiation(at)), "D54"),
        "weatherType": Measured(weather_type(at)),
    }
