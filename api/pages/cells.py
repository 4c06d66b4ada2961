# SPDX-License-Identifier: EUPL-1.2
"""The rows of a type's page: what its cells say. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from api.exports.members import plain_value
from api.labels import label_of
from api.languages import to_number
from api.links import entity_link
from api.pages.columns import Column
from api.places import Spot, spot_of
from api.values import number_of, unit_of
from api.vocabulary import to_meaning, to_name, to_unit
from broker.ngsi.contents import geometry_of, last_observed
from broker.ngsi.entities import Instance, State
from broker.ngsi.instants import to_instant

_LONG: Final = 120
"""Letters of a cell."""


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


def to_rows(states: Sequence[State], columns: Sequence[Column], language: str) -> list[Row]:
    """The rows of a page of entities."""
    return [_to_row(state, columns, language) for state in states]


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
        unit = "" if column.measure.unit else to_unit(unit_of(instance), language)
        return Cell("number", column.measure.to_text(number), unit)
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
