# SPDX-License-Identifier: EUPL-1.2
"""The table of a type's page: which attributes are its columns, and what its cells say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from api.exports.members import is_name, label_of, plain_value, spot_of
from api.languages import to_number
from api.pages.asked import Asked, find_attribute
from api.pages.links import entity_link
from api.places import Spot
from api.values import number_of
from api.vocabulary import is_fraction, to_meaning, to_name, to_unit, to_words
from broker.ngsi.contents import geometry_of, last_observed
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import Instance, State
from broker.ngsi.instants import to_instant
from broker.ngsi.listings import AttributeUse

MOST: Final = 8
"""Columns that are shown where none are asked for."""
_LONG: Final = 120
"""Letters of a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An attribute as a column; `unit` is the one that all rows share, `order` how the list is sorted by it, if so."""

    iri: str
    name: str
    words: str
    unit: str = ""
    is_number: bool = False
    is_fraction: bool = False
    order: str = ""
    """ascending, descending or empty"""
    link: str = ""
    """The address of the list sorted by it, the other way round where it is."""
    choices: tuple[tuple[str, str], ...] = ()
    """Texts that rows have, as they are and in words."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What an entity says of an attribute; `form` is number, text, truth, link or nothing."""

    form: str = "nothing"
    text: str = ""
    unit: str = ""
    """Where the column has none."""
    target: str = ""


_NOTHING: Final = Cell()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entity."""

    id: str
    label: str
    link: str
    cells: Sequence[tuple[Column, Cell]]
    time: datetime
    """When it was observed last, else when it was changed."""
    spot: Spot | None


def choose_columns(uses: Sequence[AttributeUse], asked: Sequence[str]) -> list[str]:
    """The IRIs of the columns: those asked for, else the most frequent ones, numbers first; no names, no places."""
    if asked:
        return list(dict.fromkeys(find_attribute(name, uses) for name in asked))
    fit = [use for use in uses if not is_name(use.iri) and use.numbers + use.texts > 0]
    numbers = [use.iri for use in fit if use.numbers >= use.texts]
    texts = [use.iri for use in fit if use.numbers < use.texts]
    return (numbers + texts)[:MOST]


def to_columns(iris: Sequence[str], states: Sequence[State], asked: Asked, language: str) -> list[Column]:
    """The columns of a page of entities."""
    return [_to_column(iri, states, asked, language) for iri in iris]


def to_rows(states: Sequence[State], columns: Sequence[Column], language: str) -> list[Row]:
    """The rows of a page of entities."""
    return [_to_row(state, columns, language) for state in states]


def address_name(iri: str) -> str:
    """The name of an attribute in addresses: short where that is clear."""
    term = CORE.compact(iri)
    return term if "/" not in term else iri


def ordering(name: str, asked: Asked, *, down_first: bool = False) -> tuple[str, str]:
    """How a list is sorted by a name, if it is, and the address that sorts it so, or the other way round."""
    if asked.sort.removeprefix("-") != name:
        return "", asked.address(sort=f"-{name}" if down_first else name)
    is_down = asked.sort.startswith("-")
    return ("descending" if is_down else "ascending"), asked.address(sort=name if is_down else f"-{name}")


def _to_column(iri: str, states: Sequence[State], asked: Asked, language: str) -> Column:
    instances = [state.attributes[iri][0] for state in states if iri in state.attributes]
    numbers = [number for number in map(number_of, instances) if number is not None]
    codes = {str(instance.get("unitCode", "")) for instance in instances if number_of(instance) is not None}
    code = codes.pop() if len(codes) == 1 else ""
    is_part = is_fraction(iri, code, *numbers) if numbers else False
    name = address_name(iri)
    order, link = ordering(name, asked, down_first=bool(numbers))
    texts = {instance["value"] for instance in instances if isinstance(instance.get("value"), str)}
    return Column(
        iri=iri,
        name=name,
        words=to_words(iri, language),
        unit="%" if is_part else to_unit(code, language),
        is_number=len(numbers) * 2 > len(instances),
        is_fraction=is_part,
        order=order,
        link=link,
        choices=tuple((text, to_meaning(iri, text, language)) for text in sorted(texts) if len(text) < _LONG),
    )


def _to_row(state: State, columns: Sequence[Column], language: str) -> Row:
    attributes = state.attributes
    geometry = geometry_of(attributes)
    return Row(
        id=state.id,
        label=label_of(state, language),
        link=entity_link(state.id),
        cells=[(column, _to_cell(column, attributes.get(column.iri), language)) for column in columns],
        time=to_instant(last_observed(attributes) or state.modified_at),
        spot=None if geometry is None else spot_of(geometry),
    )


def _to_cell(column: Column, instances: Sequence[Instance] | None, language: str) -> Cell:
    if instances is None:
        return _NOTHING
    instance = instances[0]
    number = number_of(instance)
    if number is not None:
        shown = round(number * 100, 1) if column.is_fraction else number
        unit = "" if column.unit else to_unit(str(instance.get("unitCode", "")), language)
        return Cell("number", to_number(shown, language), unit)
    value = plain_value(instance, language)
    if isinstance(value, bool):
        return Cell("truth", "yes" if value else "no")
    if instance["type"] == "Relationship" and isinstance(value, str):
        return Cell("link", to_name(value), target=entity_link(value))
    if instance["type"] == "GeoProperty":
        spot = spot_of(value)
        return Cell("text", f"{to_number(spot.latitude, language)} / {to_number(spot.longitude, language)}")
    return Cell("text", _shortened(to_meaning(column.iri, value, language) if isinstance(value, str) else value))


def _shortened(value: Any) -> str:
    parts = value[:_LONG] if isinstance(value, list) else [value]
    text = ", ".join(part if isinstance(part, str) else orjson.dumps(part).decode() for part in parts)
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
