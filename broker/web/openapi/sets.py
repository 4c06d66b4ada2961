# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of sets of entities that the broker keeps: entity maps and snapshots."""

from typing import Any, Final

from broker.web.openapi.attributes import TIME, URI, ref
from broker.web.openapi.parts import Schema

_DURATION: Final[Schema] = {"type": "string", "format": "duration"}
_PRIORITY: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": 10, "default": 5}
_KEPT: Final[dict[str, Schema]] = {
    "snapshotPriority": _PRIORITY,
    "snapshotLifetime": _DURATION,
    "@context": ref("Context"),
}
_TOLD: Final[dict[str, Schema]] = {
    "snapshotStatus": {"enum": ["success", "partial", "empty", "failure"]},
    "snapshotQueriesDetails": {"type": "array", "items": ref("ExecutionResultDetails")},
    "snapshotTemporalQueriesDetails": {"type": "array", "items": ref("ExecutionResultDetails")},
    "createdAt": TIME,
    "modifiedAt": TIME,
    "lastUsedAt": TIME,
    "expiresAt": TIME,
}
_PASSED_OVER: Final[dict[str, Schema]] = {name: {} for name in _TOLD}
_QUERIES: Final[dict[str, Schema]] = {
    "snapshotQueries": {"type": "array", "items": ref("Query"), "minItems": 1, "maxItems": 100},
    "snapshotTemporalQueries": {"type": "array", "items": ref("TemporalQuery"), "minItems": 1, "maxItems": 100},
}


def _closed(required: list[str], properties: dict[str, Schema]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


SETS: Final[dict[str, Schema]] = {
    "EntityMap": _closed(
        ["id", "type", "expiresAt", "entityMap", "linkedMaps"],
        {
            "id": URI,
            "type": {"const": "EntityMap"},
            "expiresAt": TIME,
            "entityMap": {
                "description": "The ids of entities, and the sources that have each: `@none` is this broker",
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            },
            "linkedMaps": {"type": "object"},
            "@context": ref("Context"),
        },
    ),
    "EntityMapFragment": {
        "description": "When an entity map is over; other members are passed over",
        "type": "object",
        "required": ["expiresAt"],
        "properties": {"expiresAt": TIME},
    },
    "ExecutionResultDetails": _closed(
        ["resultStatus"],
        {"resultStatus": {"enum": ["success", "empty", "failure"]}, "problemDetails": ref("ProblemDetails")},
    ),
    "Snapshot": {
        "description": "A copy of what queries find",
        **_closed(
            ["id", "type", "snapshotStatus"],
            {"id": URI, "type": {"const": "Snapshot"}, **_QUERIES, **_KEPT, **_TOLD},
        ),
    },
    "SnapshotInput": {
        "description": "A new snapshot; what the broker itself tells of it is passed over",
        **_closed(
            ["type"],
            {"id": URI, "type": {"const": "Snapshot"}, **_QUERIES, **_KEPT, **_PASSED_OVER},
        ),
        "anyOf": [{"required": [name]} for name in _QUERIES],
    },
    "SnapshotClone": {
        "description": "What a clone has of its own",
        **_closed([], {"id": URI, "type": {"const": "Snapshot"}, **_KEPT, **_PASSED_OVER}),
    },
    "SnapshotFragment": {
        "description": "What is to change of a snapshot",
        "minProperties": 1,
        **_closed([], {"type": {"const": "Snapshot"}, **_KEPT, **_PASSED_OVER}),
    },
}
