# SPDX-License-Identifier: EUPL-1.2
"""Entities of a type as a table (CSV, RFC 4180) and as features (GeoJSON, RFC 7946), page by page."""

import csv
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

import orjson

from broker.ngsi.boxes import bounding_box
from broker.ngsi.contexts import CORE
from broker.ngsi.entities import VALUE_MEMBERS, Instance, State
from broker.ngsi.instances import PLACE
from broker.ngsi.labels import label_in, label_texts
from broker.ngsi.representation import Representation, render
from broker.ngsi.surveys import Surveyed

_OWN: Final = frozenset({"id", "type", "label", "observedAt", "longitude", "latitude"})
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_SIMPLIFIED: Final = Representation("simplified")
_AROUND: Final = 7
"""Decimals of a degree in the middle of a shape: a centimetre."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written."""

    delimiter: str = ","
    decimal: str = "."
    mark: str = ""
    """What begins the file: the mark by which Excel knows UTF-8."""


DIALECTS: Final[Mapping[str, Dialect]] = {"": Dialect(), "excel-de": Dialect(";", ",", "\N{ZERO WIDTH NO-BREAK SPACE}")}


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a table: attributes with their names, and which of the others it has."""

    attributes: tuple[tuple[str, Surveyed], ...]
    has_times: bool
    has_places: bool

    def names(self) -> list[str]:
        """The first line."""
        columns = ["id", "type", "label", *(["observedAt"] if self.has_times else [])]
        for name, one in self.attributes:
            columns += [name, f"{name}.unit"] if one.has_mixed_units else [name]
        return columns + (["longitude", "latitude"] if self.has_places else [])


def to_table(survey: Sequence[Surveyed]) -> Table:
    """The table that holds what was surveyed; places are told by longitude and latitude alone."""
    attributes = tuple((column_name(one.iri), one) for one in survey if not one.is_place)
    return Table(attributes, any(one.is_observed for one in survey), any(one.is_place for one in survey))


def column_name(iri: str) -> str:
    """The name of an attribute; its IRI where another column bears the name."""
    name = CORE.compact(iri)
    return iri if name in _OWN else name


async def write_csv(
    pages: AsyncIterator[Sequence[State]], table: Table, *, dialect: Dialect, language: str
) -> AsyncIterator[bytes]:
    """A table in UTF-8, a page at a time."""
    yield (dialect.mark + _to_lines([[_guarded(name) for name in table.names()]], dialect)).encode()
    async for states in pages:
        yield _to_lines([to_row(state, table, dialect, language) for state in states], dialect).encode()


async def write_geojson(pages: AsyncIterator[Sequence[State]], *, language: str) -> AsyncIterator[bytes]:
    """A FeatureCollection, a page at a time."""
    yield b'{"type":"FeatureCollection","features":['
    separator = b""
    async for states in pages:
        yield separator + b",\n".join(orjson.dumps(to_feature(state, language)) for state in states)
        separator = b",\n"
    yield b"]}\n"


def to_row(state: State, table: Table, dialect: Dialect, language: str) -> list[str]:
    """The cells of an entity."""
    label = label_in(label_texts(state.attributes), language, state.id)
    cells = [_guarded(state.id), _guarded(" ".join(map(CORE.compact, state.types))), _guarded(label)]
    cells += [_newest(state)] if table.has_times else []
    for _, one in table.attributes:
        instance = state.attributes.get(one.iri, [{}])[0]
        cells.append(to_cell(instance, dialect, language))
        cells += [_guarded(str(instance.get("unitCode", "")))] if one.has_mixed_units else []
    return cells + (_middle(state, dialect) if table.has_places else [])


def to_cell(instance: Instance, dialect: Dialect, language: str) -> str:
    """The value of an instance: a number, a text, or JSON where it is neither; no formula for a spreadsheet."""
    if not instance or instance["type"] == "GeoProperty":
        return ""
    kind, value = instance["type"], instance[VALUE_MEMBERS[instance["type"]]]
    if kind == "LanguageProperty":
        value = label_in(value, language, "")
    if kind == "VocabProperty":
        value = [CORE.compact(word) for word in value] if isinstance(value, list) else CORE.compact(value)
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return _number(value, dialect)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        value = " ".join(value)
    return _guarded(value if isinstance(value, str) else orjson.dumps(value).decode())


def to_feature(state: State, language: str) -> dict[str, Any]:
    """An entity as a feature: its place is the geometry, its attributes in the simplified form are properties."""
    place = place_of(state)
    shown = render(state, CORE, _SIMPLIFIED)
    own = {"type": shown["type"], "label": label_in(label_texts(state.attributes), language, state.id)}
    attributes = {column_name(iri): shown[CORE.compact(iri)] for iri in state.attributes if iri != place[0]}
    return {"type": "Feature", "id": state.id, "geometry": place[1], "properties": {**own, **attributes}}


def place_of(state: State) -> tuple[str | None, dict[str, Any] | None]:
    """The attribute and geometry of the `location`, else of the first place; neither where there is none."""
    for iri in (PLACE, *state.attributes):
        for instance in state.attributes.get(iri, [])[:1]:
            if instance["type"] == "GeoProperty":
                return iri, instance["value"]
    return None, None


def _middle(state: State, dialect: Dialect) -> list[str]:
    """Longitude and latitude: of a point, or of the middle of the box around a shape."""
    _, geometry = place_of(state)
    if geometry is None:
        return ["", ""]
    west, south, east, north = bounding_box(geometry)
    if geometry["type"] == "Point":
        return [_number(west, dialect), _number(south, dialect)]
    return [_number(round((low + high) / 2, _AROUND), dialect) for low, high in ((west, east), (south, north))]


def _newest(state: State) -> str:
    """The newest observation of all attributes; without the `Z` such times compare as texts."""
    times = [instances[0].get("observedAt", "") for instances in state.attributes.values()]
    return max(times, key=lambda time: time.removesuffix("Z"), default="")


def _number(value: float, dialect: Dialect) -> str:
    return str(value).replace(".", dialect.decimal)


def _guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def _to_lines(rows: Sequence[Sequence[str]], dialect: Dialect) -> str:
    lines = StringIO()
    csv.writer(lines, delimiter=dialect.delimiter, lineterminator="\r\n").writerows(rows)
    return lines.getvalue()
