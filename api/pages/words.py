# SPDX-License-Identifier: EUPL-1.2
"""Times in words, as a language writes them. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from math import floor
from typing import Final

from api.pages.texts import Texts

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def to_age(age: timedelta, texts: Texts) -> str:
    """How long ago something was, in words."""
    seconds = age.total_seconds()
    if seconds < 5:
        return texts["ahead" if seconds < -60 else "now"]
    return _say("", floor, seconds, texts)


def to_wait(wait: timedelta, texts: Texts) -> str:
    """In how long something will be, in words; what is due is soon."""
    seconds = wait.total_seconds()
    return texts["soon"] if seconds < 5 else _say("in_", floor, seconds, texts)


def to_pause(pause: timedelta, texts: Texts) -> str:
    """A length of time in words."""
    return _say("long_", round, max(round(pause.total_seconds()), 1), texts)


def _say(prefix: str, whole: Callable[[float], int], seconds: float, texts: Texts) -> str:
    """In the largest unit of which there are two."""
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= 2 * length), ("second", 1))
    return texts.say(f"{prefix}{unit}", whole(seconds / length))


def to_moment(time: datetime, language: str, zone: tzinfo) -> str:
    """A time of the town's clock, to the minute: `30.11.2026, 11:04`, `30 Nov 2026, 11:04`."""
    try:
        local = time.astimezone(zone)
    except OverflowError:
        # The first and the last hours of the calendar, which stand for "always" and "for ever".
        local = time
    if language == "de":
        return f"{local:%d.%m.%Y, %H:%M}"
    return f"{local.day} {_MONTHS[local.month - 1]} {local:%Y, %H:%M}"


def to_span(start: datetime, end: datetime, language: str, zone: tzinfo) -> str:
    """From one time to another: `30.11.2026, 11:00–12:00`, with both days where they are two."""
    begin, until = to_moment(start, language, zone), to_moment(end, language, zone)
    day, _, clock = until.partition(", ")
    return f"{begin}–{clock}" if begin.startswith(day) else f"{begin} – {until}"
