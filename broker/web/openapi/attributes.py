# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of attributes: each type in its normalized form, what the concise form leaves out, geometries."""

from typing import Any, Final

from broker.ngsi.entities import NULL, VALUE_MEMBERS
from broker.ngsi.members import KINDS_WITH, SYSTEM_NAMES
from broker.web.openapi.parts import TEXT, Schema

TIME: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,9})?Z$",
}
# Not `format: uri`: ids may be IRIs, which that format excludes.
URI: Final[Schema] = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"\\^`{|}]+$", "maxLength": 1024}
LANGUAGE: Final = r"^(@none|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)$"


def ref(name: str) -> dict[str, Any]:
    """What stands for one of the schemas of the document.

    >>> ref("Entity")
    {'$ref': '#/components/schemas/Entity'}
    """
    return {"$ref": f"#/components/schemas/{name}"}


def one_or_more(schema: Schema) -> dict[str, Any]:
    """One such value, or a list of them that is not empty."""
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


_POSITION: Final[Schema] = {
    "type": "array",
    "prefixItems": [
        {"type": "number", "minimum": -180, "maximum": 180},
        {"type": "number", "minimum": -90, "maximum": 90},
        {"type": "number"},
    ],
    "items": False,
    "minItems": 2,
}


def _list_of(items: Schema, least: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_COORDINATES: Final[dict[str, Schema]] = {
    "Point": _POSITION,
    "MultiPoint": _list_of(_POSITION, 1),
    "LineString": _list_of(_POSITION, 2),
    "MultiLineString": _list_of(_list_of(_POSITION, 2), 1),
    "Polygon": _list_of(_list_of(_POSITION, 4), 1),
    "MultiPolygon": _list_of(_list_of(_list_of(_POSITION, 4), 1), 1),
}
_GEOMETRY: Final[Schema] = {
    "description": "A geometry of GeoJSON: longitude first, in degrees; the rings of polygons are closed",
    "anyOf": [
        {
            "type": "object",
            "required": ["type", "coordinates"],
            "properties": {"type": {"const": kind}, "coordinates": coordinates},
        }
        for kind, coordinates in _COORDINATES.items()
    ],
}
_VALUES: Final[dict[str, Schema]] = {
    "Property": {"description": "Any value but null"},
    "GeoProperty": ref("Geometry"),
    "Relationship": {"description": "The id of an entity, or several", **one_or_more(URI)},
    "LanguageProperty": ref("LanguageMap"),
    "VocabProperty": {"description": "A term of the @context, or several", **one_or_more(TEXT)},
    "JsonProperty": {"description": "JSON that stays as it is", "type": ["object", "array"]},
    "ListProperty": {"type": "array"},
    "ListRelationship": {
        "type": "array",
        "items": {"anyOf": [URI, {"type": "object", "required": ["object"], "properties": {"object": URI}}]},
    },
}
_DELETED: Final[Schema] = {"const": NULL, "description": "In history, or where attributes are updated: it goes"}
_MEMBERS: Final[dict[str, Schema]] = {
    "observedAt": {"description": "When it was observed", **TIME},
    "datasetId": {"description": "Which of several instances of the attribute it is", **URI},
    "unitCode": {"description": "UN/CEFACT code of the unit", **TEXT},
    "valueType": {"description": "The data type of the value", **one_or_more(TEXT)},
    "objectType": {"description": "The types of the entities that it leads to", **one_or_more(TEXT)},
    "createdAt": TIME,
    "modifiedAt": TIME,
    "expiresAt": {"description": "When it goes by itself", **TIME},
    "deletedAt": {"description": "In history: when it was deleted", **TIME},
    "instanceId": {"description": "In history: names the instance", **URI},
}
_LINKED: Final[dict[str, Schema]] = {
    "entity": {"description": "With `join=inline`: what it leads to", **one_or_more(ref("EntityNormalized"))},
    "entityList": {
        "description": "With `join=inline`: what it leads to",
        "type": "array",
        "items": ref("EntityNormalized"),
    },
}


def _or_gone(schema: Schema) -> dict[str, Any]:
    return {"anyOf": [schema, {"const": NULL}]}


def _members(kind: str) -> dict[str, Schema]:
    """The members that attributes of a type may have beside their value."""
    members = {name: schema for name, schema in _MEMBERS.items() if kind in KINDS_WITH.get(name, {kind})}
    if kind in {"Relationship", "ListRelationship"}:
        members |= _LINKED
    if kind == "Property":
        members["lang"] = {"description": "With `lang`: the language of the text", **TEXT}
        members |= {"entityIdSealed": TEXT, "entityTypeSealed": TEXT}
    return members


def _normalized(kind: str) -> dict[str, Any]:
    member = VALUE_MEMBERS[kind]
    value = _VALUES[kind] if kind == "Property" else {"anyOf": [_VALUES[kind], _DELETED]}
    return {
        "type": "object",
        "required": ["type", member],
        "properties": {"type": {"const": kind}, member: value, **_members(kind)},
        "additionalProperties": ref("AttributeOrAttributes"),
    }


_ALL: Final[dict[str, Schema]] = {
    "type": {"enum": list(VALUE_MEMBERS)},
    **{VALUE_MEMBERS[kind]: value for kind, value in _VALUES.items() if kind != "GeoProperty"},
    **_MEMBERS,
}
"""Members of an instance of whatever type."""

ATTRIBUTES: Final[dict[str, Schema]] = {
    "Geometry": _GEOMETRY,
    "LanguageMap": {
        "description": "Texts by language; `@none` stands for no language",
        "type": "object",
        "propertyNames": {"pattern": LANGUAGE},
        "additionalProperties": one_or_more(TEXT),
        "minProperties": 1,
    },
    **{kind: _normalized(kind) for kind in VALUE_MEMBERS},
    "Attribute": {
        "description": "An attribute instance, normalized; members that it does not define are attributes of the attribute",
        "anyOf": [ref(kind) for kind in VALUE_MEMBERS],
        "discriminator": {
            "propertyName": "type",
            "mapping": {kind: f"#/components/schemas/{kind}" for kind in VALUE_MEMBERS},
        },
    },
    "AttributeOrAttributes": {
        "description": "An attribute instance, or several with different `datasetId`",
        **one_or_more(ref("Attribute")),
    },
    "ConciseInstance": {
        "description": "An attribute instance without its type, which the member with the value tells: `value`, `object`,"
        " `languageMap`, `vocab`, `json`, `valueList` or `objectList`",
        "type": "object",
        "anyOf": [{"required": [member]} for member in dict.fromkeys(VALUE_MEMBERS.values())],
        "properties": {name: schema for name, schema in _ALL.items() if name != "type"},
    },
    "ConciseAttribute": {
        "description": "An attribute in its concise form: without its type, or only its value",
        "anyOf": [ref("ConciseInstance"), ref("Geometry"), {"type": ["string", "number", "boolean"]}],
    },
    "AttributeFragment": {
        "description": "Parts of an attribute instance, in its type or without; `urn:ngsi-ld:null` takes one away",
        "type": "object",
        "minProperties": 1,
        "properties": {name: _or_gone(schema) for name, schema in _ALL.items() if name not in SYSTEM_NAMES},
        "additionalProperties": ref("AnyAttribute"),
    },
    "SimplifiedAttribute": {
        "description": "The value of an attribute: of a Relationship the id; of a LanguageProperty, VocabProperty or"
        " JsonProperty an object with that one member; of several instances an object with the one member `dataset`",
    },
}
