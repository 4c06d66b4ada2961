# SPDX-License-Identifier: EUPL-1.2
"""What entities say at a glance: their numbers with units, and when they were observed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.languages import choose_text, to_number
from api.vocabulary import is_fraction, to_unit, to_words
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

    entity: str
    label: str
    kind: str
    readings: list[Reading]
    observed_at: datetime


def newest_glances(states: Iterable[State], most: int, language: str) -> list[Glance]:
    """The entities that were observed last, the newest first; one without observations is left out."""
    glances = [glance for glance in (to_glance(state, language) for state in states) if glance is not None]
    return sorted(glances, key=lambda glance: glance.observed_at, reverse=True)[:most]


def to_glance(state: State, language: str) -> Glance | None:
    """What an entity says; None where it says no number with a time."""
    times: list[datetime] = []
    readings: list[Reading] = []
    for attribute, instances in state.attributes.items():
        for instance in instances[:1]:
            time, value = _time(instance), _number(instance.get("value"))
            if time is not None and value is not None:
                times.append(time)
                readings.append(Reading(to_words(attribute, language), _shown(attribute, value, instance, language)))
    if not readings:
        return None
    return Glance(state.id, to_label(state, language), to_words(state.types[0], language), readings, max(times))


def to_label(state: State, language: str = "") -> str:
    """What people call an entity: its name or title, else the last part of its id."""
    return to_title(state, language)[0]


def to_title(state: State, language: str) -> tuple[str, str]:
    """What people call an entity, and the language of that where the entity says it; the reader's language if it can."""
    texts = label_texts(state.attributes)
    return choose_text(texts, language) if texts else (last_part(state.id), "")


def _shown(attribute: str, value: float, instance: Instance, language: str) -> str:
    """A number with its unit; they stay on one line."""
    code = str(instance.get("unitCode", ""))
    if is_fraction(attribute, code, value):
        return f"{to_number(round(value * 100, 1), language)}\N{NO-BREAK SPACE}%"
    unit = to_unit(code, language)
    number = to_number(value, language)
    return f"{number}\N{NO-BREAK SPACE}{unit}" if unit else number


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _time(instance: Instance) -> datetime | None:
    """When it was observed; a value without such a time is no reading."""
    text = instance.get("observedAt")
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
