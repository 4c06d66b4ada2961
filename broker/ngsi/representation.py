# SPDX-License-Identifier: EUPL-1.2
"""Entities as answers show them: normalized, concise or simplified, in the words of an @context (4.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from broker.ngsi.contexts import Context
from broker.ngsi.entities import VALUE_MEMBERS, Attributes, Instance, State
from broker.ngsi.geometry import looks_like_geometry
from broker.ngsi.members import INSTANCE_NAMES
from broker.ngsi.storage import thaw

Form: TypeAlias = Literal["normalized", "concise", "simplified"]

_NAMES: Final = INSTANCE_NAMES | {"type", "lang", "entity", "entityList"}
_TIMES: Final = frozenset({"createdAt", "modifiedAt", "expiresAt"})
_TERMS: Final = frozenset({"vocab", "objectType", "valueType"})
_UNCHANGED: Final = _NAMES - _TERMS - {"expiresAt"}
_SHOWN: Final = _UNCHANGED - {"createdAt", "modifiedAt"}
"""Members of an instance that are nothing but these are shown as they are stored."""
_BARE: Final = frozenset({"value", "object", "valueList", "objectList"})
_PLURALS: Final = {
    "value": "values",
    "object": "objects",
    "languageMap": "languageMaps",
    "vocab": "vocabs",
    "json": "jsons",
    "valueList": "valueLists",
    "objectList": "objectLists",
}


@dataclass(frozen=True, slots=True)
class Representation:
    """What an answer shows: its form, whether with system attributes, and which attributes (None: all)."""

    form: Form
    sys_attrs: bool = False
    attrs: frozenset[str] | None = None


def render(state: State, context: Context, representation: Representation) -> dict[str, Any]:
    """An entity with its names compacted, without `@context`; it may share parts with the state, so change neither."""
    if representation.sys_attrs:
        state = thaw(state)
    is_plain = representation.form == "normalized" and not representation.sys_attrs
    document = _head(state.id, state.types, context)
    if state.scopes:
        document["scope"] = state.scopes[0] if len(state.scopes) == 1 else state.scopes
    if representation.sys_attrs:
        document["createdAt"] = state.created_at
        document["modifiedAt"] = state.modified_at
        if state.expires_at is not None:
            document["expiresAt"] = state.expires_at
    for name, instances in state.attributes.items():
        if representation.attrs is None or name in representation.attrs:
            document[context.compact(name)] = (
                instances[0]
                if is_plain and len(instances) == 1 and _SHOWN.issuperset(instances[0])
                else _render_attribute(instances, context, representation)
            )
    return document


@dataclass(frozen=True, slots=True)
class Told:
    """An entity whose evolution is told; without times of its own where it does not exist any more."""

    id: str
    types: list[str]
    created_at: str | None = None
    modified_at: str | None = None
    deleted_at: str | None = None


def render_temporal(
    entity: Told,
    attributes: Attributes,
    empty: Mapping[str, str],
    context: Context,
    representation: Representation,
    *,
    temporal_values: bool,
    timeproperty: str = "observedAt",
) -> dict[str, Any]:
    """The temporal evolution of an entity: lists of instances, or of values with their times (4.5.6, 4.5.9).

    `empty` are the attribute types of attributes none of whose instances are told.
    """
    document = _head(entity.id, entity.types, context)
    if representation.sys_attrs:
        times = {"createdAt": entity.created_at, "modifiedAt": entity.modified_at, "deletedAt": entity.deleted_at}
        document |= {name: time for name, time in times.items() if time is not None}
    for name, instances in attributes.items():
        document[context.compact(name)] = (
            _render_values(instances, context, timeproperty)
            if temporal_values
            else [_render_instance(instance, context, representation) for instance in instances]
        )
    for name, kind in empty.items():
        document[context.compact(name)] = {"type": kind, _PLURALS[VALUE_MEMBERS[kind]]: []} if temporal_values else []
    return document


def _head(entity_id: str, types: list[str], context: Context) -> dict[str, Any]:
    names = [context.compact(name) for name in types]
    return {"id": entity_id, "type": names[0] if len(names) == 1 else names}


def _render_attribute(instances: list[Instance], context: Context, representation: Representation) -> Any:
    if representation.form == "simplified":
        if len(instances) == 1:
            return _simplified(instances[0], context)
        return {"dataset": {part.get("datasetId", "@none"): _simplified(part, context) for part in instances}}
    if len(instances) > 1:
        return [_render_instance(instance, context, representation) for instance in instances]
    shown = _render_instance(instances[0], context, representation)
    if representation.form == "concise" and shown.keys() == {"value"} and _may_stand_alone(shown["value"]):
        return shown["value"]
    return shown


def _render_instance(instance: Instance, context: Context, representation: Representation) -> dict[str, Any]:
    shown: dict[str, Any]
    if representation.form == "normalized" and _UNCHANGED.issuperset(instance):
        shown = instance.copy()
        if not representation.sys_attrs:
            shown.pop("createdAt", None)
            shown.pop("modifiedAt", None)
        return shown
    shown = {}
    for name, member in instance.items():
        if name in _TIMES:
            if representation.sys_attrs:
                shown[name] = member
        elif name not in _NAMES:
            shown[context.compact(name)] = _render_attribute(member, context, representation)
        elif name in _TERMS:
            shown[name] = _compacted(member, context)
        elif name != "type" or representation.form != "concise" or _needs_type(instance):
            shown[name] = member
    return shown


def _needs_type(instance: Instance) -> bool:
    """Whether the concise form of an instance would be read as another type."""
    return instance["type"] == "Property" and looks_like_geometry(instance["value"])


def _may_stand_alone(value: Any) -> bool:
    """Whether a value means the same without its `value` member."""
    return looks_like_geometry(value) or type(value) not in {dict, list}


def _simplified(instance: Instance, context: Context) -> Any:
    member = VALUE_MEMBERS[instance["type"]]
    value = instance[member]
    if member == "objectList" and type(value) is list:
        return [part["object"] for part in value]
    if member == "vocab":
        value = _compacted(value, context)
    return value if member in _BARE else {member: value}


def _compacted(terms: Any, context: Context) -> Any:
    return [context.compact(term) for term in terms] if type(terms) is list else context.compact(terms)


def _render_values(instances: list[Instance], context: Context, timeproperty: str) -> Any:
    """Values with their times; one object per dataset (4.5.9)."""
    groups: dict[tuple[str, str | None], list[Any]] = {}
    for instance in instances:
        key = (instance["type"], instance.get("datasetId"))
        time = instance.get(timeproperty, instance.get("modifiedAt"))
        groups.setdefault(key, []).append([_simplified(instance, context), time])
    documents: list[dict[str, Any]] = []
    for (kind, dataset), values in groups.items():
        document = {"type": kind} if dataset is None else {"type": kind, "datasetId": dataset}
        documents.append({**document, _PLURALS[VALUE_MEMBERS[kind]]: values})
    return documents[0] if len(documents) == 1 else documents
