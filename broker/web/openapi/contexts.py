# SPDX-License-Identifier: EUPL-1.2
"""JSON Schemas of stored @contexts: the documents themselves, and what is known of them."""

from typing import Final

from broker.ngsi.contextaddresses import KINDS
from broker.web.openapi.attributes import TIME, ref
from broker.web.openapi.parts import TEXT, Schema

CONTEXTS: Final[dict[str, Schema]] = {
    "ContextDocument": {
        "description": "A document of JSON-LD; only its @context counts",
        "type": "object",
        "required": ["@context"],
        "properties": {"@context": ref("Context")},
    },
    "ContextDetails": {
        "description": "What is known of a stored @context",
        "type": "object",
        "required": ["URL", "localId", "kind", "createdAt", "extraInfo"],
        "properties": {
            "URL": {"description": "By which requests name it", **TEXT},
            "localId": {"description": "By which this API names it", **TEXT},
            "kind": {"enum": list(KINDS)},
            "createdAt": {"description": "When it was added or fetched", **TIME},
            "lastUsage": {"description": "When a request used it last", **TIME},
            "numberOfHits": {"description": "How often it was used", "type": "integer", "minimum": 0},
            "expiresAt": {"description": "When it goes by itself", **TIME},
            "extraInfo": {"description": "The SHA-256 of its text, or that it is built in", **TEXT},
        },
        "additionalProperties": False,
    },
    "ContextShown": {"anyOf": [ref("ContextDocument"), ref("ContextDetails")]},
    "Contexts": {
        "anyOf": [{"type": "array", "items": TEXT}, {"type": "array", "items": ref("ContextDetails")}],
    },
}
