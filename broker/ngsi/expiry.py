# SPDX-License-Identifier: EUPL-1.2
"""Transient data: what is over at its `expiresAt` (ETSI GS CIM 009, 4.22)."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from broker.ngsi.entities import Instance, State
from broker.ngsi.instants import is_later
from broker.ngsi.members import INSTANCE_NAMES
from broker.ngsi.storage import freeze, thaw

Lost = tuple[str, str | None]
"""Attribute and dataset of an instance that is over."""


def living(state: State | None, now: str) -> State | None:
    """What of an entity in short form is not over; the same object where nothing is, None where the whole entity is."""
    if state is None or not state.is_transient:
        return state
    if state.expires_at is not None and not is_later(state.expires_at, now):
        return None
    if not any(not is_later(time, now) for time in _times(state)):
        return state
    attributes = {name: _living(instances, now) for name, instances in thaw(state).attributes.items()}
    left = {name: instances for name, instances in attributes.items() if instances}
    return freeze(replace(state, attributes=left, modified_at=now))


def lost_instances(state: State, now: str) -> list[Lost]:
    """The attribute instances of an entity that are over."""
    return [
        (name, instance.get("datasetId"))
        for name, instances in state.attributes.items()
        for instance in instances
        if _is_over(instance, now)
    ]


def earliest_expiry(state: State) -> str | None:
    """When something of an entity is over for the first time."""
    earliest = state.expires_at
    for time in _times(state):
        if earliest is None or is_later(earliest, time):
            earliest = time
    return earliest


def _living(instances: Iterable[Instance], now: str) -> list[Instance]:
    """The instances that are not over, without sub-attributes that are."""
    left = []
    for instance in instances:
        if _is_over(instance, now):
            continue
        parts = {name: _living(instance[name], now) for name in _sub_attributes(instance)}
        gone = {name for name, part in parts.items() if not part}
        left.append({name: parts.get(name, member) for name, member in instance.items() if name not in gone})
    return left


def _is_over(instance: Instance, now: str) -> bool:
    return "expiresAt" in instance and not is_later(instance["expiresAt"], now)


def _times(state: State) -> Iterator[str]:
    for instances in state.attributes.values():
        yield from _times_of(instances)


def _times_of(instances: Iterable[Instance]) -> Iterator[str]:
    for instance in instances:
        if "expiresAt" in instance:
            yield instance["expiresAt"]
        for name in _sub_attributes(instance):
            yield from _times_of(instance[name])


def _sub_attributes(instance: Instance) -> list[str]:
    return [name for name in instance if name not in INSTANCE_NAMES and name != "type"]
