# SPDX-License-Identifier: EUPL-1.2
"""In which order a query gives entities (ETSI GS CIM 009, 4.23)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson

from allmende.errors import BadRequestData, InvalidRequest
from allmende.payloads import parse_json
from broker.ngsi.datatypes import shown
from broker.ngsi.geometry import GEOMETRIES, parse_reference
from broker.ngsi.naming import Context
from broker.ngsi.nearness import did_you_mean

ORDERING: Final = frozenset({"orderBy", "orderFrom", "orderGeometry", "collation"})
"""The parameters that ask for an order."""

MAX_TERMS: Final = 10
MAX_PATH: Final = 20
CORE: Final = frozenset({"id", "type", "scope", "createdAt", "modifiedAt"})
TIMES: Final = frozenset({"createdAt", "modifiedAt", "observedAt"})
MEMBERS: Final = TIMES | {"unitCode", "datasetId"}
"""Members of attributes that may be ordered by; all others are attributes of attributes."""

# The blanks around a name are part of it here: what could be either would be tried both ways, again and again.
_TERM: Final = re.compile(
    r"(?P<name>[^;\[\]]+)(?:\[(?P<inside>[^\[\];]+)\]\s*)?(?:;\s*(?P<direction>asc|desc|dist-asc|dist-desc)\s*)?"
)
# Language tags with extensions, as far as their form goes (RFC 5646, RFC 6067).
_COLLATION: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What entities are ordered by: a core member, or an attribute, by IRIs from the entity inwards."""

    core: str = ""
    path: tuple[str, ...] = ()
    member: str = ""
    """One of `MEMBERS`; an empty text stands for the value."""
    inside: tuple[str, ...] = ()
    """The way into a value that is an object, or the language of a text."""
    descending: bool = False
    origin: tuple[float, float] | None = None
    """By the distance from here: longitude and latitude in degrees."""
    reference: str = ""
    """By the distance from this: GeoJSON of what is more than a point."""
    collation: str = ""
    """The language by which texts are ordered; otherwise their code points decide."""

    @property
    def is_outside(self) -> bool:
        """Whether PostgreSQL cannot order by it."""
        return bool(self.reference or self.collation)


def parse_order(parameters: Mapping[str, str], context: Context) -> tuple[Term, ...]:
    """The terms of `orderBy`, the first of which counts most; names become IRIs."""
    collation = parameters.get("collation")
    if collation is not None and not _COLLATION.fullmatch(collation):
        raise BadRequestData(f"Parameter 'collation' must be a language tag such as de-u-co-phonebk, not {collation!r}")
    origin = _parse_origin(parameters)
    text = parameters.get("orderBy")
    if text is None:
        return ()
    parts = text.split(",")
    if len(parts) > MAX_TERMS:
        raise BadRequestData(f"Parameter 'orderBy' must name at most {MAX_TERMS} members")
    terms = tuple(_parse_term(part, origin, context) for part in parts)
    if collation is None:
        return terms
    return tuple(term if term.core or term.member else replace(term, collation=collation) for term in terms)


def _parse_term(text: str, origin: tuple[float, float] | str | None, context: Context) -> Term:
    match = _TERM.fullmatch(text)
    if match is None:
        raise BadRequestData(
            "Parameter 'orderBy' must hold names such as name, name.observedAt, address[city] or name;desc,"
            f" not {shown(text)}"
        )
    direction = match["direction"] or "asc"
    by_distance = direction.startswith("dist-")
    if by_distance and origin is None:
        raise BadRequestData(f"Parameter 'orderBy' with {direction} needs 'orderFrom', the coordinates of a place")
    descending = direction.endswith("desc")
    inside = tuple(match["inside"].split(".")) if match["inside"] else ()
    names = _names(match["name"].strip())
    if names[0] in CORE:
        if len(names) > 1 or inside or by_distance:
            raise BadRequestData(f"Parameter 'orderBy': there is nothing inside of {names[0]!r}, and it is no place")
        return Term(core=names[0], descending=descending)
    member = names.pop() if len(names) > 1 and names[-1] in MEMBERS else ""
    if (
        (member and inside)
        or (by_distance and (member or inside))
        or len(names) > MAX_PATH
        or not all((*names, *inside))
    ):
        raise BadRequestData(f"Parameter 'orderBy': {shown(text)} is no way to a value")
    path = tuple(context.attribute_names[name] for name in names)
    point, reference = (None, origin) if isinstance(origin, str) else (origin, "")
    if not by_distance:
        point, reference = None, ""
    return Term(path=path, member=member, inside=inside, descending=descending, origin=point, reference=reference)


def _names(text: str) -> list[str]:
    """The names of a path; the points of an IRI separate nothing."""
    return [text] if "://" in text or text.startswith("urn:") else text.split(".")


def _parse_origin(parameters: Mapping[str, str]) -> tuple[float, float] | str | None:
    """Where distances are measured from: longitude and latitude, or a shape as GeoJSON."""
    kind = parameters.get("orderGeometry", "Point")
    if kind not in GEOMETRIES:
        hint = did_you_mean(kind, GEOMETRIES)
        raise BadRequestData(f"Parameter 'orderGeometry' must be one of {', '.join(GEOMETRIES)}, not {kind!r}{hint}")
    text = parameters.get("orderFrom")
    if text is None:
        return None
    try:
        coordinates = parse_json(text.encode())
    except InvalidRequest:
        raise BadRequestData(f"Parameter 'orderFrom' must be coordinates such as [8,40], not {text[:80]!r}") from None
    geometry = parse_reference(kind, coordinates, "Parameter 'orderFrom'")
    if kind != "Point":
        return orjson.dumps(geometry).decode()
    longitude, latitude = geometry["coordinates"][:2]
    return float(longitude), float(latitude)
