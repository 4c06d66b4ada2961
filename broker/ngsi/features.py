# SPDX-License-Identifier: EUPL-1.2
"""Entities as GeoJSON: a Feature each, whose geometry is one of its places (ETSI GS CIM 009, 4.5.16, 4.5.17)."""

from collections.abc import Sequence
from typing import Any

from broker.ngsi.entities import State
from broker.ngsi.geometry import looks_like_geometry


def to_feature(state: State, document: dict[str, Any], place: str) -> dict[str, Any]:
    """The Feature of an entity, shown as `document`, whose geometry is the attribute `place`, an IRI."""
    properties = dict(document)
    feature = {"id": properties.pop("id")} if "id" in properties else {}
    return {**feature, "type": "Feature", "geometry": geometry_of(state, place), "properties": properties}


def to_collection(features: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The FeatureCollection of a page."""
    return {"type": "FeatureCollection", "features": list(features)}


def geometry_of(state: State, place: str) -> dict[str, Any] | None:
    """The geometry of an attribute's default instance, else of its first one; None where that is no geometry."""
    instances = state.attributes.get(place)
    value = instances[0].get("value") if instances else None
    return value if looks_like_geometry(value) else None
