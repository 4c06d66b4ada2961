# SPDX-License-Identifier: EUPL-1.2
"""The columns of a type's page: which attributes they are, how the list is sorted and narrowed by each. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.exports.members import is_name
from api.measures import Measure, measure_of
from api.pages.asked import Asked
from api.pages.filters import Field, bound_fields, bounds_of, choice_fields, find_attribute
from api.values import number_of, unit_of
from api.vocabulary import to_meaning, to_words
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import Instance, State
from broker.ngsi.listings import AttributeUse

MOST: Final = 8
"""Columns that are shown where none are asked for."""
_LONGEST: Final = 120
"""Letters of a choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An attribute as a column; `order` is how the list is sorted by it, if so: ascending or descending."""

    iri: str
    name: str
    words: str
    measure: Measure
    """How its numbers are told; its unit is the one that all rows share."""
    is_number: bool
    order: str
    link: str
    """The address of the list sorted by it, the other way round where it is."""
    fields: Sequence[Field]
    """What the list is narrowed by."""
    choices: Sequence[tuple[str, str]]
    """Texts that rows have, as they are and in words."""


def choose_columns(uses: Sequence[AttributeUse], asked: Sequence[str]) -> list[AttributeUse]:
    """The columns: those asked for, else the most frequent ones, numbers first; no names, no places."""
    if asked:
        known = {use.iri: use for use in uses}
        iris = dict.fromkeys(find_attribute(name, uses) for name in asked)
        return [known.get(iri, AttributeUse(iri, 0, 0, 0, 0)) for iri in iris]
    fit = [use for use in uses if not is_name(use.iri) and use.numbers + use.texts > 0]
    return sorted(fit, key=lambda use: use.numbers < use.texts)[:MOST]


def to_columns(uses: Sequence[AttributeUse], states: Sequence[State], asked: Asked, language: str) -> list[Column]:
    """The columns of a page of entities."""
    return [_to_column(use, states, asked, language) for use in uses]


def ordering(name: str, asked: Asked, *, down_first: bool = False) -> tuple[str, str]:
    """How a list is sorted by a name, if it is, and the address that sorts it so, or the other way round."""
    if asked.sort.removeprefix("-") != name:
        return "", asked.address(sort=f"-{name}" if down_first else name)
    is_down = asked.sort.startswith("-")
    return ("descending" if is_down else "ascending"), asked.address(sort=name if is_down else f"-{name}")


def _to_column(use: AttributeUse, states: Sequence[State], asked: Asked, language: str) -> Column:
    name, filters = CORE.compact(use.iri), asked.filters
    instances = [state.attributes[use.iri][0] for state in states if use.iri in state.attributes]
    numbers = [instance for instance in instances if number_of(instance) is not None]
    is_number = len(numbers) * 2 > len(instances) if instances else use.numbers > use.texts
    measure = _measure(use.iri, numbers, bounds_of(name, filters), language)
    texts = {instance["value"] for instance in instances if isinstance(instance.get("value"), str)}
    choices = [(text, to_meaning(use.iri, text, language)) for text in sorted(texts) if len(text) < _LONGEST]
    order, link = ordering(name, asked, down_first=bool(numbers))
    return Column(
        iri=use.iri,
        name=name,
        words=to_words(use.iri, language),
        measure=measure,
        is_number=is_number,
        order=order,
        link=link,
        fields=bound_fields(name, filters, measure) if is_number else choice_fields(name, filters, choices),
        choices=choices,
    )


def _measure(iri: str, instances: Sequence[Instance], bounds: Sequence[float], language: str) -> Measure:
    """How the numbers on the page are told; where there are none, how those that are asked for are."""
    codes = set(map(unit_of, instances))
    values = [instance["value"] for instance in instances] or bounds
    code = codes.pop() if len(codes) == 1 else ""
    return measure_of(iri, code, language, *values) if values else Measure("", 1, language)
