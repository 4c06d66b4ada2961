# SPDX-License-Identifier: EUPL-1.2
"""The air: traffic fouls it, wind and rain clean it, the sun makes ozone, and cold still nights hold it down."""

from datetime import datetime
from typing import Final

from allmende.launch.musterstadt import weather
from allmende.launch.musterstadt.hours import peak, to_local
from allmende.launch.musterstadt.noise import between, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor

_STEPS: Final = {
    "no2": (20, 40, 100, 200),
    "pm10": (20, 35, 50, 100),
    "pm25": (10, 20, 25, 50),
    "o3": (60, 120, 180, 240),
}
"""From these concentrations on, in micrograms a cubic metre, the index is 1, 2, 3 and 4."""


def traffic(at: datetime) -> float:
    """Cars on the streets, about 1 in the rush hours of a workday."""
    local = to_local(at)
    day = 0.08 + 0.4 * peak(local.hour, 13, 5.5)
    if not local.is_workday:
        return day
    return day + 0.6 * peak(local.hour, 7.8, 1.3) + 0.5 * peak(local.hour, 17, 1.8)


def inversion(at: datetime) -> float:
    """How firmly cold air lies on the town, from 0 to 1: in nights that are cold, clear and still."""
    night = between(0, 0.4 - 4 * weather.sun(at), 1)
    still = between(0, (2.6 - weather.wind(at)) / 1.6, 1)
    cold = between(0, (9 - weather.temperature(at)) / 10, 1)
    return night * still * cold * (1 - 0.6 * weather.clouds(at))


def concentrations(sensor: Sensor, at: datetime) -> dict[str, float]:
    """Micrograms in a cubic metre; the size of a station is how much traffic is near."""
    held = (2.2 / (0.8 + weather.wind(at) / 2.5)) * (1 + 1.1 * inversion(at))
    washed = 1 / (1 + 0.35 * weather.rain(at))
    cold = between(0, (12 - weather.temperature(at)) / 20, 1)
    own = 1 + 0.08 * wander(sensor.slug, at, hours=0.7)
    no2 = (5 + 24 * sensor.size * traffic(at)) * held * own / (1 + 0.08 * weather.rain(at))
    fine = (4 + 4 * sensor.size * traffic(at) + 9 * cold) * held * washed * own
    coarse = fine * 1.45 + 5 * sensor.size * traffic(at) * washed
    ozone = between(4, 34 + 95 * weather.radiation(at) / weather.CLEAR_SKY - 0.45 * no2, 240)
    return {"no2": no2, "pm10": coarse, "pm25": fine, "o3": ozone}


def index(measured: dict[str, float]) -> int:
    """The air quality index of the Umweltbundesamt: from 0, very good, to 4, very poor; the worst substance decides."""
    return max(sum(value > step for step in _STEPS[name]) for name, value in measured.items())


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What an air station says."""
    measured = {name: round(value, 1) for name, value in concentrations(sensor, at).items()}
    return {
        **{name: Measured(value, "GQ") for name, value in measured.items()},
        "airQualityIndex": Measured(index(measured), "C62"),
    }
