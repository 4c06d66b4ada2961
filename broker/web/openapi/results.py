# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of the other bodies: queries, results of batches, what there is, problems."""

from typing import Any, Final

from broker.ngsi.aggregation import METHODS
from broker.ngsi.geometry import GEOMETRIES
from broker.ngsi.projections import MAX_JOIN_LEVEL
from broker.web.openapi.attributes import TIME, URI, one_or_more, ref
from broker.web.openapi.parts import TEXT, Schema

_TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
_NAMES: Final[Schema] = {"type": "array", "items": TEXT}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_GEOMETRY: Final[Schema] = {"type": "string", "enum": list(GEOMETRIES)}


def _object(required: str, **properties: Schema) -> dict[str, Any]:
    """An object that has no other members; those that it must have are named first."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": {name.replace("at_context", "@context"): schema for name, schema in properties.items()},
        "additionalProperties": False,
    }


_QUERY: Final[dict[str, Any]] = {
    "description": "A query; the members mean what the parameters of the same name do",
    **_object(
        "type",
        type={"const": "Query"},
        entities={
            "description": "Entities that one of these selects",
            "type": "array",
            "minItems": 1,
            "items": _object("type", type=TEXT, id=one_or_more(URI), idPattern=TEXT),
        },
        attrs=_TEXTS,
        pick=_TEXTS,
        omit=_TEXTS,
        q=TEXT,
        scopeQ=TEXT,
        csf=TEXT,
        lang=TEXT,
        expandValues=TEXT,
        datasetId=_TEXTS,
        join={"enum": ["inline", "flat", "@none"]},
        joinLevel={"type": "integer", "minimum": 1, "maximum": MAX_JOIN_LEVEL},
        containedBy={"type": "array", "items": URI, "minItems": 1},
        geometryProperty=TEXT,
        geoQ=_object(
            "georel geometry coordinates",
            georel=TEXT,
            geometry=_GEOMETRY,
            coordinates={"type": ["array", "string"]},
            geoproperty=TEXT,
        ),
        entityMap={"type": "boolean"},
        entityMapLifetime={"type": "string", "format": "duration"},
        ordering=_object("orderBy", orderBy=_TEXTS, collation=TEXT, coordinates={"type": "array"}, geometry=_GEOMETRY),
        at_context=ref("Context"),
    ),
}
_AGGREGATION: Final[dict[str, Schema]] = {
    "aggrMethods": {"anyOf": [TEXT, {"type": "array", "items": {"enum": list(METHODS)}, "minItems": 1}]},
    "aggrPeriodDuration": {"type": "string", "format": "duration"},
}
_TEMPORAL: Final = _object(
    "",
    timerel={"enum": ["before", "after", "between"]},
    timeAt=TIME,
    endTimeAt=TIME,
    timeproperty={"enum": ["observedAt", "createdAt", "modifiedAt", "deletedAt"]},
    lastN={"type": "integer", "minimum": 1},
    **_AGGREGATION,
)
_NOT_TEMPORAL: Final = frozenset({"join", "joinLevel", "containedBy", "geometryProperty"})
_TEMPORAL_QUERY: Final[dict[str, Any]] = {
    **_QUERY,
    "description": "A query for histories; the members mean what the parameters of the same name do",
    "properties": {
        **{name: schema for name, schema in _QUERY["properties"].items() if name not in _NOT_TEMPORAL},
        "temporalQ": _TEMPORAL,
        "aggrParams": _object("", **_AGGREGATION),
    },
}
RESULTS: Final[dict[str, Schema]] = {
    "Query": _QUERY,
    "TemporalQuery": _TEMPORAL_QUERY,
    "BatchOperationResult": {
        "description": "Which entities of a batch are done, and why the others are not",
        **_object("success errors", success=ref("Ids"), errors={"type": "array", "items": ref("BatchEntityError")}),
    },
    "BatchEntityError": _object("entityId error", entityId=TEXT, error=ref("ProblemDetails")),
    "UpdateResult": {
        "description": "Which attributes are done, and why the others are not; names are IRIs",
        **_object(
            "updated notUpdated",
            updated=_NAMES,
            notUpdated={"type": "array", "items": _object("attributeName reason", attributeName=TEXT, reason=TEXT)},
        ),
    },
    "EntityTypeList": _object(
        "id type typeList", id=URI, type={"const": "EntityTypeList"}, typeList=_NAMES, at_context=ref("Context")
    ),
    "EntityType": _object(
        "id type typeName attributeNames",
        id=URI,
        type={"const": "EntityType"},
        typeName=TEXT,
        attributeNames=_NAMES,
        at_context=ref("Context"),
    ),
    "EntityTypes": {"anyOf": [ref("EntityTypeList"), {"type": "array", "items": ref("EntityType")}]},
    "EntityTypeInfo": _object(
        "id type typeName entityCount attributeDetails",
        id=URI,
        type={"const": "EntityTypeInfo"},
        typeName=TEXT,
        entityCount=_COUNT,
        attributeDetails={"type": "array", "items": ref("AttributeDetails")},
        at_context=ref("Context"),
    ),
    "AttributeList": _object(
        "id type attributeList",
        id=URI,
        type={"const": "AttributeList"},
        attributeList=_NAMES,
        at_context=ref("Context"),
    ),
    "AttributeDetails": _object(
        "id type attributeName",
        id=URI,
        type={"const": "Attribute"},
        attributeName=TEXT,
        attributeCount=_COUNT,
        attributeTypes=_NAMES,
        typeNames=_NAMES,
        at_context=ref("Context"),
    ),
    "Attributes": {"anyOf": [ref("AttributeList"), {"type": "array", "items": ref("AttributeDetails")}]},
    "ContextSourceIdentity": _object(
        "id type contextSourceAlias contextSourceUptime contextSourceTimeAt",
        id=URI,
        type={"const": "ContextSourceIdentity"},
        contextSourceAlias=TEXT,
        contextSourceUptime={"type": "string", "format": "duration"},
        contextSourceTimeAt=TIME,
        at_context=ref("Context"),
    ),
    "ProblemDetails": {
        "description": "What is wrong, where, and what would be right (RFC 9457)",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string", "minLength": 1},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "minLength": 1},
        },
    },
}
