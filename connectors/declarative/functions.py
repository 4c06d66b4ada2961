# SPDX-License-Identifier: EUPL-1.2
"""The functions that expressions may call besides JSONata's own."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from connectors.declarative.decimals import dec, number_reader
from connectors.declarative.engines import ExpressionError, Function
from connectors.declarative.lorawan.uplinks import to_eui
from connectors.declarative.ngsiv2 import from_ngsi_v2
from connectors.declarative.texts import text_functions
from connectors.declarative.values import is_nothing, to_key
from connectors.declarative.wide import unpivot

Tables = Mapping[str, Mapping[str, Any]]
Devices = Mapping[str, Mapping[str, Any]]
"""Rows of a device table by devEui."""


def build_functions(
    tables: Tables, *, decimal: str = ".", hash_key: str = "", devices: Devices | None = None
) -> dict[str, Function]:
    """Give the functions by name; `$local` comes with the state of its file, from elsewhere."""
    number = number_reader(decimal)

    def geo(*arguments: Any) -> Any:
        return to_geometry(arguments, number)

    def lut(table: Any = None, key: Any = None) -> Any:
        if table not in tables:
            raise ExpressionError(f"lookup {table!r} does not exist; there is {', '.join(sorted(tables)) or 'none'}")
        return None if is_nothing(key) else tables[table].get(to_key(key))

    def default(value: Any = None, otherwise: Any = None) -> Any:
        return otherwise if is_nothing(value) else value

    def device(eui: Any = None) -> Any:
        if devices is None:
            raise ExpressionError("$device(…) needs a device table, which source.devices names")
        return devices.get(to_eui(eui) or "")

    ours: dict[str, Function] = {"number": number, "geo": geo, "lut": lut, "default": default, "device": device}
    return {**ours, "dec": dec, "ngsiv2": from_ngsi_v2, "unpivot": unpivot, **text_functions(hash_key)}


def to_geometry(arguments: tuple[Any, ...], number: Callable[..., Any]) -> Any:
    """Make a GeoJSON geometry in WGS 84 of (geometry | [x, y] | x, y) and an EPSG code."""
    given = list(arguments)
    if given and isinstance(given[0], dict | list):
        place, code = given[0], given[1] if len(given) > 1 else 4326
    else:
        place, code = given[:2], given[2] if len(given) > 2 else 4326
    if isinstance(place, list):
        if not place or any(is_nothing(coordinate) for coordinate in place):
            return None
        place = {"type": "Point", "coordinates": place}
    if not isinstance(place.get("type"), str) or not isinstance(place.get("coordinates"), list):
        raise ExpressionError("$geo needs a GeoJSON geometry or two coordinates")
    return {"type": place["type"], "coordinates": _transform(place["coordinates"], _projection(code), number)}


def _transform(coordinates: Any, project: Callable[[float, float], tuple[float, float]], number: Any) -> Any:
    if coordinates and isinstance(coordinates[0], list):
        return [_transform(inner, project, number) for inner in coordinates]
    values = [number(coordinate) for coordinate in coordinates]
    if len(values) < 2 or None in values:
        raise ExpressionError(f"{coordinates!r} is not a position")
    longitude, latitude = project(values[0], values[1])
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
        raise ExpressionError(f"{coordinates!r} is no place on earth; longitude comes before latitude")
    return [longitude, latitude, *values[2:]]


@lru_cache(maxsize=32)
def _projection(code: Any) -> Callable[[float, float], tuple[float, float]]:
    if to_key(code) == "4326":
        return lambda x, y: (x, y)
    from pyproj import Transformer
    from pyproj.exceptions import CRSError

    try:
        transformer = Transformer.from_crs(f"EPSG:{int(code)}", "EPSG:4326", always_xy=True)
    except (CRSError, ValueError, TypeError) as error:
        raise ExpressionError(f"{code!r} is not a known EPSG code") from error

    def project(x: float, y: float) -> tuple[float, float]:
        longitude, latitude = transformer.transform(x, y)
        return round(float(longitude), 7), round(float(latitude), 7)

    return project
