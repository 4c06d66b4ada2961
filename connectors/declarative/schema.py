# SPDX-License-Identifier: EUPL-1.2
"""The JSON Schema of connector files, for editors."""

from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from connectors.declarative.format import ConnectorFile

_DURATION = {
    "type": ["string", "number"],
    "pattern": r"^\s*\d+(?:\.\d+)?\s*(?:ms|s|min|m|h|d)?\s*$|\$\{",
    "examples": ["30s", "5m", "1h"],
}
_NOT_OF_SCHEMAS = {"title", "ge", "le", "discriminator", "format", "writeOnly"}
"""What editors do not need, and what is no word of JSON Schema."""
_UNITS_S = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_NULL = {"type": "null"}


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema of connector files, as they are written in YAML."""
    made = ConnectorFile.model_json_schema(by_alias=True)
    definitions = {name: _object(definition) for name, definition in made.pop("$defs").items()}
    attribute = definitions["Attribute"]
    attribute["properties"]["observedAt"]["type"] = ["string", "null"]
    definitions["Attribute"] = {"anyOf": [{"type": ["string", "number", "boolean"]}, attribute]}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Connector file"}
    return {**head, **_object(made), "$defs": definitions}


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a block; the names of its keys are no words of JSON Schema."""
    properties = schema.get("properties", {})
    tidied = _tidy({key: value for key, value in schema.items() if key != "properties"})
    return {**tidied, "properties": {name: _tidy(value) for name, value in properties.items()}}


def _tidy(schema: Any) -> Any:
    """Write durations as people do, several types as one list, and leave out null, which is the same as no key."""
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "duration":
        return _duration(schema)
    kept = {key: _tidy(value) for key, value in schema.items() if key not in _NOT_OF_SCHEMAS}
    if kept.get("default", 0) is None:
        del kept["default"]
    if "anyOf" not in kept:
        return kept
    choices = _choices(kept.pop("anyOf"))
    return {**choices[0], **kept} if len(choices) == 1 else {**kept, "anyOf": choices}


def _choices(choices: list[Any]) -> list[Any]:
    """Put plain types together, and leave out null."""
    plain = [choice["type"] for choice in choices if choice.keys() == {"type"} and choice != _NULL]
    names = [name for name in dict.fromkeys(plain) if name != "integer" or "number" not in plain]
    others = [choice for choice in choices if choice.keys() != {"type"}]
    return [*([{"type": names if len(names) > 1 else names[0]}] if names else []), *others]


def _duration(schema: dict[str, Any]) -> dict[str, Any]:
    made = {"description": schema["description"]} if "description" in schema else {}
    if schema.get("default"):
        made["default"] = _written(TypeAdapter(timedelta).validate_python(schema["default"]))
    return {**_DURATION, **made}


def _written(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    return next(f"{seconds / size:g}{unit}" for unit, size in _UNITS_S if seconds % size == 0)
