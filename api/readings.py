# SPDX-License-Identifier: EUPL-1.2
"""What entities say at a glance: their numbers with unit and time, as rows for people."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from broker.ngsi.contexts import CORE
from broker.ngsi.entities import Instance, State

_UNITS: Final[Mapping[str, str]] = {
    "A97": "hPa",
    "C62": "",
    "CEL": "°C",
    "CMT": "cm",
    "GP": "mg/m³",
    "GQ": "µg/m³",
    "KMH": "km/h",
    "KWH": "kWh",
    "KWT": "kW",
    "LUX": "lx",
    "MMT": "mm",
    "MTR": "m",
    "MTS": "m/s",
    "P1": "%",
    "2N": "dB",
    "59": "ppm",
    "61": "ppb",
    "WTT": "W",
}
"""Symbols of UN/CEFACT codes that cities use; others are shown as they are."""
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_NAMES: Final = ("name", "title", "description")


@dataclass(frozen=True, slots=True)
class Reading:
    """One number of one entity."""

    entity: str
    label: str
    kind: str
    measure: str
    value: float
    unit: str
    observed_at: datetime


def newest_readings(states: Iterable[State], most: int) -> list[Reading]:
    """The readings with the latest times, the newest first."""
    found = [reading for state in states for reading in _readings(state)]
    return sorted(found, key=lambda reading: reading.observed_at, reverse=True)[:most]


def to_words(iri: str) -> str:
    """A name of the vocabulary for people: `TrafficFlowObserved` is "Traffic flow observed"."""
    term = CORE.compact(iri)
    name = re.split(r"[/#:]", term.rstrip("/#"))[-1]
    words = _HUMPS.sub(" ", name).strip()
    return words[:1].upper() + words[1:].lower() if words else term


def to_label(state: State) -> str:
    """What people call an entity: its name, else the last part of its id."""
    for term in _NAMES[:2]:
        for instance in state.attributes.get(CORE.expand(term), ()):
            value = instance.get("value")
            if isinstance(value, str) and value.strip():
                return value.strip()
    return state.id.rpartition(":")[2] or state.id


def _readings(state: State) -> Iterator[Reading]:
    label, kind = to_label(state), to_words(state.types[0])
    for attribute, instances in state.attributes.items():
        for instance in instances:
            time = _time(instance)
            value = _number(instance.get("value"))
            if time is None or value is None:
                continue
            unit = str(instance.get("unitCode", ""))
            yield Reading(state.id, label, kind, to_words(attribute), value, _UNITS.get(unit, unit), time)


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _time(instance: Instance) -> datetime | None:
    """When it was observed; a value without such a time is no reading."""
    text = instance.get("observedAt")
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
