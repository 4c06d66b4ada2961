# SPDX-License-Identifier: EUPL-1.2
"""What entities say at a glance: their numbers with units, and when they were observed."""

from dataclasses import dataclass
from datetime import datetime

from api.measures import measure_of
from api.values import number_of, unit_of
from api.vocabulary import to_words
from broker.ngsi.entities import State
from broker.ngsi.instants import to_instant


@dataclass(frozen=True, slots=True)
class Reading:
    """One number with its unit, and what it is of."""

    name: str
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
    for attribute, (instance, *_) in state.attributes.items():
        value = number_of(instance)
        if value is None or "observedAt" not in instance:
            continue
        measure = measure_of(attribute, unit_of(instance), language, value)
        times.append(to_instant(instance["observedAt"]))
        readings.append(Reading(to_words(attribute, language), measure.to_words(value)))
    return Glance(readings, max(times)) if readings else None
