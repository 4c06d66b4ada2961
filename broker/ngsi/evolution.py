# SPDX-License-Identifier: EUPL-1.2
"""The temporal evolution of entities, as requests write it (ETSI GS CIM 009, 5.6.11 to 5.6.16).

Current state and history are one entity: what is told of the past becomes current where it is the newest.
"""

from typing import Any, Final

from msgspec.structs import replace

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import shown
from broker.ngsi.entities import NULL, Attributes, Entity, Instance, State
from broker.ngsi.history import HistoryRow, to_row, to_told_deletion
from broker.ngsi.instants import cut_instant, is_later, to_instant
from broker.ngsi.naming import Context
from broker.ngsi.observing import Moment, Observed, observe
from broker.ngsi.parsing import parse_attribute_fragment, parse_evolution_fragment, parse_temporal_entity
from broker.ngsi.patching import asks_deletion, fresh, next_state
from broker.ngsi.storage import freeze, thaw

_LISTS: Final = frozenset({"@context", "scope", "type", "@type"})
"""Members that are lists of something else than instances."""


def parse_evolution(body: Any, context: Context, *, whole: bool) -> Entity:
    """An entity (5.2.20), or attributes of one, with the instances of each; null stands for values only (5.5.4)."""
    if type(body) is dict:
        for name, member in body.items():
            if member == NULL:
                raise BadRequestData(f"Member {shown(name)} must not be {NULL}; only the value of an instance may be")
            if member == [] and name not in _LISTS:
                raise BadRequestData(f"Attribute {shown(name)} must have an instance; leave it out where it has none")
    parse = parse_temporal_entity if whole else parse_evolution_fragment
    return parse(body, context, tombstones=True)


def parse_correction(name: str, body: Any, context: Context) -> Instance:
    """The one instance that takes the place of another: alone, or in an array under the name of its attribute."""
    if type(body) is dict and type(body.get(name)) is list and len(body[name]) == 1:
        body = body[name][0]
    if type(body) is not dict:
        raise BadRequestData(f"Attribute {name!r}: the body must be one instance, not {shown(body)}", attribute=name)
    (instance,) = parse_attribute_fragment(name, body, context)
    return instance


def add_instances(current: State | None, entity: Entity, now: Moment) -> Observed:
    """Add instances: one of the same dataset and time is replaced, one whose value is null says that it was deleted."""
    told = {name: [one for one in instances if _is_told_deletion(one)] for name, instances in entity.attributes.items()}
    others: Attributes = {
        name: [one for one in instances if not _is_told_deletion(one)] for name, instances in entity.attributes.items()
    }
    observed = observe(current, replace(entity, attributes=others), now, may_be_ahead=True)
    rows = [*observed.rows, *[to_told_deletion(name, one) for name, deleted in told.items() for one in deleted]]
    state = _without_deleted(observed.state, told, now.text)
    return Observed(state, list({(row.attribute, row.dataset, to_instant(row.time)): row for row in rows}.values()))


def _is_told_deletion(instance: Instance) -> bool:
    return "observedAt" in instance and asks_deletion(instance)


def _without_deleted(state: State, told: Attributes, now: str) -> State:
    """The state without instances of which a deletion is told that is newer."""
    changed: Attributes = {}
    before = thaw(state)
    for name, deleted in told.items():
        newest = {one.get("datasetId"): one["observedAt"] for one in sorted(deleted, key=_observed_at)}
        old = before.attributes.get(name, [])
        left = [one for one in old if not _is_outdated(one, newest.get(one.get("datasetId")))]
        if len(left) < len(old):
            changed[name] = left
    return freeze(next_state(before, [], state.scopes, changed, now)) if changed else state


def _observed_at(instance: Instance) -> Any:
    return to_instant(instance["observedAt"])


def _is_outdated(instance: Instance, deleted_at: str | None) -> bool:
    return deleted_at is not None and "observedAt" in instance and is_later(deleted_at, instance["observedAt"])


def forget_attribute(state: State, attribute: str, dataset: str | None, *, delete_all: bool, now: str) -> State:
    """The state without an attribute, or one instance of it, of which history keeps nothing."""
    before = thaw(state)
    old = before.attributes.get(attribute, [])
    left = [] if delete_all else [one for one in old if one.get("datasetId") != dataset]
    if len(left) == len(old):
        return state
    return freeze(next_state(before, [], state.scopes, {attribute: left}, now))


def correct_instance(
    current: State, attribute: str, instance: Instance, time: str, *, observed: bool, now: str
) -> tuple[State, HistoryRow]:
    """Put an instance in the place of that of the same time; where that one is current, the new one is, too."""
    row = to_row(attribute, {**instance, "observedAt": time}, now)
    row = HistoryRow(row.attribute, row.dataset, row.time, observed, False, row.number, row.value)
    if not observed:
        return current, row
    before = thaw(current)
    old = before.attributes.get(attribute, [])
    new = [fresh(instance, one, now) if _is_same(one, instance, time) else one for one in old]
    if all(one is other for one, other in zip(old, new, strict=True)):
        return current, row
    return freeze(next_state(before, [], before.scopes, {attribute: new}, now)), row


def _is_same(stored: Instance, instance: Instance, time: str) -> bool:
    """Whether a current instance is that of this dataset and time."""
    if stored.get("datasetId") != instance.get("datasetId") or "observedAt" not in stored:
        return False
    return to_instant(cut_instant(stored["observedAt"])) == to_instant(time)
