# SPDX-License-Identifier: EUPL-1.2
"""The kinds of sensors: how each measures, how often, and what it says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allmende.launch.musterstadt import air, bicycles, charging, lamps, parking, waste, water, weather
from allmende.launch.musterstadt.sensors import Measured, Sensor


def _nothing(_: Sensor) -> dict[str, Measured]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """What sensors of one type have in common."""

    every: timedelta
    measure: Callable[[Sensor, datetime], dict[str, Measured]]
    describe: Callable[[Sensor], dict[str, Measured]] = _nothing


KINDS: Final[dict[str, Kind]] = {
    "OffStreetParking": Kind(timedelta(seconds=30), parking.measure, parking.describe),
    "TrafficFlowObserved": Kind(timedelta(minutes=1), bicycles.measure, bicycles.describe),
    "AirQualityObserved": Kind(timedelta(minutes=1), air.measure),
    "WeatherObserved": Kind(timedelta(minutes=1), weather.measure),
    "WaterObserved": Kind(timedelta(minutes=1), water.measure, water.describe),
    "WasteContainer": Kind(timedelta(minutes=5), waste.measure, waste.describe),
    "EVChargingStation": Kind(timedelta(seconds=30), charging.measure, charging.describe),
    "Streetlight": Kind(timedelta(minutes=5), lamps.measure),
}
