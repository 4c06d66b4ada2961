# SPDX-License-Identifier: EUPL-1.2
"""Sensors and moments for the tests of the town's curves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from allmende.launch.musterstadt.city import SENSORS
from allmende.launch.musterstadt.sensors import Sensor

BERLIN = ZoneInfo("Europe/Berlin")
YEAR = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(24 * 365)]


def sensor(type_name: str, slug: str) -> Sensor:
    return next(each for each in SENSORS if (each.type, each.slug) == (type_name, slug))


def of_type(type_name: str) -> list[Sensor]:
    return [each for each in SENSORS if each.type == type_name]


def local(month: int, day: int, hour: float = 0) -> datetime:
    """A moment of 2026 on the town's clock."""
    return (datetime(2026, month, day, tzinfo=BERLIN) + timedelta(hours=hour)).astimezone(UTC)
