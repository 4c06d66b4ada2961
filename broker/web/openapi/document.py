# SPDX-License-Identifier: EUPL-1.2
"""Operations as OpenAPI 3.1 tells them, out of their declarations."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from allmende import errors
from broker.ngsi.contexts import CORE_CONTEXT_URL
from broker.web.calls import PREFIX, Operation
from broker.web.negotiation import GEO_JSON, JSON, JSON_LD
from broker.web.openapi.attributes import ref
from broker.web.openapi.entities import GEO
from broker.web.openapi.parameters import IN_PATHS, PARAMETERS
from broker.web.openapi.parts import Parameter, Reply, Schema
from broker.web.openapi.problems import EVERYWHERE, OF_BODIES, to_answers
from broker.web.openapi.replies import HEADERS, NOT_MODIFIED
from broker.web.openapi.schemas import SCHEMAS

NAME: Final = re.compile(r"\{([^{}]*)\}")
TAGS: Final = {
    "entities": "Entities",
    "entityOperations": "Many entities at once",
    "temporal": "History",
    "types": "What there is",
    "attributes": "What there is",
    "info": "What there is",
    "jsonldContexts": "@contexts",
    "entityMaps": "Entity maps",
    "snapshots": "Snapshots",
}
"""Groups of operations, by the beginning of their path."""

REQUEST_HEADERS: Final[dict[str, dict[str, Any]]] = {
    "NGSILD-Tenant": {"description": "The tenant; by default `default`", "example": "default"},
    "Link": {
        "description": "The @context of names in the request and in the answer; not beside a body of `application/ld+json`",
        "example": f'<{CORE_CONTEXT_URL}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"',
    },
    "Prefer": {
        "description": "`ngsi-ld=1.5`: entities as readers of that version understand them; `body=json`: GeoJSON"
        " without @context",
        "example": "ngsi-ld=1.5",
    },
    "NGSILD-EntityMap": {
        "description": "The entity map that the pages go by, where the answer before says it is; one that is over is made anew",
        "example": "/ngsi-ld/v1/entityMaps/urn:ngsi-ld:EntityMap:1",
    },
    "NGSILD-Snapshot": {
        "description": "The snapshot of which entities are read and written",
        "example": "urn:ngsi-ld:Snapshot:1",
    },
    "If-None-Match": {"description": "Tags of answers that are known already", "example": '"0123"'},
}


def to_paths(operations: Iterable[Operation]) -> dict[str, dict[str, Any]]:
    """The operations by path and method."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = to_operation(operation)
    return paths


def to_operation(operation: Operation) -> dict[str, Any]:
    """One operation."""
    told: dict[str, Any] = {
        "operationId": to_operation_id(operation.name),
        "summary": operation.name,
        "description": f"{operation.about} (ETSI GS CIM 009, {operation.clause})".strip(),
        "tags": [TAGS.get(operation.path.partition("/")[0], "Others")],
        "parameters": [*_in_path(operation), *_in_query(operation), *_in_header(operation)],
        "responses": _answers(operation),
        "security": to_security(writes=operation.writes),
    }
    if operation.reads:
        told["requestBody"] = {
            "required": True,
            "content": {media_type: _body(operation, media_type) for media_type in operation.reads},
        }
    return told


def to_operation_id(name: str) -> str:
    """A name that programs can have.

    >>> to_operation_id("Query Entities via POST")
    'queryEntitiesViaPost'
    """
    words: list[str] = re.findall(r"\w+", name)
    first, *others = words
    return first.lower() + "".join(map(str.capitalize, others))


def to_security(*, writes: bool) -> list[dict[str, list[str]]]:
    """Reads need no key on loopback; what a key is for says the description of the document."""
    keys: list[dict[str, list[str]]] = [{"key": []}, {"bearer": []}]
    return keys if writes else [{}, *keys]


def to_parameter(name: str, place: str, parameter: Parameter, example: Any = None) -> dict[str, Any]:
    """A parameter; a list is separated by commas."""
    shown = parameter.example if example is None else example
    if parameter.schema.get("type") == "array" and isinstance(shown, str):
        shown = shown.split(",")
    elif parameter.schema.get("type") in {"integer", "boolean"} and isinstance(shown, str):
        shown = shown == "true" if parameter.schema["type"] == "boolean" else int(shown)
    told = {"name": name, "in": place, "description": parameter.means, "schema": parameter.schema, "example": shown}
    if parameter.required or place == "path":
        told["required"] = True
    if parameter.schema.get("type") in {"array", "object"}:
        told |= {"style": "form", "explode": parameter.schema["type"] == "object"}
    return told


def to_reply(reply: Reply, offers: Iterable[str], geo: Mapping[str, str] = GEO) -> dict[str, Any]:
    """An answer that is no error."""
    told: dict[str, Any] = {"description": reply.means}
    if reply.headers:
        told["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in reply.headers}
    if reply.schema is not None:
        told["content"] = {
            media_type: {"schema": _schema(reply.schema, geo if media_type == GEO_JSON else {})}
            for media_type in offers
        }
    return told


def _schema(schema: str | Schema, others: Mapping[str, str]) -> Schema:
    return ref(others.get(schema, schema)) if isinstance(schema, str) else schema


def _in_path(operation: Operation) -> list[dict[str, Any]]:
    names = NAME.findall(operation.path)
    ids = operation.example.ids if operation.example else ()
    examples = dict(zip(names, ids, strict=False))
    return [to_parameter(name, "path", IN_PATHS[name], examples.get(name)) for name in names]


def _in_query(operation: Operation) -> list[dict[str, Any]]:
    known = {**PARAMETERS, **_forms(operation), **operation.told}
    examples = operation.example.parameters if operation.example else {}
    return [to_parameter(name, "query", known[name], examples.get(name)) for name in sorted(operation.parameters)]


def _forms(operation: Operation) -> dict[str, Parameter]:
    """`options` and `format`, whose values the operation says itself."""
    values = sorted(operation.options)
    if not values:
        return {}
    one: Schema = {"type": "string", "enum": values}
    forms: Schema = {"type": "string", "enum": [value for value in values if value not in {"sysAttrs", "noOverwrite"}]}
    return {
        "options": Parameter(
            means="How it is done, or what is shown; several separated by commas",
            example=values[0],
            schema={"type": "array", "items": one, "minItems": 1},
        ),
        "format": Parameter(means="The form of entities; it goes before `options`", example=values[0], schema=forms),
    }


def _in_header(operation: Operation) -> list[dict[str, Any]]:
    names = ["NGSILD-Tenant", *(["Link"] if _has_names(operation) else [])]
    makes_map = operation.path.endswith("entityMaps")
    if not makes_map and operation.path.partition("/")[0] not in {"entityMaps", "snapshots", "info", "jsonldContexts"}:
        names.append("NGSILD-Snapshot")
    if "entityMap" in operation.parameters and not makes_map:
        names.append("NGSILD-EntityMap")
    shows_history = bool(operation.offers) and operation.path.startswith("temporal/") and not makes_map
    if GEO_JSON in operation.offers or shows_history:
        names.append("Prefer")
    if operation.method == "GET":
        names.append("If-None-Match")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _has_names(operation: Operation) -> bool:
    """Whether it needs an @context to know what names mean: those that are about @contexts do not."""
    return operation.path.partition("/")[0] != "jsonldContexts"


def _answers(operation: Operation) -> dict[str, Any]:
    gives = {**operation.gives, **({304: NOT_MODIFIED} if operation.method == "GET" else {})}
    kinds = [*EVERYWHERE, *operation.errors]
    if _has_names(operation):
        kinds.append(errors.LdContextNotAvailable)
    if operation.offers:
        kinds.append(errors.NotAcceptable)
    if operation.reads:
        kinds += OF_BODIES
    offers = operation.offers or (JSON,)
    return {**{str(status): to_reply(reply, offers) for status, reply in sorted(gives.items())}, **to_answers(kinds)}


def _body(operation: Operation, media_type: str) -> dict[str, Any]:
    told: dict[str, Any] = {"schema": _body_schema(operation.takes, media_type)}
    if operation.example is not None and operation.example.body is not None:
        body = operation.example.body
        told["example"] = with_context(body) if media_type == JSON_LD else body
    return told


def _body_schema(takes: str, media_type: str) -> Schema:
    """The schema of a body; documents of `application/ld+json` hold their @context, all others none."""
    if "@context" in SCHEMAS[takes].get("required", ()):
        return ref(takes)
    part: Schema = {"required": ["@context"]} if media_type == JSON_LD else {"properties": {"@context": False}}
    is_list = SCHEMAS[takes].get("type") == "array"
    return {"allOf": [ref(takes), {"items": part} if is_list else part]}


def with_context(body: Any) -> Any:
    """A body as `application/ld+json` has it: with an @context, where it has none of its own; ids have none."""
    if isinstance(body, list):
        return [with_context(item) for item in body]
    return {"@context": CORE_CONTEXT_URL, **body} if isinstance(body, dict) else body


def components() -> dict[str, Any]:
    """What the operations of the broker refer to, but for problems."""
    return {
        "schemas": SCHEMAS,
        "headers": HEADERS,
        "parameters": {
            name: {"name": name, "in": "header", "schema": {"type": "string"}, **told}
            for name, told in REQUEST_HEADERS.items()
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key, or an access token of an issuer that the platform believes",
            },
        },
    }
