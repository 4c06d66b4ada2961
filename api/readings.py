# SPDX-License-Identifier: EUPL-1.2
"""What entities say at a glance: their numbers with units, and when they were observed."""

from dataclasses import dataclass
from datetime import datetime

from api.languages import choose_text
from api.values import Told, number_of, show_number
from api.vocabulary import to_words
from broker.ngsi.entities import Instance, State
from broker.ngsi.labels import label_texts, last_part


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
                readings.append(Reading(to_words(attribute, language), _shown(attribute, value, instance, language)))
    if not readings:
        return None
    return Glance(readings, max(times))


def to_title(state: State, language: str) -> tuple[str, str]:
    """What people call an entity, and the language of that where the entity says it; the reader's language if it can."""
    texts = label_texts(state.attributes)
    return choose_text(texts, language) if texts else (last_part(state.id), "")


def _shown(attribute: str, value: float, instance: Instance, language: str) -> str:
    """A number with its unit; they stay on one line."""
    shown = show_number(value, Told(attribute, str(instance.get("unitCode", "")), language))
    return f"{shown.text}\N{NO-BREAK SPACE}{shown.unit}" if shown.unit else shown.text


def _time(instance: Instance) -> datetime | None:
    """When it was observed; a value without such a time is no reading."""
    text = instance.get("observedAt")
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
