# SPDX-License-Identifier: EUPL-1.2
"""Writes as functions from what an entity is to what it becomes (ETSI GS CIM 009, 5.5.4, 5.6).

What a write does not touch stays the identical object, so that history sees at once what changed, and a write that
changes nothing gives the same state; nothing is mutated.
"""

from typing import Final

from msgspec.structs import replace as change

from allmende.errors import AlreadyExists, BadRequestData, NotFound
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Attributes, Entity, Instance, Patched, State
from broker.ngsi.geometry import parse_geometry
from broker.ngsi.instances import PLACES, check_special, require_value_type
from broker.ngsi.members import INSTANCE_NAMES, KINDS_WITH
from broker.ngsi.nearness import did_you_mean_iri

_EXISTS: Final = "The attribute exists already"
_NO_SCOPE: Final = "The entity has no scope"
_EXPIRY: Final = frozenset({"expiresAt", "type", "datasetId"})
SCOPE: Final = "scope"


def create(current: State | None, entity: Entity, now: str) -> State:
    """Create Entity (5.6.1), in short form: every instance is as old as the entity."""
    if current is not None:
        raise AlreadyExists(f"Entity {entity.id} already exists")
    return State(entity.id, entity.types, entity.attributes, entity.scopes or [], now, now, entity.expires_at)


def replace(current: State | None, entity: Entity, now: str) -> State:
    """Create an entity, or replace one: only its createdAt stays (5.6.8, 5.6.18)."""
    attributes = {name: [fresh(instance, None, now) for instance in new] for name, new in entity.attributes.items()}
    created_at = now if current is None else current.created_at
    return State(entity.id, entity.types, attributes, entity.scopes or [], created_at, now, entity.expires_at)


def upsert_update(current: State | None, entity: Entity, now: str) -> State:
    """One entity of a batch upsert with `options=update` (5.6.8)."""
    if current is None:
        return replace(None, entity, now)
    return append_attributes(current, entity, now, overwrite=True).state


def append_attributes(current: State, fragment: Entity, now: str, *, overwrite: bool) -> Patched:
    """Append Attributes (5.6.3); without `overwrite`, instances that exist stay as they are."""
    changed: Attributes = {}
    updated: list[str] = []
    kept: list[tuple[str, str]] = []
    for name, incoming in fragment.attributes.items():
        old = current.attributes.get(name, [])
        new = _united(old, incoming, now, overwrite=overwrite)
        if new is not old:
            changed[name] = new
            updated.append(name)
        if not overwrite and _datasets(old) & _datasets(incoming):
            kept.append((name, _EXISTS))
    scopes = current.scopes
    if fragment.scopes is not None:
        scopes = fragment.scopes if overwrite else _joined(scopes, fragment.scopes)
    state = with_expiry(next_state(current, fragment.types, scopes, changed, now), fragment, now)
    return Patched(state, updated, kept)


def update_attributes(current: State, fragment: Entity, now: str) -> Patched:
    """Update Attributes (5.6.2): each instance is replaced whole, unknown ones are appended, null deletes."""
    changed: Attributes = {}
    updated: list[str] = []
    missed: list[tuple[str, str]] = []
    for name, incoming in fragment.attributes.items():
        old = current.attributes.get(name, [])
        if all(asks_deletion(instance) for instance in incoming) and not _datasets(old) & _datasets(incoming):
            missed.append((name, "The attribute does not exist"))
            continue
        changed[name] = _united(old, incoming, now, overwrite=True)
        updated.append(name)
    scopes = current.scopes
    if fragment.scopes is not None:
        if scopes:
            scopes = fragment.scopes
            updated.append(SCOPE)
        else:
            missed.append((SCOPE, _NO_SCOPE))
    state = with_expiry(next_state(current, fragment.types, scopes, changed, now), fragment, now)
    return Patched(state, updated, missed)


def replace_attribute(current: State, attribute: str, instances: list[Instance], now: str) -> State:
    """Replace Attribute (5.6.19): each instance must exist, and keeps nothing but its createdAt."""
    old = _require_attribute(current, attribute)
    for instance in instances:
        _require_instance(old, attribute, instance.get("datasetId"))
    changed = {attribute: _united(old, instances, now, overwrite=True)}
    return next_state(current, [], current.scopes, changed, now)


def partial_update(current: State, attribute: str, fragment: Instance, now: str) -> State:
    """Partial Attribute Update (5.6.4): members that are not mentioned stay."""
    dataset = fragment.get("datasetId")
    instances = _require_attribute(current, attribute)
    old = _require_instance(instances, attribute, dataset)
    kind = fragment.get("type", old["type"])
    if kind != old["type"]:
        raise BadRequestData(f"Attribute {attribute} is a {old['type']} and must not become a {kind} here")
    member = VALUE_MEMBERS[kind]
    _check_members(attribute, kind, fragment)
    if fragment.get(member) == NULL:
        return delete_attribute(current, attribute, dataset, delete_all=False, now=now)
    if kind == "GeoProperty" and member in fragment:
        fragment = {**fragment, "value": parse_geometry(fragment["value"], f"Attribute {attribute}: 'value'")}
    new = _without_nulls({**old, **fragment})
    if not tells_expiry_only(fragment):
        new = fresh(new, old, now)
    changed = {attribute: [new if instance is old else instance for instance in instances]}
    return next_state(current, [], current.scopes, changed, now)


def _without_nulls(instance: Instance) -> Instance:
    """An instance without the members and sub-attributes that ask for their deletion."""
    kept: Instance = {}
    for name, member in instance.items():
        if name in INSTANCE_NAMES or name == "type":
            if member != NULL:
                kept[name] = member
        elif left := [one for one in member if not asks_deletion(one)]:
            kept[name] = left
    return kept


def _check_members(attribute: str, kind: str, fragment: Instance) -> None:
    """Refuse members that only other attribute types have; a fragment alone does not tell its type."""
    if "value" in fragment and VALUE_MEMBERS[kind] != "value":
        raise BadRequestData(f"Attribute {attribute} is a {kind}: it has {VALUE_MEMBERS[kind]!r}, not 'value'")
    for name, kinds in KINDS_WITH.items():
        if name in fragment and kind not in kinds:
            raise BadRequestData(f"Attribute {attribute} is a {kind} and must not hold {name!r}")
    require_value_type(attribute, kind, fragment.get("valueType"))
    if fragment.get("value", NULL) != NULL:
        check_special(attribute, {**fragment, "type": kind}, is_place=attribute in PLACES)


def delete_attribute(current: State, attribute: str, dataset: str | None, delete_all: bool, now: str) -> State:  # noqa: FBT001 - callers name it
    """Delete Attribute (5.6.5): the default instance, that of a dataset, or all; `scope` deletes all scopes."""
    if attribute == SCOPE:
        if not current.scopes:
            raise NotFound(f"{_NO_SCOPE}, so none can be deleted")
        if dataset is not None and not delete_all:
            raise NotFound(f"A scope has no datasets, so there is none of dataset {dataset}")
        return next_state(current, [], [], {}, now)
    instances = _require_attribute(current, attribute)
    left: list[Instance] = []
    if not delete_all:
        old = _require_instance(instances, attribute, dataset)
        left = [instance for instance in instances if instance is not old]
    return next_state(current, [], current.scopes, {attribute: left}, now)


def tells_expiry_only(part: Instance) -> bool:
    """Whether part of an instance tells nothing but when it expires: that modifies no value, and history tells none."""
    return "expiresAt" in part and part.keys() <= _EXPIRY


def asks_deletion(instance: Instance) -> bool:
    """Whether the value of an instance in a request is `urn:ngsi-ld:null`."""
    return bool(instance[VALUE_MEMBERS[instance["type"]]] == NULL)


def _united(old: list[Instance], incoming: list[Instance], now: str, *, overwrite: bool) -> list[Instance]:
    """The instances after a write, the default one first; the same list where nothing changes."""
    if overwrite and len(old) == 1 == len(incoming) and old[0].get("datasetId") == incoming[0].get("datasetId"):
        return [] if asks_deletion(incoming[0]) else [fresh(incoming[0], old[0], now)]
    instances = {instance.get("datasetId"): instance for instance in old}
    touched = False
    for instance in incoming:
        dataset = instance.get("datasetId")
        present = instances.get(dataset)
        if asks_deletion(instance):
            touched |= instances.pop(dataset, None) is not None
        elif overwrite or present is None:
            instances[dataset] = fresh(instance, present, now)
            touched = True
    if not touched:
        return old
    return sorted(instances.values(), key=lambda instance: "datasetId" in instance)


def fresh(instance: Instance, old: Instance | None, now: str) -> Instance:
    """An instance as it is stored, with its sub-attributes; createdAt stays that of the old one."""
    created_at = now if old is None else old.get("createdAt", now)
    return {**instance, "createdAt": created_at, "modifiedAt": now}


def next_state(current: State, types: list[str], scopes: list[str], changed: Attributes, now: str) -> State:
    """The state with more types, other scopes and changed attributes; the same one where none of it changes anything."""
    types = _joined(current.types, types)
    if not changed and types == current.types and scopes == current.scopes:
        return current
    attributes = {name: instances for name, instances in {**current.attributes, **changed}.items() if instances}
    return State(current.id, types, attributes, scopes, current.created_at, now, current.expires_at)


def with_expiry(state: State, fragment: Entity, now: str) -> State:
    """The state with the time to expire that a fragment tells; the same one where it tells none, or no other."""
    told = state.expires_at if fragment.expires_at is None else fragment.expires_at
    expires_at = None if told == NULL else told
    return state if expires_at == state.expires_at else change(state, expires_at=expires_at, modified_at=now)


def _joined(old: list[str], new: list[str]) -> list[str]:
    return old + [name for name in new if name not in old]


def _datasets(instances: list[Instance]) -> set[str | None]:
    return {instance.get("datasetId") for instance in instances}


def _require_attribute(current: State, attribute: str) -> list[Instance]:
    if attribute not in current.attributes:
        hint = did_you_mean_iri(attribute, current.attributes)
        raise NotFound(f"Entity {current.id} has no attribute {attribute}{hint}")
    return current.attributes[attribute]


def _require_instance(instances: list[Instance], attribute: str, dataset: str | None) -> Instance:
    for instance in instances:
        if instance.get("datasetId") == dataset:
            return instance
    where = "default instance" if dataset is None else f"instance of dataset {dataset}"
    raise NotFound(f"Attribute {attribute} has no {where}")
