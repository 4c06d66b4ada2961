# SPDX-License-Identifier: EUPL-1.2
"""What a message from a connector does to an entity.

Unlike an NGSI-LD write, a message may be late, repeated or out of order: an observation older than the current one goes
to history only, an equal one changes nothing, and where a time is missing the later message wins.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import orjson

from broker.ngsi.entities import NULL, VALUE_MEMBERS, Entity, Instance, State
from broker.ngsi.history import HistoryRow, to_deletion, to_row
from broker.ngsi.instants import from_instant, is_later

AHEAD: Final = timedelta(minutes=5)
_TIMES: Final = frozenset({"createdAt", "modifiedAt", "observedAt"})


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of an operation, in the forms that its functions need."""

    time: datetime
    text: str
    limit: str
    """The latest observedAt that is not ahead of this moment."""

    @classmethod
    def of(cls, time: datetime) -> "Moment":
        """The moment of `time`."""
        return cls(time, from_instant(time), from_instant(time + AHEAD))


@dataclass(frozen=True, slots=True)
class Observed:
    """The state afterwards (the same object where nothing changed), and what goes to history."""

    state: State
    rows: list[HistoryRow]


def observe(current: State | None, entity: Entity, now: Moment) -> Observed:
    """Apply the attributes of a message to the current state."""
    rows: list[HistoryRow] = []
    attributes = {} if current is None else current.attributes
    changed: dict[str, list[Instance]] = {}
    for name, incoming in entity.attributes.items():
        instances = attributes.get(name, [])
        for instance in incoming:
            instances = _observe_instance(name, instances, instance, now, rows)
        if instances is not attributes.get(name):
            changed[name] = instances
    return Observed(_next_state(current, entity, changed, now), rows)


def _next_state(current: State | None, entity: Entity, changed: dict[str, list[Instance]], now: Moment) -> State:
    if current is None:
        attributes = {name: instances for name, instances in changed.items() if instances}
        return State(entity.id, entity.types, attributes, entity.scopes or [], now.text, now.text)
    types = current.types
    if types != entity.types:
        types = types + [name for name in entity.types if name not in types]
    scopes = current.scopes if entity.scopes is None else entity.scopes
    if not changed and len(types) == len(current.types) and scopes == current.scopes:
        return current
    attributes = {**current.attributes, **changed}
    if not all(changed.values()):
        attributes = {name: instances for name, instances in attributes.items() if instances}
    return State(current.id, types, attributes, scopes, current.created_at, now.text)


def _observe_instance(
    name: str,
    instances: list[Instance],
    incoming: Instance,
    now: Moment,
    rows: list[HistoryRow],
) -> list[Instance]:
    """The instances of an attribute after one more; the same list where nothing changes."""
    dataset = incoming.get("datasetId")
    position, old = _find(instances, dataset)
    if incoming.get(VALUE_MEMBERS[incoming["type"]]) == NULL:
        if old is None:
            return instances
        rows.append(to_deletion(name, old, now.time))
        return [instance for instance in instances if instance is not old]
    if old is not None:
        if _is_repeat(old, incoming):
            return instances
        if _is_late(old, incoming, now):
            rows.append(to_row(name, incoming, now.time))
            return instances
    rows.append(to_row(name, incoming, now.time))
    fresh = {**incoming, "createdAt": now.text if old is None else old["createdAt"], "modifiedAt": now.text}
    if old is None:
        return [fresh, *instances] if dataset is None else [*instances, fresh]
    return [*instances[:position], fresh, *instances[position + 1 :]]


def _find(instances: list[Instance], dataset: str | None) -> tuple[int, Instance | None]:
    for position, instance in enumerate(instances):
        if instance.get("datasetId") == dataset:
            return position, instance
    return -1, None


def _is_late(old: Instance, incoming: Instance, now: Moment) -> bool:
    """Whether the current instance is newer; one that lies ahead of now never holds back a later message."""
    old_time, time = old.get("observedAt"), incoming.get("observedAt")
    if old_time is None or time is None or not is_later(old_time, time):
        return False
    return not (is_later(old_time, now.limit) and not is_later(time, now.limit))


def _is_repeat(old: Instance, incoming: Instance) -> bool:
    """Whether the message says again what is current: the same value at the same time, or at no time."""
    time = incoming.get("observedAt")
    if time is not None and time != old.get("observedAt"):
        return False
    if old.get(VALUE_MEMBERS[incoming["type"]]) != incoming.get(VALUE_MEMBERS[incoming["type"]]):
        return False
    return _content(old) == _content(incoming)


def _content(instance: Instance) -> bytes:
    """What an instance says, as bytes: `true` and `1` are equal in Python and not in JSON."""
    content = {name: member for name, member in instance.items() if name not in _TIMES}
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def ahead(entity: Entity, now: Moment) -> str | None:
    """The first attribute whose observedAt lies more than five minutes ahead of now, or None."""
    for name, instances in entity.attributes.items():
        for instance in instances:
            time = instance.get("observedAt")
            if time is not None and is_later(time, now.limit):
                return name
    return None
