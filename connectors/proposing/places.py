# SPDX-License-Identifier: EUPL-1.2
"""Where records are: which columns hold coordinates, in which system, in which order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.proposing.fields import Field
from connectors.proposing.names import meanings_of
from connectors.proposing.systems import DEGREES, Pair, find_system

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_CODE = re.compile(r"EPSG:(?::|[\d.]*:)?(\d{4,6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a location is made: the expression, when there is one, and what to check."""

    geo: str
    when: str | None = None
    notes: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()


def stated_system(content: Any) -> int | None:
    """Give the EPSG code that a document names for its coordinates."""
    if not isinstance(content, dict):
        return None
    crs = content.get("crs")
    name = crs.get("properties", {}).get("name", "") if isinstance(crs, dict) else ""
    found = _CODE.search(str(name))
    reference = content.get("spatialReference")
    if isinstance(reference, dict):
        code = reference.get("latestWkid", reference.get("wkid"))
        return code if isinstance(code, int) else None
    return int(found[1]) if found else None


def find_place(fields: list[Field], stated: int | None) -> Place | None:
    """Give the best location: a geometry, else two columns, else a text or a list with both."""
    candidates = [*_geometries(fields, stated), *_pairs(fields, stated), *_texts(fields, stated)]
    return max(
        candidates, key=lambda one: sum(field.column.fill for field in one.fields) / len(one.fields), default=None
    )


def _geometries(fields: list[Field], stated: int | None) -> Iterator[Place]:
    for field in fields:
        if field.content.kind == "geometry":
            yield _geometry(field, stated)


def _geometry(field: Field, stated: int | None) -> Place:
    shapes = [value["coordinates"] for value in field.column.given]
    system = find_system([pair for shape in shapes if (pair := _first_pair(shape))], stated)
    when = f"$count({field.path}.coordinates) > 0" if any(_first_pair(shape) is None for shape in shapes) else None
    code = "" if system.code == DEGREES else f", {system.code}"
    return Place(geo=f"$geo({field.path}{code})", when=when, notes=system.notes, fields=(field,))


def _first_pair(shape: Any) -> Pair | None:
    while isinstance(shape, list) and shape and isinstance(shape[0], list):
        shape = shape[0]
    return (float(shape[0]), float(shape[1])) if isinstance(shape, list) and len(shape) >= 2 else None


def _pairs(fields: list[Field], stated: int | None) -> Iterator[Place]:
    """Give columns that stand together, one called x or longitude and the other y or latitude."""
    numbers = [field for field in fields if field.content.is_number]
    for one in numbers:
        for other in numbers:
            if one is other or not (one.means("longitude") and other.means("latitude")):
                continue
            if (
                one.parents == other.parents
                and len(one.column.path) == len(other.column.path)
                and _rest(one, "longitude") == _rest(other, "latitude")
            ):
                place = _pair(one, other, stated)
                if place is not None:
                    yield place


def _rest(field: Field, meaning: str) -> tuple[str, ...]:
    return tuple(word for word in field.words if meaning not in meanings_of(word))


def _pair(east: Field, north: Field, stated: int | None) -> Place | None:
    pairs = zip(map(_float, east.column.values), map(_float, north.column.values), strict=True)
    known = [(x, y) for x, y in pairs if x is not None and y is not None]
    system = find_system(known, stated) if known else None
    if system is None or system.code == 0:
        return None
    x, y = (north.path, east.path) if system.swapped else (east.path, north.path)
    number = f"$number({x})" if east.content.as_text or north.content.as_text else x
    code = "" if system.code == DEGREES else f", {system.code}"
    if system.mixed:
        code = f", {number} < 180 ? {DEGREES} : {system.code}"
    return Place(geo=f"$geo({x}, {y}{code})", notes=system.notes, fields=(east, north))


def _float(value: Any) -> float | None:
    if isinstance(value, str):
        text = value.strip().replace(",", ".")
        return float(text) if _NUMBERS.fullmatch(text) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _texts(fields: list[Field], stated: int | None) -> Iterator[Place]:
    for field in fields:
        kind = field.content.kind
        if kind == "wkt":
            yield _wkt(field, stated)
        elif kind == "position":
            yield _position(field, stated)


def _wkt(field: Field, stated: int | None) -> Place:
    inner = f"$substringBefore($substringAfter({field.path}, '('), ')')"
    system = find_system(_read_pairs(str(value).split("(")[1] for value in field.column.given), stated)
    code = "" if system.code == DEGREES else f", {system.code}"
    return Place(geo=f"$geo($split($trim({inner}), ' '){code})", when=_when(field), notes=system.notes, fields=(field,))


def _position(field: Field, stated: int | None) -> Place:
    if not field.content.as_text:
        system = find_system([(float(value[0]), float(value[1])) for value in field.column.given], stated)
        order = f"{field.path}[1], {field.path}[0]" if system.swapped else field.path
    else:
        system = find_system(_read_pairs(map(str, field.column.given)), stated)
        first, second = (f"$number($match({field.path}, /-?[0-9.]+/)[{place}].match)" for place in (0, 1))
        order = f"{second}, {first}" if system.swapped else f"{first}, {second}"
    code = "" if system.code == DEGREES else f", {system.code}"
    return Place(geo=f"$geo({order}{code})", when=_when(field), notes=system.notes, fields=(field,))


def _when(field: Field) -> str | None:
    return None if field.column.fill == 1 else f"$default({field.path}, '') != ''"


def _read_pairs(texts: Iterable[str]) -> list[Pair]:
    found = (_NUMBERS.findall(text) for text in texts)
    return [(float(numbers[0]), float(numbers[1])) for numbers in found if len(numbers) >= 2]
