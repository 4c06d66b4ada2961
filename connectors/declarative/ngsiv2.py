# SPDX-License-Identifier: EUPL-1.2
"""`$ngsiv2`: an entity of NGSIv2 as one of NGSI-LD. Pure."""

from typing import Any

from connectors.declarative.engines import ExpressionError
from connectors.declarative.uris import URI, to_uri

_BUILT_IN = frozenset({"dateCreated", "dateModified", "dateExpires", "servicePath"})
_OF_NOTIFICATION = frozenset({"previousValue", "actionType", "dateCreated", "dateModified"})
_TIMES = ("observedAt", "TimeInstant", "dateObserved")
"""Metadata that say when a value was observed; the first that is there counts."""

_MOMENTS = ("DateTime", "ISO8601")
_SHAPES = {"geo:line": "LineString", "geo:polygon": "Polygon"}


def from_ngsi_v2(given: Any = None) -> Any:
    """Give the NGSI-LD entity of a normalized NGSIv2 entity; nothing for nothing."""
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("id"), str):
        raise ExpressionError("$ngsiv2 needs an entity of NGSIv2, an object with an id")
    kind = given.get("type") or "Thing"
    entity: dict[str, Any] = {"id": to_uri(given["id"], str(kind)), "type": kind}
    for name, attribute in given.items():
        if name in {"id", "type"} or name in _BUILT_IN:
            continue
        made = _attribute(attribute)
        if made is not None:
            entity[name] = made
    return entity


def _attribute(given: Any) -> dict[str, Any] | None:
    """An attribute; None where it has no value, which NGSI-LD cannot say."""
    if not isinstance(given, dict) or "value" not in given:
        given = {"value": given}  # of a notification in the form keyValues
    value, kind = given["value"], given.get("type")
    if value is None:
        return None
    made = _typed(kind, value)
    metadata = given.get("metadata") or {}
    time = next((metadata[name]["value"] for name in _TIMES if _has_value(metadata.get(name))), None)
    if time is not None:
        made["observedAt"] = time
    if _has_value(metadata.get("unitCode")):
        made["unitCode"] = metadata["unitCode"]["value"]
    for name, said in metadata.items():
        if name not in {*_TIMES, *_OF_NOTIFICATION, "unitCode"} and _has_value(said):
            made[name] = _typed(said.get("type"), said["value"])
    return made


def _has_value(metadata: Any) -> bool:
    return isinstance(metadata, dict) and metadata.get("value") is not None


def _typed(kind: Any, value: Any) -> dict[str, Any]:
    if kind in _MOMENTS and isinstance(value, str):
        return {"type": "Property", "value": {"@type": "DateTime", "@value": value}}
    if kind == "geo:json" and isinstance(value, dict):
        return {"type": "GeoProperty", "value": value}
    if kind == "geo:point" and isinstance(value, str):
        return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": _position(value)}}
    if isinstance(kind, str) and kind in _SHAPES and isinstance(value, list):
        line: list[Any] = [_position(text) for text in value]
        coordinates = [line] if kind == "geo:polygon" else line
        return {"type": "GeoProperty", "value": {"type": _SHAPES[kind], "coordinates": coordinates}}
    if kind == "Relationship" and isinstance(value, str) and URI.fullmatch(value):
        return {"type": "Relationship", "object": value}
    return {"type": "Property", "value": value}


def _position(text: Any) -> list[float]:
    """A position: latitude comes first in NGSIv2, longitude in GeoJSON."""
    try:
        latitude, longitude = (float(part) for part in str(text).split(","))
    except ValueError as error:
        raise ExpressionError(f"{text!r} is no position of NGSIv2, which is 'latitude, longitude'") from error
    return [longitude, latitude]
