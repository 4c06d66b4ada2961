# SPDX-License-Identifier: EUPL-1.2
"""Entities for readers of earlier versions of NGSI-LD: what those do not know is rewritten or left out (4.3.6.8)."""

import re
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from broker.ngsi.contexts import Context
from broker.ngsi.entities import VALUE_MEMBERS, Instance, State

Version: TypeAlias = tuple[int, int]

CURRENT: Final[Version] = (1, 9)
_VERSION: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]{1,3})?")

_KINDS: Final[dict[str, tuple[Version, str]]] = {
    "LanguageProperty": ((1, 4), "Property"),
    "JsonProperty": ((1, 8), "Property"),
    "VocabProperty": ((1, 8), "Property"),
    "ListProperty": ((1, 8), "Property"),
    "ListRelationship": ((1, 8), "Relationship"),
}
"""Since when there are attribute types, and what they are before."""

_MEMBERS: Final[dict[str, Version]] = {
    "expiresAt": (1, 9),
    "valueType": (1, 9),
    "objectType": (1, 8),
    "datasetId": (1, 3),
    "observedAt": (1, 3),
    "unitCode": (1, 3),
}
"""Since when there are members of attributes."""


def parse_version(text: str) -> Version | None:
    """A version such as `1.6`, no later than ours; None where it is none."""
    match = _VERSION.fullmatch(text)
    return None if match is None else min((int(match[1]), int(match[2])), CURRENT)


def amend(state: State, version: Version, context: Context) -> State:
    """The entity as readers of a version understand it; the same object where they understand it as it is."""
    attributes = {name: _amend(instances, version, context) for name, instances in state.attributes.items()}
    types = state.types[:1] if version < (1, 3) else state.types
    scopes = [] if version < (1, 4) else state.scopes
    if attributes == state.attributes and types == state.types and scopes == state.scopes:
        return state
    return replace(state, attributes=attributes, types=types, scopes=scopes)


def _amend(instances: list[Instance], version: Version, context: Context) -> list[Instance]:
    kept = instances[:1] if version < (1, 3) else instances
    return [_amend_instance(instance, version, context) for instance in kept]


def _amend_instance(instance: Instance, version: Version, context: Context) -> Instance:
    amended: dict[str, Any] = {}
    for name, member in instance.items():
        if ":" in name and type(member) is list:
            amended[name] = _amend(member, version, context)
        elif version >= _MEMBERS.get(name, (0, 0)):
            amended[name] = member
    since, kind = _KINDS.get(instance["type"], ((0, 0), ""))
    if version < since:
        value = _plain(amended.pop(VALUE_MEMBERS[instance["type"]]), instance["type"], context)
        amended |= {"type": kind, VALUE_MEMBERS[kind]: value}
    return amended


def _plain(value: Any, kind: str, context: Context) -> Any:
    """The value of a Property or Relationship that stands for one of a later type."""
    if kind == "ListRelationship" and type(value) is list:
        return [part["object"] for part in value]
    if kind == "VocabProperty":
        return [context.compact(word) for word in value] if type(value) is list else context.compact(value)
    return value
