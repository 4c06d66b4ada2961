# SPDX-License-Identifier: EUPL-1.2
"""What a station with a fault in its program sends: not a wrong value but something that is no reading."""

from datetime import UTC, datetime
from typing import Any, Final

from allmende.launch.musterstadt.city import GARBLED
from allmende.launch.musterstadt.hours import ZONE
from allmende.launch.musterstadt.noise import fraction

_TIMES_AN_HOUR: Final = 2


def is_garbled(at: datetime) -> bool:
    """Whether the fault shows in this minute: at most twice an hour, and never at the same minutes."""
    hour, minute = int(at.timestamp() // 3600), at.astimezone(UTC).minute
    return minute in {int(60 * fraction(GARBLED, hour, time)) for time in range(_TIMES_AN_HOUR)}


def garble(reading: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The reading as the fault leaves it: one of three mistakes that programs really make."""
    mistakes = (_decimal_commas, _local_time, _no_value)
    return mistakes[int(len(mistakes) * fraction(GARBLED, int(at.timestamp() // 60)))](reading, at)


def _decimal_commas(reading: dict[str, Any], _: datetime) -> dict[str, Any]:
    """Coordinates as a German spreadsheet writes them."""
    texts = [str(number).replace(".", ",") for number in reading["location"]["value"]["coordinates"]]
    return {**reading, "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": texts}}}


def _local_time(reading: dict[str, Any], at: datetime) -> dict[str, Any]:
    """A time as people write it."""
    local = at.astimezone(ZONE).strftime("%d.%m.%Y %H:%M")
    return {**reading, "temperature": {**reading["temperature"], "observedAt": local}}


def _no_value(reading: dict[str, Any], _: datetime) -> dict[str, Any]:
    """A thermometer that gave nothing, and a program that did not look."""
    without = {key: part for key, part in reading["temperature"].items() if key != "value"}
    return {**reading, "temperature": without}
