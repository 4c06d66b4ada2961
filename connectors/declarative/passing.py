# SPDX-License-Identifier: EUPL-1.2
"""Entities that come as such: normalized, concise or simplified NGSI-LD becomes a normalized entity. Pure."""

from collections.abc import Callable
from typing import Any

from allmende.connector import Entity
from connectors.declarative.engines import ExpressionError
from connectors.declarative.uris import to_uri

_VALUES = {
    "value": "Property",
    "object": "Relationship",
    "languageMap": "LanguageProperty",
    "vocab": "VocabProperty",
    "json": "JsonProperty",
    "valueList": "ListProperty",
    "objectList": "ListRelationship",
}
"""The member that holds the value, and the type of attribute that it belongs to."""

# Tuples: what others send as a type may be anything, and need not have a hash.
_KINDS = (*_VALUES.values(), "GeoProperty")
_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_SYSTEM = frozenset(
    {
        *("createdAt", "modifiedAt", "deletedAt", "instanceId"),
        *(f"previous{member[0].upper()}{member[1:]}" for member in _VALUES),
    }
)
_PLAIN = frozenset({"type", "observedAt", "unitCode", "datasetId", "objectType", "expiresAt", *_VALUES})
_OF_ENTITY = frozenset({"id", "type", "scope", "@context", "expiresAt"})


def to_entity(given: Any, context: Any) -> Entity:
    """Give a normalized entity without system attributes; ExpressionError where it is none.

    Its own @context goes before that of the connector file.
    """
    if not isinstance(given, dict):
        raise ExpressionError("passthrough needs an NGSI-LD entity, an object with id and type")
    kind, name = given.get("type"), given.get("id")
    if not isinstance(kind, str | list) or not kind:
        raise ExpressionError("The entity has no type")
    if not isinstance(name, str) or not name:
        raise ExpressionError("The entity has no id")
    entity: Entity = {"id": to_uri(name, kind if isinstance(kind, str) else str(kind[0])), "type": kind}
    for key, value in given.items():
        if key not in _OF_ENTITY and key not in _SYSTEM and value is not None:
            entity[key] = [to_attribute(one) for one in value] if _is_many(value) else to_attribute(value)
    entity |= {key: given[key] for key in ("scope", "expiresAt") if key in given}
    context = given.get("@context", context)
    if context is not None:
        entity["@context"] = context
    return entity


def to_attribute(given: Any) -> dict[str, Any]:
    """Give a normalized attribute of one in any form."""
    member = next((member for member in _VALUES if isinstance(given, dict) and member in given), None)
    if member is None:
        return {"type": _kind_of(given), "value": given}
    kind = given.get("type")
    if kind not in _KINDS:
        kind = _kind_of(given[member]) if member == "value" else _VALUES[member]
    attribute: dict[str, Any] = {"type": kind}
    for key, value in given.items():
        if key in _SYSTEM or key == "type":
            continue
        attribute[key] = value if key in _PLAIN else _sub_attribute(value)
    return attribute


def _sub_attribute(value: Any) -> Any:
    convert: Callable[[Any], Any] = to_attribute
    return [convert(one) for one in value] if _is_many(value) else convert(value)


def _is_many(value: Any) -> bool:
    """Whether a list is of instances by dataset, and not one simplified value."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and any(member in one for member in _VALUES) for one in value)
    )


def _kind_of(value: Any) -> str:
    is_geometry = isinstance(value, dict) and value.get("type") in _GEOMETRIES and "coordinates" in value
    return "GeoProperty" if is_geometry else "Property"
