# SPDX-License-Identifier: EUPL-1.2
"""Geo-queries, as their parameters state them (ETSI GS CIM 009, 4.10), and the box in which all that match lie."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, inf, radians, sin
from typing import Any, Final, NamedTuple

from allmende.errors import BadRequestData, InvalidRequest
from allmende.payloads import parse_json
from broker.ngsi.boxes import Box, bounding_box
from broker.ngsi.datatypes import shown
from broker.ngsi.geometry import GEOMETRIES, parse_reference
from broker.ngsi.naming import Context
from broker.ngsi.nearness import did_you_mean

PARAMETERS: Final = frozenset({"georel", "geometry", "coordinates", "geoproperty"})

RELATIONS: Final = ("within", "contains", "intersects", "equals", "disjoint", "overlaps")

# By the shortest degree that the ellipsoid has of each kind: of latitude, and of longitude at the equator.
_METRES_OF_LATITUDE: Final = 110_574.0
_METRES_OF_LONGITUDE: Final = 111_319.0

ECCENTRICITY: Final = 0.00669437999014
"""Of the ellipsoid (WGS 84), squared."""

_MORE: Final = 1.000001
"""For what rounding takes."""

_NUMBER: Final = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NEAR: Final = re.compile(rf"near;(maxDistance|minDistance)==({_NUMBER})")
_PARTS: Final = ("geometry", "coordinates", "geoproperty")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoQuery:
    """Entities of which one instance of a GeoProperty stands in a relation to a geometry."""

    relation: str
    """One of RELATIONS, `maxDistance` or `minDistance`; it reads 'the entity's geometry is … the reference'."""
    geometry: dict[str, Any]
    """The reference, as GeoJSON."""
    attribute: str
    """The GeoProperty, by its IRI."""
    metres: float = 0.0


class Disc(NamedTuple):
    """A place and how far what is near it reaches, in degrees of longitude at the equator and of latitude.

    No way is shorter than in a plane where every degree is as long as the shortest of its kind on the way. To a pole a way
    comes no closer than its end that is closest, but for its bulge: the sine of the reduced latitude, squared, grows by no
    more than that factor.
    """

    longitude: float
    latitude: float
    width: float
    height: float
    bulge: float

    def meets(self, box: Box) -> bool:
        """Whether it reaches into a box."""
        west, south, east, north = box
        across = (min(max(self.longitude, west), east) - self.longitude) / self.width
        along = (min(max(self.latitude, south), north) - self.latitude) / self.height
        square = sin(radians(max(abs(self.latitude), abs(south), abs(north)))) ** 2
        reduced = (1 - ECCENTRICITY) * square / (1 - ECCENTRICITY * square)
        return across * across * max(0.0, 1 - self.bulge * reduced) + along * along <= 1

    def holds(self, box: Box) -> bool:
        """Whether the corners of a box lie in it."""
        west, south, east, north = box
        return all(self.meets((x, y, x, y)) for x in (west, east) for y in (south, north))


class Place(NamedTuple):
    """Where an entity is, by its number: at a position, or as the instances of its attribute say, as JSON text."""

    seq: int
    longitude: float
    latitude: float
    instances: str | None


def parse_geo_query(parameters: Mapping[str, Any], context: Context) -> GeoQuery | None:
    """The geo-query that the parameters state, if they state one; coordinates are JSON text, or read already."""
    text = parameters.get("georel")
    if text is None:
        for name in _PARTS:
            if name in parameters:
                raise BadRequestData(f"Parameter {name!r} needs 'georel', such as near;maxDistance==2000")
        return None
    relation, metres = _parse_relation(text)
    return GeoQuery(
        relation=relation,
        geometry=_parse_reference(parameters),
        attribute=context.attribute_names[parameters.get("geoproperty") or "location"],
        metres=metres,
    )


def query_box(query: GeoQuery) -> Box | None:
    """The box that every matching geometry meets, crossing 180° where its west lies east of its east; None for all."""
    if query.relation in {"disjoint", "minDistance"}:
        return None
    box = bounding_box(query.geometry)
    return _widened(box, query.metres) if query.relation == "maxDistance" else box


def query_disc(query: GeoQuery) -> Disc | None:
    """The disc in which all points lie that match, where the reference is a point."""
    if query.relation != "maxDistance" or query.geometry["type"] != "Point":
        return None
    x, y = query.geometry["coordinates"][:2]
    box = query_box(query)
    if box is None or not box[0] < x < box[2] or box[2] - box[0] >= 360:
        return None
    reach = query.metres / _METRES_OF_LATITUDE
    # A way is half of it at most from the end where it comes closest to a pole.
    half = cos(radians(reach / 2))
    lowest = sin(radians(max(0.0, abs(y) - reach)))
    latitude = _METRES_OF_LATITUDE / (1 - ECCENTRICITY * lowest * lowest) ** 1.5
    metres = query.metres * _MORE
    return Disc(x, y, metres / _METRES_OF_LONGITUDE, metres / latitude, _MORE / (half * half))


def _widened(box: Box, metres: float) -> Box | None:
    """The box of all that is at most so far from what is in a box."""
    west, south, east, north = box
    height = metres / _METRES_OF_LATITUDE
    south, north = south - height, north + height
    # No way of that length leaves these latitudes, and nowhere between them is a degree of longitude shorter.
    across = _METRES_OF_LONGITUDE * cos(radians(max(-south, north))) if max(-south, north) < 90 else 0.0
    width = metres / across if across > 0 else inf
    if east - west + 2 * width >= 360:
        west, east = -180.0, 180.0
    else:
        west, east = _wrapped(west - width), _wrapped(east + width)
    south, north = max(south, -90.0), min(north, 90.0)
    return None if (south, north, west, east) == (-90.0, 90.0, -180.0, 180.0) else (west, south, east, north)


def _wrapped(longitude: float) -> float:
    if longitude > 180:
        return longitude - 360
    return longitude + 360 if longitude < -180 else longitude


def _parse_relation(text: Any) -> tuple[str, float]:
    if text in RELATIONS:
        return text, 0.0
    near = _NEAR.fullmatch(text) if type(text) is str else None
    if near is not None and 0 < float(near[2]) < inf:
        return near[1], float(near[2])
    if type(text) is str and text.partition(";")[0] == "near":
        raise BadRequestData(
            "Parameter 'georel': near takes one of maxDistance and minDistance, in metres, as in"
            f" near;maxDistance==2000; the distance must be a number greater than 0, not {shown(text[4:])}"
        )
    hint = did_you_mean(text, RELATIONS) if type(text) is str else ""
    raise BadRequestData(
        f"Parameter 'georel' must be {', '.join(RELATIONS)}, near;maxDistance==… or near;minDistance==…,"
        f" not {shown(text)}{hint}"
    )


def _parse_reference(parameters: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("geometry", "coordinates"):
        if name not in parameters:
            raise BadRequestData(f"Parameter {name!r} is required where there is 'georel'")
    kind, coordinates = parameters["geometry"], parameters["coordinates"]
    if type(kind) is not str or kind not in GEOMETRIES:
        hint = did_you_mean(kind, GEOMETRIES) if type(kind) is str else ""
        raise BadRequestData(f"Parameter 'geometry' must be one of {', '.join(GEOMETRIES)}, not {shown(kind)}{hint}")
    if type(coordinates) is str:
        try:
            coordinates = parse_json(coordinates.encode())
        except InvalidRequest as error:
            raise BadRequestData(
                f"Parameter 'coordinates' must be JSON, such as [7.6,51.9] for a Point: {error}"
            ) from None
    return parse_reference(kind, coordinates, "Parameter 'coordinates'")
