# SPDX-License-Identifier: EUPL-1.2
"""Places and times told less exactly than they are stored: `rounded` of the tenant's schema says the same in SQL.

What is rounded are the positions of GeoProperties, and the times that attributes bear (`observedAt`, system times), in
sub-attributes too. What a value itself says, a street's name or a date, is not looked into: leave such an attribute out.
"""

from datetime import UTC, datetime, timedelta
from math import cos, floor, radians
from typing import Any, Final

from auth.policy import Rounding
from broker.ngsi.entities import Instance
from broker.ngsi.instants import cut_instant, from_instant, short_instant, to_instant

METRES_A_DEGREE: Final = 111_320.0
_DECIMALS: Final = 7
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_SYSTEM: Final = ("createdAt", "modifiedAt", "deletedAt")


def rounded(instances: list[Instance], rounding: Rounding, created_at: str, modified_at: str) -> list[Instance]:
    """Instances of an attribute; the times of the entity become theirs where they have none, since those are exact."""
    if not rounding.time_s:
        return [_rounded(instance, rounding) for instance in instances]
    own = {"createdAt": created_at, "modifiedAt": modified_at}
    return [_rounded({**own, **instance}, rounding) for instance in instances]


def _rounded(instance: Instance, rounding: Rounding) -> Instance:
    told: Instance = {
        name: [_rounded(one, rounding) for one in value] if ":" in name and type(value) is list else value
        for name, value in instance.items()
    }
    if rounding.place_m and told.get("type") == "GeoProperty" and type(told["value"]) is dict:
        told["value"] = rounded_geometry(told["value"], rounding.place_m)
    if rounding.time_s:
        if "observedAt" in told:
            told["observedAt"] = short_instant(floor_time(to_instant(cut_instant(told["observedAt"])), rounding.time_s))
        for name in _SYSTEM:
            if name in told:
                told[name] = floor_text(told[name], rounding.time_s)
    return told


def floor_text(time: str, step_s: int) -> str:
    """A system time as the beginning of its step; 0 leaves it."""
    return from_instant(floor_time(to_instant(time), step_s)) if step_s else time


def floor_time(time: datetime, step_s: int) -> datetime:
    """The beginning of the step that a time lies in; steps are counted from 1970, and the first begins with the calendar."""
    since = (time - _EPOCH) // timedelta(seconds=step_s) * timedelta(seconds=step_s)
    return _EPOCH + max(since, _FIRST - _EPOCH)


def rounded_geometry(geometry: dict[str, Any], place_m: float) -> dict[str, Any]:
    """A GeoJSON geometry on a grid, without heights and boxes."""
    return {"type": geometry["type"], "coordinates": _coordinates(geometry["coordinates"], place_m)}


def _coordinates(part: Any, place_m: float) -> Any:
    if type(part[0]) is list:
        return [_coordinates(each, place_m) for each in part]
    return [*rounded_position(part[0], part[1], place_m)]


def rounded_position(longitude: float, latitude: float, place_m: float) -> tuple[float, float]:
    """The middle of the cell that a position lies in: some `place_m` metres wide and high, wherever on Earth.

    >>> rounded_position(7.62571, 51.96236, 1_000)
    (7.6239919, 51.9583184)
    """
    step = place_m / METRES_A_DEGREE
    rounded_latitude = min(max(_to_step(latitude, step), -90.0), 90.0)
    # At a pole all longitudes are one; beside it a cell may be the whole circle.
    width = step / max(cos(radians(rounded_latitude)), step / 360.0)
    rounded_longitude = min(max(_to_step(longitude, width), -180.0), 180.0)
    return round(rounded_longitude, _DECIMALS), round(rounded_latitude, _DECIMALS)


def _to_step(degrees: float, step: float) -> float:
    return floor(degrees / step + 0.5) * step
