# SPDX-License-Identifier: EUPL-1.2
"""Entities for readers of earlier versions of NGSI-LD: what those do not know is rewritten or left out (4.3.6.8)."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from msgspec.structs import replace

from broker.ngsi.contexts import Context
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Attributes, Instance, State
from broker.ngsi.history import SCOPE_IRI

Version: TypeAlias = tuple[int, int]

CURRENT: Final[Version] = (1, 9)
_FIRST: Final[Version] = (1, 0)
_SEVERAL: Final[Version] = (1, 3)
"""Since when an entity has several types and an attribute several instances."""

_SCOPES: Final[Version] = (1, 4)
_TIME: Final = frozenset({"observedAt"})
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
    """A version such as `1.6`, no later than ours and no earlier than the first; None where it is none."""
    match = _VERSION.fullmatch(text)
    return None if match is None else min(max((int(match[1]), int(match[2])), _FIRST), CURRENT)


def amend(state: State, version: Version, context: Context) -> State:
    """The entity as readers of a version understand it; the same object where they understand it as it is."""
    attributes = {name: _amend(instances, version, context) for name, instances in state.attributes.items()}
    types = amend_types(state.types, version)
    scopes = [] if version < _SCOPES else state.scopes
    expires_at = state.expires_at if version >= _MEMBERS["expiresAt"] else None
    amended = replace(state, attributes=attributes, types=types, scopes=scopes, expires_at=expires_at)
    return state if amended == state else amended


def amend_history(
    attributes: Attributes, kinds: Mapping[str, str], version: Version, context: Context
) -> tuple[Attributes, Mapping[str, str]]:
    """Instances of the past, and attribute types by name, for readers of a version; the same objects where nothing differs.

    What was observed when stays: without that there is no history.
    """
    gone = SCOPE_IRI if version < _SCOPES else None
    amended = {
        name: [_amend_instance(instance, version, context, keep=_TIME) for instance in _one_dataset(instances, version)]
        for name, instances in attributes.items()
        if name != gone
    }
    known = {name: _kind_before(kind, version) for name, kind in kinds.items() if name != gone}
    return attributes if amended == attributes else amended, kinds if known == kinds else known


def amend_types(types: list[str], version: Version) -> list[str]:
    """The types of an entity, of which early versions know one."""
    return types[:1] if version < _SEVERAL else types


def _one_dataset(instances: list[Instance], version: Version) -> list[Instance]:
    """Those of one dataset, the default one where there is one: early versions know no others."""
    datasets = {instance.get("datasetId") for instance in instances}
    if version >= _SEVERAL or len(datasets) < 2:
        return instances
    kept = None if None in datasets else instances[0]["datasetId"]
    return [instance for instance in instances if instance.get("datasetId") == kept]


def _kind_before(kind: str, version: Version) -> str:
    since, before = _KINDS.get(kind, ((0, 0), kind))
    return before if version < since else kind


def _amend(instances: list[Instance], version: Version, context: Context) -> list[Instance]:
    kept = instances[:1] if version < _SEVERAL else instances
    return [_amend_instance(instance, version, context) for instance in kept]


def _amend_instance(
    instance: Instance, version: Version, context: Context, *, keep: frozenset[str] = frozenset()
) -> Instance:
    amended: dict[str, Any] = {}
    for name, member in instance.items():
        if ":" in name and type(member) is list:
            amended[name] = _amend(member, version, context)
        elif name in keep or version >= _MEMBERS.get(name, (0, 0)):
            amended[name] = member
    kind = _kind_before(instance["type"], version)
    if kind != instance["type"]:
        value = _plain(amended.pop(VALUE_MEMBERS[instance["type"]]), instance["type"], context)
        amended |= {"type": kind, VALUE_MEMBERS[kind]: value}
    return amended


def _plain(value: Any, kind: str, context: Context) -> Any:
    """The value of a Property or Relationship that stands for one of a later type; what was deleted has none."""
    if value == {"@none": NULL}:
        return NULL
    if kind == "ListRelationship" and type(value) is list:
        return [part["object"] for part in value]
    if kind == "VocabProperty":
        return [context.compact(word) for word in value] if type(value) is list else context.compact(value)
    return value
