# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of entities: what requests state and answers show."""

from typing import Any, Final

from broker.web.openapi.attributes import TIME, URI, one_or_more, ref
from broker.web.openapi.parts import TEXT, Schema

_ID: Final[Schema] = {"description": "What names the entity for ever", **URI}
_TYPE: Final[Schema] = {"description": "What it is: a name of the @context or an IRI, or several", **one_or_more(TEXT)}
_CONTEXT: Final[Schema] = {
    "description": "What names mean: URLs of @contexts, or terms with their IRIs",
    "type": ["string", "object", "array"],
}
_SCOPE: Final[Schema] = {"description": "Where it belongs, such as /Town/North", **one_or_more(TEXT)}
_TIMES: Final[dict[str, Schema]] = {"createdAt": TIME, "modifiedAt": TIME, "expiresAt": TIME}
_HEAD: Final[dict[str, Schema]] = {"id": _ID, "type": _TYPE, "scope": _SCOPE, "@context": _CONTEXT, **_TIMES}
_ATTRIBUTE: Final[Schema] = {
    "description": "An attribute in any form, or several instances of one with different `datasetId`",
    "anyOf": [ref("AttributeOrAttributes"), ref("ConciseAttribute"), {"type": ["object", "array"], "minItems": 1}],
}


def _shown(attribute: Schema, what: str) -> dict[str, Any]:
    """An entity in an answer; `pick` and `omit` can leave any member out."""
    return {"description": what, "type": "object", "properties": _HEAD, "additionalProperties": attribute}


def _stated(what: str, required: list[str]) -> dict[str, Any]:
    """An entity, or a part of one, in a request."""
    return {
        "description": what,
        "type": "object",
        "properties": _HEAD,
        "required": required,
        "additionalProperties": ref("AnyAttribute"),
        "minProperties": 1,
    }


def _list_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": ref(name)}


ENTITIES: Final[dict[str, Schema]] = {
    "Context": _CONTEXT,
    "AnyAttribute": _ATTRIBUTE,
    "Entity": _stated("An entity in any form: normalized, concise or simplified", ["id", "type"]),
    "EntityWithoutId": _stated("An entity; `id` may be left out, since the path names it", ["type"]),
    "EntityFragment": _stated("Parts of an entity; what is not told stays", []),
    "EntityList": {**_list_of("Entity"), "minItems": 1},
    "EntityFragmentList": {**_list_of("EntityFragment"), "minItems": 1},
    "EntityNormalized": _shown(ref("AttributeOrAttributes"), "An entity, normalized: every attribute tells its type"),
    "EntityConcise": _shown(
        {"anyOf": [ref("ConciseAttribute"), ref("AttributeOrAttributes"), {"type": "array"}]},
        "An entity, concise: types that can be seen are left out",
    ),
    "EntitySimplified": _shown(ref("SimplifiedAttribute"), "An entity, simplified: values only"),
    "EntityShown": {
        "description": "An entity in the form that `format` or `options` asks for, by default normalized",
        "anyOf": [ref("EntityNormalized"), ref("EntityConcise"), ref("EntitySimplified")],
    },
    "Entities": _list_of("EntityShown"),
    "EntityOrEntities": {"anyOf": [ref("EntityShown"), ref("Entities")]},
    "Feature": {
        "description": "An entity as GeoJSON",
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "id": _ID,
            "type": {"const": "Feature"},
            "geometry": {"anyOf": [ref("Geometry"), {"type": "null"}]},
            "properties": ref("EntityShown"),
            "@context": _CONTEXT,
        },
        "additionalProperties": False,
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": _list_of("Feature"),
            "@context": _CONTEXT,
        },
        "additionalProperties": False,
    },
    "FeatureOrFeatures": {"anyOf": [ref("Feature"), ref("FeatureCollection")]},
    "Ids": {"type": "array", "items": _ID},
    "IdList": {"type": "array", "items": _ID, "minItems": 1},
}
GEO: Final = {"Entities": "FeatureCollection", "EntityOrEntities": "FeatureOrFeatures"}
"""Schemas of the same answer as `application/geo+json`."""
