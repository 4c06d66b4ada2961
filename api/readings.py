# SPDX-License-Identifier: EUPL-1.2
"""What entities say at a glance: their numbers with units, and when they were observed."""

from dataclasses import dataclass
from datetime import datetime

from api.measures import measure_of
from api.values import number_of
from api.vocabulary import to_words
from broker.ngsi.entities import Instance, State


@dataclass(frozen=True, slots=True)
class Reading:
    """One number."""

    measure: str
    value: str


@dataclass(frozen=True, slots=True)
class Glance:
    """The numbers that one entity was last observed with."""

    readings: list[Reading]
    observed_at: datetime


def to_glance(state: State, language: str) -> Glance | None:
    """What an entity says; None where it says no number with a time."""
    times: list[datetime] = []
    readings: list[Reading] = []
    for attribute, instances in state.attributes.items():
        for instance in instances[:1]:
            time, value = _time(instance), number_of(instance)
            if time is not None and value is not None:
                times.append(time)
                measure = measure_of(attribute, str(instance.get("unitCode", "")), language, value)
                readings.append(Reading(to_words(attribute, language), measure.to_words(value)))
    if not readings:
        return None
    return Glance(readings, max(times))


def _time(instance: Instance) -> datetime | None:
    """When it was observed; a value without such a time is no reading."""
    text = instance.get("observedAt")
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
