# SPDX-License-Identifier: EUPL-1.2
"""Street lamps: they burn when the sun is down, and half as bright where people sleep."""

import math
from datetime import datetime
from typing import Final

from allmende.launch.musterstadt.hours import to_local
from allmende.launch.musterstadt.noise import wander
from allmende.launch.musterstadt.sensors import Measured, Sensor
from allmende.launch.musterstadt.weather import sun

DUSK: Final = math.sin(math.radians(-3))
"""The sine of the sun's height at which lamps are switched."""
_RATED_WATTS: Final = 48.0


def power_state(sensor: Sensor, at: datetime) -> str:
    """On, low or off."""
    if sun(at) > DUSK:
        return "off"
    late = to_local(at).hour
    return "low" if sensor.character == "homes" and (late >= 23 or late < 5) else "on"


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a lamp says; one is broken and burns never."""
    state = "off" if sensor.character == "broken" else power_state(sensor, at)
    level = {"on": 1.0, "low": 0.5, "off": 0.0}[state]
    watts = _RATED_WATTS * sensor.size * level * (1 + 0.02 * wander(sensor.slug, at, hours=0.5))
    return {
        "powerState": Measured(state),
        "illuminanceLevel": Measured(level, "C62"),
        "powerConsumption": Measured(round(watts, 1), "WTT"),
        "status": Measured("defectiveLamp" if sensor.character == "broken" else "ok"),
    }
