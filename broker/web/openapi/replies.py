# SPDX-License-Identifier: EUPL-1.2
"""Answers that several operations have, and the header fields of answers."""

from typing import Any, Final

from allmende.errors import OperationNotSupported, TooComplexQuery
from broker.web.openapi.parts import Reply

DONE: Final = Reply("It is done")
CREATED: Final = Reply("It is created; `Location` says where", headers=("Location",))
CREATED_IDS: Final = Reply("The ids of those that were created", "Ids")
PARTLY: Final = Reply("Some attributes are left as they were", "UpdateResult")
SOME_FAILED: Final = Reply("Some failed, and why; the others are done", "BatchOperationResult")
NOT_MODIFIED: Final = Reply("What `If-None-Match` names is still right", headers=("ETag",))

_REWRITTEN: Final = "The same, rewritten for the version that `Prefer` asks for"
MAPPED_ENTITIES: Final = Reply(
    "The same, with a new entity map",
    "Entities",
    ("Link", "NGSILD-EntityMap", "NGSILD-Results-Count", "Preference-Applied"),
)
_SHOWN: Final = ("Link", "ETag", "Preference-Applied")
_COUNTED: Final = ("Link", "ETag", "NGSILD-Results-Count", "Preference-Applied")
ENTITY: Final = Reply("The entity; with `join=flat` a list that begins with it", "EntityOrEntities", _SHOWN)
ENTITIES: Final = Reply("A page of entities", "Entities", _COUNTED)
REWRITTEN_ENTITY: Final = Reply(_REWRITTEN, "EntityOrEntities", _SHOWN)
REWRITTEN_ENTITIES: Final = Reply(_REWRITTEN, "Entities", _COUNTED)
HISTORY: Final = Reply("The history", "EntityTemporal", _SHOWN)
REWRITTEN_HISTORY: Final = Reply(_REWRITTEN, "EntityTemporal", _SHOWN)
PART_OF_HISTORY: Final = Reply(
    "As much of the history as an answer holds; `Content-Range` says which part",
    "EntityTemporal",
    ("Link", "Content-Range", "Preference-Applied"),
)
_PAGED: Final = ("Link", "NGSILD-Results-Count", "Preference-Applied")
HISTORIES: Final = Reply("A page of histories", "EntityTemporalList", _PAGED)
REWRITTEN_HISTORIES: Final = Reply(_REWRITTEN, "EntityTemporalList", _PAGED)
MAPPED_HISTORIES: Final = Reply("The same, with a new entity map", "EntityTemporalList", ("NGSILD-EntityMap", *_PAGED))
PART_OF_HISTORIES: Final = Reply(
    "As much of the histories as an answer holds; `Content-Range` says which part",
    "EntityTemporalList",
    (*_PAGED, "Content-Range"),
)
QUERY_ERRORS: Final = (TooComplexQuery, OperationNotSupported)
"""What queries can be beside what every operation can be."""

HEADERS: Final[dict[str, Any]] = {
    "Location": {
        "description": "The path of what was created",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {
        "description": "The @context of an answer of `application/json`; the pages before and after, as `prev` and `next`",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "The tag of the body, for `If-None-Match`", "schema": {"type": "string"}},
    "NGSILD-EntityMap": {
        "description": "Where the entity map is that the answer goes by",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "NGSILD-Results-Count": {
        "description": "With `count=true`: how many match",
        "schema": {"type": "integer", "minimum": 0},
    },
    "NGSILD-Tenant": {"description": "The tenant, where the request names one", "schema": {"type": "string"}},
    "Preference-Applied": {
        "description": "The version that `Prefer` asked for, as in `ngsi-ld=1.5`",
        "schema": {"type": "string"},
    },
    "Content-Range": {
        "description": "Which part of history an answer tells that holds not all of it",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds after which to try again", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "How to say who calls", "schema": {"type": "string"}},
    "X-Request-Id": {"description": "By which the log names the request", "schema": {"type": "string"}},
}
