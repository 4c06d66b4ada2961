# SPDX-License-Identifier: EUPL-1.2
"""Where records are: which columns hold coordinates, in which system, in which order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.proposing.fields import Field
from connectors.proposing.names import meanings_of

_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_CODE = re.compile(r"EPSG:(?::|[\d.]*:)?(\d{4,6})")
_DEGREES, _UTM32, _UTM33 = 4326, 25832, 25833
# Easting and northing of the systems that German offices use, by their ranges.
_SYSTEMS = (
    ((200_000, 900_000), (5_200_000, 6_200_000), _UTM32),
    ((32_200_000, 32_900_000), (5_200_000, 6_200_000), 4647),
    ((2_300_000, 2_700_000), (5_200_000, 6_200_000), 31466),
    ((3_300_000, 3_700_000), (5_200_000, 6_200_000), 31467),
    ((4_300_000, 4_700_000), (5_200_000, 6_200_000), 31468),
    ((5_300_000, 5_700_000), (5_200_000, 6_200_000), 31469),
    ((2_400_000, 2_900_000), (1_000_000, 1_400_000), 2056),
)
# The middle of Europe: where a longitude and a latitude cannot be taken for one another.
_LONGITUDES, _LATITUDES = (-10.0, 32.0), (35.0, 72.0)

Pair = tuple[float, float]


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
    system = _system([pair for shape in shapes if (pair := _first_pair(shape))], stated)
    when = f"$count({field.path}.coordinates) > 0" if any(_first_pair(shape) is None for shape in shapes) else None
    code = "" if system.code == _DEGREES else f", {system.code}"
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
    system = _system(known, stated) if known else None
    if system is None or system.code == 0:
        return None
    x, y = (north.path, east.path) if system.swapped else (east.path, north.path)
    number = f"$number({x})" if east.content.as_text or north.content.as_text else x
    code = "" if system.code == _DEGREES else f", {system.code}"
    if system.mixed:
        code = f", {number} < 180 ? {_DEGREES} : {system.code}"
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
    system = _system(_read_pairs(str(value).split("(")[1] for value in field.column.given), stated)
    code = "" if system.code == _DEGREES else f", {system.code}"
    return Place(geo=f"$geo($split($trim({inner}), ' '){code})", when=_when(field), notes=system.notes, fields=(field,))


def _position(field: Field, stated: int | None) -> Place:
    if not field.content.as_text:
        system = _system([(float(value[0]), float(value[1])) for value in field.column.given], stated)
        order = f"{field.path}[1], {field.path}[0]" if system.swapped else field.path
    else:
        system = _system(_read_pairs(map(str, field.column.given)), stated)
        first, second = (f"$number($match({field.path}, /-?[0-9.]+/)[{place}].match)" for place in (0, 1))
        order = f"{second}, {first}" if system.swapped else f"{first}, {second}"
    code = "" if system.code == _DEGREES else f", {system.code}"
    return Place(geo=f"$geo({order}{code})", when=_when(field), notes=system.notes, fields=(field,))


def _when(field: Field) -> str | None:
    return None if field.column.fill == 1 else f"$default({field.path}, '') != ''"


def _read_pairs(texts: Iterable[str]) -> list[Pair]:
    found = (_NUMBERS.findall(text) for text in texts)
    return [(float(numbers[0]), float(numbers[1])) for numbers in found if len(numbers) >= 2]


@dataclass(frozen=True, slots=True, kw_only=True)
class _System:
    """A system of coordinates; code 0: none that is known."""

    code: int
    swapped: bool = False
    mixed: bool = False
    notes: tuple[str, ...] = ()


def _system(pairs: list[Pair], stated: int | None) -> _System:
    degrees = [pair for pair in pairs if max(map(abs, pair)) <= 180]
    metres = [pair for pair in pairs if max(map(abs, pair)) > 180]
    if len(degrees) >= len(metres) and not (metres and degrees):
        # A document that names metres and holds degrees is wrong about one of them.
        return _degrees(degrees)
    code, swapped = _metric(metres, stated)
    if code == 0:
        return _degrees(degrees) if len(degrees) > len(metres) else _System(code=0)
    notes = () if stated else (f"EPSG:{code} by the range of the values; check a place on a map",)
    if not stated and code == _UTM32:
        notes = (f"EPSG:{code} by the range of the values ({_UTM33} looks the same); check a place on a map",)
    return _System(code=code, swapped=swapped, mixed=bool(degrees), notes=notes)


def _degrees(pairs: list[Pair]) -> _System:
    given = [pair for pair in pairs if pair != (0.0, 0.0)]
    straight = sum(_inside(x, _LONGITUDES) and _inside(y, _LATITUDES) for x, y in given)
    turned = sum(_inside(y, _LONGITUDES) and _inside(x, _LATITUDES) for x, y in given)
    swapped = turned > straight
    notes = ("the first is the latitude here, by its values",) if swapped else ()
    return _System(code=_DEGREES, swapped=swapped, notes=notes)


def _metric(pairs: list[Pair], stated: int | None) -> tuple[int, bool]:
    for eastings, northings, code in _SYSTEMS:
        for swapped in (False, True):
            inside = sum(
                _inside(y if swapped else x, eastings) and _inside(x if swapped else y, northings) for x, y in pairs
            )
            if inside * 2 > len(pairs):
                return stated or code, swapped
    return stated if stated and stated != _DEGREES else 0, False


def _inside(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
