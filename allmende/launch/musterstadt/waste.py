# SPDX-License-Identifier: EUPL-1.2
"""Waste bins: they fill by day and are emptied in the morning of every third to seventh day."""

from datetime import date, datetime, time, timedelta
from typing import Final

from allmende.launch.musterstadt import weather
from allmende.launch.musterstadt.hours import ZONE, is_market_day, to_local
from allmende.launch.musterstadt.noise import between, fraction, wander
from allmende.launch.musterstadt.sensors import Measured, Sensor

EMPTIED: Final = time(6, 30)
_OPENS: Final = 7.0
_CLOSES: Final = 22.0


def last_emptied(sensor: Sensor, at: datetime) -> datetime:
    """When the bin was emptied last; its size is the days between."""
    local = at.astimezone(ZONE)
    cycle = round(sensor.size)
    phase = int(fraction(sensor.slug, "phase") * cycle)
    days = (local.toordinal() + phase) % cycle
    if days == 0 and local.time() < EMPTIED:
        days = cycle
    return datetime.combine(local.date() - timedelta(days=days), EMPTIED, ZONE)


def filling(sensor: Sensor, at: datetime) -> float:
    """From 0 to 1, and never less until it is emptied."""
    emptied = last_emptied(sensor, at)
    lived = _lived(sensor, emptied, at)
    total = 0.65 + 0.45 * fraction(sensor.slug, emptied.toordinal())
    return between(0, 0.02 + total * lived / round(sensor.size), 1)


def _lived(sensor: Sensor, emptied: datetime, at: datetime) -> float:
    """Days in which people were about since then: nothing is thrown away at night, and the market makes most waste."""
    first, last = to_local(emptied).day, to_local(at).day
    return sum(_weight(sensor, day) * (_share(at) if day == last else 1.0) for day in range(first, last + 1))


def _share(at: datetime) -> float:
    return between(0, (to_local(at).hour - _OPENS) / (_CLOSES - _OPENS), 1)


def _weight(sensor: Sensor, day: int) -> float:
    if sensor.character != "organic":
        return 1.0
    return 1.8 if is_market_day(date.fromordinal(day)) else 0.5


def measure(sensor: Sensor, at: datetime) -> dict[str, Measured]:
    """What a bin says."""
    warmth = weather.temperature(at) + 4 * filling(sensor, at) + 0.3 * wander(sensor.slug, at, hours=1)
    return {
        "fillingLevel": Measured(round(filling(sensor, at), 2), "C62"),
        "temperature": Measured(round(warmth, 1), "CEL"),
    }


def describe(sensor: Sensor) -> dict[str, Measured]:
    """What does not change."""
    return {"storedWasteKind": Measured(sensor.character), "category": Measured(["fixed"])}
