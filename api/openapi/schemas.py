# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of what is answered beside NGSI-LD."""

from typing import Any, Final

from broker.web.openapi.attributes import ref
from broker.web.openapi.parts import TEXT, Schema

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_MAYBE_TEXT: Final[Schema] = {"type": ["string", "null"]}
_MAYBE_TIME: Final[Schema] = {"type": ["string", "null"], "format": "date-time"}
_MAYBE_COUNT: Final[Schema] = {"type": ["integer", "null"], "minimum": 0}
_MAYBE_NUMBER: Final[Schema] = {"type": ["number", "null"]}
_LETTER: Final[dict[str, Schema]] = {
    "id": TEXT,
    "connector": TEXT,
    "message": _MAYBE_TEXT,
    "index": _COUNT,
    "entity": _MAYBE_TEXT,
    "attribute": _MAYBE_TEXT,
    "reason": TEXT,
    "received": _TIME,
    "attempts": _COUNT,
}
_CONNECTOR: Final[dict[str, Schema]] = {
    "tenant": TEXT,
    "name": TEXT,
    "state": {"enum": ["running", "waiting", "failing", "silent", "stopped", "away", "unknown"]},
    "title": {"type": "object", "additionalProperties": TEXT},
    "version": _MAYBE_TEXT,
    "reported_at": _MAYBE_TIME,
    "last_read": _MAYBE_TIME,
    "last_stored": _MAYBE_TIME,
    "next_read": _MAYBE_TIME,
    "silent_since": _MAYBE_TIME,
    "full_since": _MAYBE_TIME,
    "backlog": _MAYBE_COUNT,
    "set_aside": _MAYBE_COUNT,
    "dropped": _MAYBE_COUNT,
    "rejected_version": _MAYBE_TEXT,
    "last_error": {
        "anyOf": [
            {"type": "null"},
            {"type": "object", "required": ["at", "text"], "properties": {"at": _MAYBE_TIME, "text": TEXT}},
        ]
    },
    "dead_letters": _COUNT,
}
_KEY: Final[dict[str, Schema]] = {
    "id": TEXT,
    "name": TEXT,
    "kind": {"enum": ["admin", "connector", "user"]},
    "tenant": _MAYBE_TEXT,
    "connector": _MAYBE_TEXT,
    "prefix": TEXT,
    "created_at": _TIME,
    "expires_at": _MAYBE_TIME,
    "revoked_at": _MAYBE_TIME,
}
_NAMES: Final[Schema] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_SHOWN: Final[Schema] = {
    "type": "object",
    "properties": {"pick": _NAMES, "omit": _NAMES},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


def _object(properties: dict[str, Schema], *optional: str) -> dict[str, Any]:
    """An object that has these members and no others."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _list_of(items: Schema) -> dict[str, Any]:
    return {"type": "array", "items": items}


_READY: Final = _object({"status": {"enum": ["ready", "degraded", "unavailable"]}, "detail": TEXT}, "detail")
_FRESHNESS: Final = _object(
    {
        "type": TEXT,
        "entities": _COUNT,
        "observed_at": _MAYBE_TIME,
        "usual_s": _MAYBE_NUMBER,
        "is_late": {"type": "boolean"},
    }
)
API_SCHEMAS: Final[dict[str, Schema]] = {
    "NewKey": _object({"id": TEXT, "name": TEXT, "key": TEXT, "expires_at": _MAYBE_TIME}),
    "Key": _object(_KEY),
    "Keys": _list_of(ref("Key")),
    "NewTenant": _object({"id": TEXT, "key": TEXT}, "key"),
    "Tenant": _object({"id": TEXT, "created_at": _TIME}),
    "Tenants": _list_of(ref("Tenant")),
    "Declaration": _object(
        {
            "id": _COUNT,
            "attribute": TEXT,
            "type": _MAYBE_TEXT,
            "complete": {"type": "boolean"},
            "share": {"description": "How much of the index is built", "type": "number", "minimum": 0, "maximum": 1},
            "rows": _MAYBE_COUNT,
            "created_at": _TIME,
        }
    ),
    "Declarations": _list_of(ref("Declaration")),
    "Made": _object({"id": TEXT}),
    "Dataset": _object(
        {
            "slug": TEXT,
            "title": _object({"de": TEXT, "en": TEXT}, "de", "en"),
            "license": TEXT,
            "visibility": {"enum": ["private", "registered", "public"]},
            "selector": _object({"types": _NAMES, "scopes": _NAMES, "ids": _NAMES}, "types", "scopes", "ids"),
            "attributes": _SHOWN,
            "rounding": _object(
                {"place_m": {"type": "number", "exclusiveMinimum": 0}, "time": TEXT}, "place_m", "time"
            ),
        },
        "license",
        "attributes",
        "rounding",
    ),
    "Datasets": _list_of(ref("Dataset")),
    "Grant": _object(
        {
            "id": TEXT,
            "subject": _object(
                {"kind": {"enum": ["user", "group", "role", "client", "key", "authenticated"]}, "id": TEXT}, "id"
            ),
            "action": {"enum": ["read", "write", "admin"]},
            "target": _object({"kind": {"enum": ["tenant", "dataset", "type", "scope", "entity"]}, "id": TEXT}, "id"),
            "attributes": _SHOWN,
            "valid": _object({"from": _TIME, "until": _TIME}, "from", "until"),
        },
        "attributes",
        "valid",
    ),
    "Grants": _list_of(ref("Grant")),
    "DeadLetter": _object(_LETTER),
    "DeadLetters": _list_of(ref("DeadLetter")),
    "DeadLetterWithPayload": _object({**_LETTER, "payload": {}, "record": {}}),
    "Replayed": _object(
        {
            "asked": _COUNT,
            "stored": _COUNT,
            "rejected": _COUNT,
            "waiting": _COUNT,
            "not_running": _list_of(TEXT),
        },
        "not_running",
    ),
    "Dropped": _object({"dropped": _COUNT}),
    "Series": _object(
        {
            "unit": _MAYBE_TEXT,
            "width": {"description": "How long a step is; PT0S: each number is a point", "type": "string"},
            "points": {
                "description": "`[start, min, mean, max, count]`, start in seconds since 1970",
                **_list_of({**_list_of({"type": "number"}), "minItems": 5, "maxItems": 5}),
            },
            "min": _MAYBE_NUMBER,
            "max": _MAYBE_NUMBER,
            "newest": {
                "description": "`[time, value]`",
                "type": ["array", "null"],
                "items": {"type": "number"},
                "minItems": 2,
                "maxItems": 2,
            },
        }
    ),
    "Markers": _object(
        {
            "count": _COUNT,
            "limit": _COUNT,
            "types": _list_of(TEXT),
            "marks": _list_of(_object({"path": TEXT, "tone": _COUNT})),
            "type": _list_of(_COUNT),
            "seq": _list_of({"type": "integer"}),
            "lon": _list_of({"type": "integer"}),
            "lat": _list_of({"type": "integer"}),
        }
    ),
    "Marker": _object(
        {
            "id": TEXT,
            "type": TEXT,
            "label": TEXT,
            "observedAt": _MAYBE_TIME,
            "readings": _list_of(_object({"name": TEXT, "value": TEXT})),
        }
    ),
    "Shapes": _object(
        {
            "type": {"const": "FeatureCollection"},
            "features": _list_of(
                _object(
                    {
                        "type": {"const": "Feature"},
                        "id": TEXT,
                        "geometry": {"type": "object"},
                        "properties": {"type": "object"},
                    }
                )
            ),
            "more": {"type": "boolean"},
        }
    ),
    "Connector": _object(_CONNECTOR),
    "Connectors": _list_of(ref("Connector")),
    "ConnectorWithLetters": _object({**_CONNECTOR, "letters": _list_of({"type": "object"})}),
    "Ready": _READY,
    "Alive": _object({"status": {"const": "alive"}}),
    "Condition": _object(
        {
            "status": {"enum": ["well", "attention", "unavailable"]},
            "problems": _list_of(_object({"what": TEXT, "number": _MAYBE_COUNT, "detail": TEXT})),
            "ready": _READY,
            "entities": _MAYBE_COUNT,
            "types": _list_of(_FRESHNESS),
            "storage": {
                "anyOf": [
                    {"type": "null"},
                    _object(
                        {
                            "level": {"enum": ["plain", "hypertable", "columnstore"]},
                            "history_rows_estimate": _MAYBE_COUNT,
                        }
                    ),
                ]
            },
            "disk": _object({"free_bytes": _MAYBE_COUNT, "free_ratio": _MAYBE_NUMBER}),
            "versions": {"type": "object", "additionalProperties": TEXT},
            "mqtt": _MAYBE_TEXT,
        }
    ),
    "Description": {"description": "OpenAPI 3.1", "type": "object", "required": ["openapi", "info", "paths"]},
}
