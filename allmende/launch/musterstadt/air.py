# SPDX-License-Identifier: EUPL-1.2
"""The air: traffic fouls it, wind and rain clean it, the sun makes ozone."""

from datetime import datetime

from allmende.launch.musterstadt import weather
from allmende.launch.musterstadt.hours import peak, to_local
from allmende.launch.musterstadt.noise import between, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor


def traffic(at: datetime) -> float:
    """Cars on the streets, about 1 in the rush hours of a workday."""
    local = to_local(at)
    day = 0.08 + 0.4 * peak(local.hour, 13, 5.5)
    if not local.is_workday:
        return day
    return day + 0.6 * peak(local.hour, 7.8, 1.3) + 0.5 * peak(local.hour, 17, 1.8)


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What an air station says; its size is how much traffic is near."""
    still = 2.2 / (0.8 + weather.wind(at) / 2.5)
    washed = 1 / (1 + 0.35 * weather.rain(at))
    cold = between(0, (12 - weather.temperature(at)) / 20, 1)
    own = 1 + 0.08 * wander(sensor.slug, at, hours=0.7)
    no2 = (5 + 24 * sensor.size * traffic(at)) * still * own
    fine = (4 + 4 * sensor.size * traffic(at) + 9 * cold) * still * washed * own
    coarse = fine * 1.45 + 5 * sensor.size * traffic(at) * washed
    ozone = between(4, 34 + 95 * weather.radiation(at) / weather.CLEAR_SKY - 0.45 * no2, 240)
    return {
        "no2": Measured(round(no2, 1), "GQ"),
        "pm10": Measured(round(coarse, 1), "GQ"),
        "pm25": Measured(round(fine, 1), "GQ"),
        "o3": Measured(round(ozone, 1), "GQ"),
    }
