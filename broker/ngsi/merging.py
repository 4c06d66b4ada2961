# SPDX-License-Identifier: EUPL-1.2
"""Merging: what is told goes into what is stored, to any depth (RFC 7396; ETSI GS CIM 009, 5.5.12).

`urn:ngsi-ld:null` takes away what it stands for: an attribute, an instance, a member, a key of an object. An attribute
that does not say its type keeps the one that it has.
"""

from typing import Any

from msgspec import Struct

from allmende.errors import BadRequestData
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Attributes, Entity, Instance, State
from broker.ngsi.geometry import looks_like_geometry
from broker.ngsi.instances import BARE, PLACES, check_special, read_value, require_value_type, wrong
from broker.ngsi.members import INSTANCE_NAMES, KINDS_WITH, VALUE_NAMES
from broker.ngsi.naming import Context
from broker.ngsi.patching import fresh, next_state, tells_expiry_only, with_expiry


class Merge(Struct, frozen=True, gc=False):
    """What an entity is merged with: parts of instances, and what the request says of all of them."""

    fragment: Entity
    context: Context
    observed_at: str | None = None
    """The time of attributes that have one and are told without."""
    lang: str | None = None
    """The language of texts that are told without one."""
    keeps_types: bool = False
    """Whether an attribute of another type is an error."""


def merge_entity(current: State, patch: Merge, now: str) -> State:
    """Merge Entity (5.6.17)."""
    changed: Attributes = {}
    for iri, parts in patch.fragment.attributes.items():
        old = current.attributes.get(iri, [])
        new = _merge_instances(iri, old, parts, patch)
        if new is not old:
            changed[iri] = _touched(new, old, parts, patch, now)
    scopes = current.scopes if patch.fragment.scopes is None else patch.fragment.scopes
    state = next_state(current, patch.fragment.types, scopes, changed, now)
    return with_expiry(state, patch.fragment, now)


def _touched(new: list[Instance], old: list[Instance], parts: list[Instance], patch: Merge, now: str) -> list[Instance]:
    """Merged instances, those that are not as before with their times."""
    before = {instance.get("datasetId"): instance for instance in old}
    told = {part.get("datasetId"): part for part in parts}
    instances: list[Instance] = []
    for instance in new:
        dataset = instance.get("datasetId")
        known = before.get(dataset)
        instances.append(instance if instance is known else _timed(instance, known, told[dataset], patch, now))
    return instances


def _timed(instance: Instance, old: Instance | None, part: Instance, patch: Merge, now: str) -> Instance:
    """A merged instance with its times; the common one where it has had an observedAt and is told none."""
    if old is not None and old["type"] == instance["type"] and tells_expiry_only(part):
        return instance
    if patch.observed_at is not None and "observedAt" in instance and "observedAt" not in part:
        instance = {**instance, "observedAt": patch.observed_at}
    return fresh(instance, instance, now)


def _merge_instances(iri: str, old: list[Instance], parts: list[Instance], patch: Merge) -> list[Instance]:
    """The instances of an attribute afterwards, the default one first; the same list where nothing changes."""
    instances = {instance.get("datasetId"): instance for instance in old}
    touched = False
    for part in parts:
        dataset = part.get("datasetId")
        merged = _merge_instance(iri, instances.get(dataset), part, patch)
        if merged is not None:
            instances[dataset] = merged
        touched |= merged is not None or instances.pop(dataset, None) is not None
    return sorted(instances.values(), key=lambda instance: "datasetId" in instance) if touched else old


def _merge_instance(iri: str, old: Instance | None, part: Instance, patch: Merge) -> Instance | None:
    """An instance afterwards; None where it is to be deleted."""
    if any(part.get(member) == NULL for member in (BARE, *VALUE_NAMES)):
        return None
    part = part if old is None else _without_sub_attributes(old, part, patch)
    kind = _kind(iri, old, part)
    if patch.keeps_types and old is not None and kind != old["type"]:
        raise _wrong(iri, patch, f"it is a {old['type']}, and simplified data must not make it a {kind}")
    member = VALUE_MEMBERS[kind]
    before = {} if old is None else _kept(old, kind)
    merged = {"type": kind, member: before.get(member), **before}
    merged["type"] = kind
    if BARE in part or member in part:
        merged[member] = _merge_value(iri, kind, before.get(member), part, patch)
    elif member not in before:
        raise _wrong(iri, patch, f"a {kind} needs {member!r}")
    for key, change in part.items():
        if key not in {"type", BARE, member}:
            _merge_member(iri, key, change, merged, patch)
    name = patch.context.compact(iri)
    check_special(name, merged, is_place=iri in PLACES)
    require_value_type(name, kind, merged.get("valueType"))
    return merged


def _without_sub_attributes(old: Instance, part: Instance, patch: Merge) -> Instance:
    """The part; where it is an object that does nothing but take sub-attributes away, one that says so."""
    told = part.get(BARE)
    if type(told) is not dict or not told or any(change != NULL for change in told.values()):
        return part
    gone = {patch.context.expand(name) for name in told}
    return {name: [{BARE: NULL}] for name in gone} if gone <= old.keys() else part


def _kind(iri: str, old: Instance | None, part: Instance) -> str:
    """The type of an attribute afterwards: the one that is told, else the one that it has, else what its value shows."""
    if "type" in part:
        return str(part["type"])
    if old is not None and ("value" not in part or VALUE_MEMBERS[old["type"]] == "value"):
        return str(old["type"])
    value = part.get(BARE, part.get("value"))
    return "GeoProperty" if iri in PLACES or looks_like_geometry(value) else "Property"


def _kept(old: Instance, kind: str) -> Instance:
    """What an instance of this type keeps of the old one, whose type may be another."""
    if old["type"] == kind:
        return old
    dropped = {VALUE_MEMBERS[old["type"]], *(name for name, kinds in KINDS_WITH.items() if kind not in kinds)}
    return {name: member for name, member in old.items() if name not in dropped}


def _merge_value(iri: str, kind: str, old: Any, part: Instance, patch: Merge) -> Any:
    told = part.get(BARE, part.get(VALUE_MEMBERS[kind]))
    if type(told) is dict:
        told = merge_value(old, told)
    elif BARE not in part and "type" in part:
        return told  # it was read as what it is
    elif kind == "LanguageProperty" and patch.lang is not None:
        told = merge_value(old, {patch.lang: told})
    return read_value(patch.context.compact(iri), kind, told, patch.context)


def merge_value(old: Any, told: Any) -> Any:
    """RFC 7396: keys of objects are merged, null takes them away, everything else is replaced."""
    if type(told) is not dict:
        return told
    merged = dict(old) if type(old) is dict else {}
    for key, change in told.items():
        if change is None or change == NULL:
            merged.pop(key, None)
        else:
            merged[key] = merge_value(merged.get(key), change)
    return merged


def _merge_member(iri: str, key: str, change: Any, merged: Instance, patch: Merge) -> None:
    """Take one member of a part that is not its value: what NGSI-LD defines, or a sub-attribute."""
    if key not in INSTANCE_NAMES:
        change = _merge_instances(key, merged.get(key, []), change, patch)
    elif key in KINDS_WITH and merged["type"] not in KINDS_WITH[key]:
        raise _wrong(iri, patch, f"a {merged['type']} must not hold {key!r}")
    if change in (NULL, []):
        merged.pop(key, None)
    else:
        merged[key] = change


def _wrong(iri: str, patch: Merge, remedy: str) -> BadRequestData:
    return wrong(patch.context.compact(iri), remedy)
