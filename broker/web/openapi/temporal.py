# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of history: an attribute is a list of instances, or of values with their times."""

from typing import Any, Final

from broker.ngsi.aggregation import METHODS
from broker.ngsi.entities import VALUE_MEMBERS
from broker.web.openapi.attributes import TIME, URI, one_or_more, ref
from broker.web.openapi.parts import TEXT, Schema

_VALUES: Final = ("values", "objects", "languageMaps", "vocabs", "jsons", "valueLists", "objectLists")
_HEAD: Final[dict[str, Schema]] = {
    "id": URI,
    "type": {
        "description": "Its types; an empty list where the entity was deleted",
        "anyOf": [TEXT, {"type": "array", "items": TEXT}],
    },
    "scope": {
        "description": "The scopes over time, in the form of the other attributes, or one, or several",
        "anyOf": [ref("TemporalAttribute"), ref("TemporalValues"), one_or_more(TEXT)],
    },
    "@context": ref("Context"),
    "createdAt": TIME,
    "modifiedAt": TIME,
    "deletedAt": TIME,
    "expiresAt": TIME,
}
_STATED: Final[dict[str, Schema]] = {
    **{name: schema for name, schema in _HEAD.items() if name != "deletedAt"},
    "type": one_or_more(TEXT),
    "scope": {
        "description": "The scopes over time, or one, or several",
        "anyOf": [ref("TemporalAttribute"), one_or_more(TEXT)],
    },
}


def _list_of(items: list[Schema], least: int) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "array", "prefixItems": items, "items": False, "minItems": least}}


_KIND: Final[Schema] = {"enum": list(VALUE_MEMBERS)}
TEMPORAL: Final[dict[str, Schema]] = {
    "EntityTemporalInput": {
        "description": "The history of an entity: each attribute an instance, or a list of them with `observedAt`",
        "type": "object",
        "required": ["id", "type"],
        "properties": _STATED,
        "additionalProperties": ref("AnyAttribute"),
    },
    "EntityTemporalFragment": {
        "description": "More history of an entity",
        "type": "object",
        "properties": _STATED,
        "additionalProperties": ref("AnyAttribute"),
        "minProperties": 1,
    },
    "TemporalInstance": {
        "description": "An instance that takes the place of another, alone or in a list under the name of its attribute",
        "anyOf": [
            ref("Attribute"),
            ref("ConciseInstance"),
            {
                "type": "object",
                "properties": {"@context": ref("Context")},
                "additionalProperties": {
                    "type": "array",
                    "items": {"anyOf": [ref("Attribute"), ref("ConciseInstance")]},
                    "minItems": 1,
                    "maxItems": 1,
                },
                "minProperties": 1,
            },
        ],
    },
    "TemporalAttribute": {
        "description": "The instances of an attribute over time",
        "type": "array",
        "items": {"anyOf": [ref("Attribute"), ref("ConciseInstance")]},
    },
    "TemporalValues": {
        "description": "The values of an attribute with their times: `[value, time]`",
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": _KIND,
            "datasetId": URI,
            **{name: _list_of([{}, TIME], 2) for name in _VALUES},
        },
        "additionalProperties": False,
    },
    "AggregatedValues": {
        "description": "What the values of an attribute come to in each span of time: `[value, start, end]`",
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": _KIND,
            "datasetId": URI,
            **{name: _list_of([{}, TIME, TIME], 3) for name in METHODS},
        },
        "additionalProperties": False,
    },
    "EntityTemporal": {
        "description": "An entity over time in the form that `format` or `options` asks for, by default normalized",
        "type": "object",
        "properties": _HEAD,
        "additionalProperties": {
            "anyOf": [
                ref("TemporalAttribute"),
                one_or_more(ref("TemporalValues")),
                one_or_more(ref("AggregatedValues")),
            ]
        },
    },
    "EntityTemporalList": {"type": "array", "items": ref("EntityTemporal")},
}
