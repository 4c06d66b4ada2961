# SPDX-License-Identifier: EUPL-1.2
"""Entities of a type as the rows of a table. Pure."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from api.exports.dialects import Dialect
from api.exports.members import is_name, member_names, plain_value
from api.labels import label_of
from api.places import spot_of
from api.vocabulary import to_unit
from broker.ngsi.contents import AttributeContent, geometry_of, last_observed
from broker.ngsi.entities import Attributes, State
from broker.ngsi.instances import PLACE

_FIRST: Final = ("id", "name")
_LAST: Final = ("observedAt", "longitude", "latitude")
Value = Callable[[Attributes], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an attribute, and how its value is found."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table, and how it is written; texts are in `language`."""

    columns: Sequence[Column]
    dialect: Dialect
    language: str

    def head(self) -> str:
        """The first line."""
        return self.dialect.mark + self._write([[*_FIRST, *(column.name for column in self.columns), *_LAST]])

    def rows(self, states: Iterable[State]) -> str:
        """A line for each entity."""
        to_cell = self.dialect.to_cell
        return self._write([to_cell(value) for value in self._values(state)] for state in states)

    def _values(self, state: State) -> list[Any]:
        attributes = state.attributes
        geometry = geometry_of(attributes)
        spot = (None, None) if geometry is None else spot_of(geometry)
        values = [column.value(attributes) for column in self.columns]
        return [state.id, label_of(state, self.language), *values, last_observed(attributes), *spot]

    def _write(self, lines: Iterable[Sequence[str]]) -> str:
        text = StringIO()
        csv.writer(text, delimiter=self.dialect.delimiter, lineterminator="\r\n").writerows(lines)
        return text.getvalue()


def to_table(contents: Sequence[AttributeContent], dialect: Dialect, language: str) -> Table:
    """The table of entities that hold all this.

    Units have a column where they differ. Places are their position, so `location` has none where all are points.
    """
    names = member_names(tuple(content.iri for content in contents))
    columns: list[Column] = []
    for content in contents:
        if is_name(content.iri) or (content.iri == PLACE and not content.has_shapes):
            continue
        name = names[content.iri]
        unit = to_unit(content.least_unit, language) if content.has_one_unit and dialect.has_symbols else ""
        columns.append(Column(f"{name} [{unit}]" if unit else name, _value_of(content.iri, language)))
        if not content.has_one_unit:
            columns.append(Column(f"{name}.unit", _unit_of(content.iri, language, dialect)))
    return Table(columns, dialect, language)


def _value_of(iri: str, language: str) -> Value:
    def value(attributes: Attributes) -> Any:
        instances = attributes.get(iri)
        return None if instances is None else plain_value(instances[0], language)

    return value


def _unit_of(iri: str, language: str, dialect: Dialect) -> Value:
    def unit(attributes: Attributes) -> str | None:
        instances = attributes.get(iri)
        code: str | None = None if instances is None else instances[0].get("unitCode")
        return to_unit(code, language) if code and dialect.has_symbols else code

    return unit
