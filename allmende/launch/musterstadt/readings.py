# SPDX-License-Identifier: EUPL-1.2
"""What the sensors of the town send: NGSI-LD entities, the same for the same time."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from allmende.launch.musterstadt.city import GARBLED, SENSORS, SILENT, WRONG_CLOCK
from allmende.launch.musterstadt.garbling import garble, is_garbled
from allmende.launch.musterstadt.ground import to_point
from allmende.launch.musterstadt.hours import ZONE
from allmende.launch.musterstadt.kinds import KINDS
from allmende.launch.musterstadt.names import to_english, to_name
from allmende.launch.musterstadt.noise import fraction
from allmende.launch.musterstadt.sensors import Measured, Sensor

HISTORY_STEP: Final = timedelta(minutes=15)
_BATTERY_LASTS: Final = (time(5), time(9))
_WRONG_BY: Final = timedelta(days=365)


def readings(now: datetime, since: datetime | None = None) -> list[dict[str, Any]]:
    """The newest reading of every sensor; with `since`, of those only that have measured after it."""
    newest = ((sensor, measured_at(sensor, now)) for sensor in SENSORS)
    return [_as_sent(sensor, at) for sensor, at in newest if since is None or at > since]


def history(start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """One entity a sensor: all values at the quarters of hours after `start` and up to `end`."""
    first = start.timestamp() // HISTORY_STEP.total_seconds() + 1
    last = end.timestamp() // HISTORY_STEP.total_seconds()
    instants = [
        datetime.fromtimestamp(quarter * HISTORY_STEP.total_seconds(), UTC)
        for quarter in range(int(first), int(last) + 1)
    ]
    for sensor in SENSORS:
        told = [at for at in instants if reports(sensor, at)]
        if told:
            yield _to_temporal_entity(sensor, told)


def measured_at(sensor: Sensor, now: datetime) -> datetime:
    """When the sensor has measured last; not all measure in the same second."""
    every = KINDS[sensor.type].every.total_seconds()
    offset = 0 if sensor.id == WRONG_CLOCK else int(fraction(sensor.id, "offset") * every)
    until = now if reports(sensor, now) else _fell_silent(now)
    return datetime.fromtimestamp((until.timestamp() - offset) // every * every + offset, UTC)


def reports(sensor: Sensor, at: datetime) -> bool:
    """Whether the sensor is not silent."""
    charged, empty = _BATTERY_LASTS
    return sensor.id != SILENT or charged <= at.astimezone(ZONE).time() < empty


def _fell_silent(at: datetime) -> datetime:
    charged, empty = _BATTERY_LASTS
    local = at.astimezone(ZONE)
    day = local.date() if local.time() >= charged else local.date() - timedelta(days=1)
    return datetime.combine(day, empty, ZONE) - timedelta(seconds=1)


def _as_sent(sensor: Sensor, at: datetime) -> dict[str, Any]:
    """The reading as its sensor sends it, right or wrong."""
    if sensor.id == WRONG_CLOCK and at.timestamp() % HISTORY_STEP.total_seconds() == 0:
        return to_entity(sensor, at, observed_at=at + _WRONG_BY)
    entity = to_entity(sensor, at)
    return garble(entity, at) if sensor.id == GARBLED and is_garbled(at) else entity


def to_entity(sensor: Sensor, at: datetime, *, observed_at: datetime | None = None) -> dict[str, Any]:
    """A reading, with all that is known of the sensor; `observed_at`: when it says that it measured."""
    kind = KINDS[sensor.type]
    return {
        "id": sensor.id,
        "type": sensor.type,
        "name": to_name(sensor.name, to_english(sensor.name)),
        "location": {"type": "GeoProperty", "value": to_point(sensor.spot)},
        "address": {"type": "Property", "value": _address(sensor)},
        **{name: _property(measured) for name, measured in kind.describe(sensor).items()},
        **{name: _observation(measured, observed_at or at) for name, measured in kind.measure(sensor, at).items()},
    }


def _to_temporal_entity(sensor: Sensor, instants: list[datetime]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for at in instants:
        for name, measured in KINDS[sensor.type].measure(sensor, at).items():
            attributes.setdefault(name, []).append(_observation(measured, at))
    return {"id": sensor.id, "type": sensor.type, **attributes}


def _address(sensor: Sensor) -> dict[str, str]:
    return {"streetAddress": sensor.street, "addressLocality": "Musterstadt", "addressCountry": "DE"}


def _property(measured: Measured) -> dict[str, Any]:
    unit = {} if measured.unit is None else {"unitCode": measured.unit}
    return {"type": "Property", "value": measured.value, **unit}


def _observation(measured: Measured, at: datetime) -> dict[str, Any]:
    return {**_property(measured), "observedAt": _to_text(at)}


@lru_cache(512)
def _to_text(at: datetime) -> str:
    """Kept, since all sensors tell of the same moments."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
