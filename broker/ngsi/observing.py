# SPDX-License-Identifier: EUPL-1.2
"""What a message from a connector does to an entity.

Unlike an NGSI-LD write, a message may be late, repeated or out of order: an observation older than the current one goes
to history only, an equal one changes nothing, and where a time is missing the later message wins.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from msgspec import Struct

from allmende.errors import BadRequestData
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Entity, Instance, State
from broker.ngsi.history import HistoryRow, to_deletion, to_row
from broker.ngsi.instants import from_instant, is_later
from broker.ngsi.storage import keep_times

AHEAD: Final = timedelta(minutes=5)
_NEVER: Final = "9999-12-31T23:59:59Z"
_NONE: Final[list[Instance]] = []


class Moment(Struct, frozen=True, gc=False):
    """The time of an operation, in the forms that its functions need."""

    time: datetime
    text: str
    limit: str
    """The latest observedAt that is not ahead of this moment."""

    @classmethod
    def of(cls, time: datetime) -> "Moment":
        """The moment of `time`."""
        return cls(time, from_instant(time), from_instant(time + AHEAD))


class Observed(Struct, frozen=True):
    """The state afterwards (the same object where nothing changed), and what goes to history."""

    state: State
    rows: list[HistoryRow]


def observe(current: State | None, entity: Entity, now: Moment, *, may_be_ahead: bool = False) -> Observed:
    """Apply the attributes of a message to the current state, both in short form.

    BadRequestData where an observedAt lies more than five minutes ahead of now and may not.
    """
    rows: list[HistoryRow] = []
    attributes = {} if current is None else current.attributes
    limit = _NEVER if may_be_ahead else now.limit
    checked = None
    changed: dict[str, list[Instance]] = {}
    for name, incoming in entity.attributes.items():
        instances = known = attributes.get(name, _NONE)
        if len(known) == 1 == len(incoming) and "observedAt" not in incoming[0] and _is_repeat(known[0], incoming[0]):
            continue
        for instance in incoming:
            time = instance.get("observedAt")
            if time is not None and time != checked:
                if is_later(time, limit):
                    raise _ahead(name)
                checked = time
            instances = _observe_instance(name, instances, instance, time, now, rows)
        if instances is known:
            continue
        if current is not None and not len(instances) == len(known) == len(incoming) == 1:
            instances = _explain_times(current, known, instances, now)
        changed[name] = instances
    if current is None:
        attributes = {name: instances for name, instances in changed.items() if instances}
        expires = None if entity.expires_at == NULL else entity.expires_at
        return Observed(
            State(entity.id, entity.types, attributes, entity.scopes or [], now.text, now.text, expires), rows
        )
    return Observed(_next_state(current, entity, changed, now), rows)


def _ahead(name: str) -> BadRequestData:
    return BadRequestData(
        f"Attribute {name!r}: observedAt must not lie more than 5 minutes ahead; check the clock and the time zone",
        attribute=name,
    )


def _explain_times(current: State, known: list[Instance], instances: list[Instance], now: Moment) -> list[Instance]:
    """Instances whose times are not the entity's: createdAt of new ones, modifiedAt of those that stay as they are."""
    if len(instances) == len(known) == 1 and instances[0].get("datasetId") == known[0].get("datasetId"):
        return instances
    kept = {id(instance) for instance in known}
    datasets = {instance.get("datasetId") for instance in known}
    explained = []
    for instance in instances:
        if id(instance) in kept:
            explained += keep_times([instance], current.modified_at)
        elif instance.get("datasetId") not in datasets:
            explained.append({**instance, "createdAt": now.text})
        else:
            explained.append(instance)
    return explained


def _next_state(current: State, entity: Entity, changed: dict[str, list[Instance]], now: Moment) -> State:
    types = current.types
    if types != entity.types:
        types = types + [name for name in entity.types if name not in types]
    scopes = current.scopes if entity.scopes is None else entity.scopes
    expires = current.expires_at
    if entity.expires_at is not None:
        expires = None if entity.expires_at == NULL else entity.expires_at
    if not changed and len(types) == len(current.types) and scopes == current.scopes and expires == current.expires_at:
        return current
    attributes = {**current.attributes, **changed}
    for name in current.attributes.keys() - changed.keys():
        attributes[name] = keep_times(attributes[name], current.modified_at)
    if not all(changed.values()):
        attributes = {name: instances for name, instances in attributes.items() if instances}
    return State(current.id, types, attributes, scopes, current.created_at, now.text, expires)


def _observe_instance(
    name: str,
    instances: list[Instance],
    incoming: Instance,
    time: str | None,
    now: Moment,
    rows: list[HistoryRow],
) -> list[Instance]:
    """The instances of an attribute after one more; the same list where nothing changes."""
    dataset = incoming.get("datasetId")
    is_alone = len(instances) == 1 and instances[0].get("datasetId") == dataset
    position = 0 if is_alone else _position(instances, dataset)
    if incoming.get(VALUE_MEMBERS[incoming["type"]]) == NULL:
        if position is None:
            return instances
        rows.append(to_deletion(name, instances[position], now.text))
        return instances[:position] + instances[position + 1 :]
    if position is None:
        rows.append(to_row(name, incoming, now.text))
        return [incoming, *instances] if dataset is None else [*instances, incoming]
    old = instances[position]
    old_time = old.get("observedAt")
    if time is None or time == old_time:
        if _is_repeat(old, incoming):
            return instances
    elif old_time is not None and is_later(old_time, time) and not _gives_way(old_time, time, now):
        rows.append(to_row(name, incoming, now.text))
        return instances
    rows.append(to_row(name, incoming, now.text))
    if "createdAt" in old:
        incoming = {**incoming, "createdAt": old["createdAt"]}
    return [incoming] if is_alone else [*instances[:position], incoming, *instances[position + 1 :]]


def _position(instances: list[Instance], dataset: str | None) -> int | None:
    for position, instance in enumerate(instances):
        if instance.get("datasetId") == dataset:
            return position
    return None


def _gives_way(old_time: str, time: str, now: Moment) -> bool:
    """Whether the current observation lies ahead of now, and the other does not: it never holds back a later message."""
    return is_later(old_time, now.limit) and not is_later(time, now.limit)


def _is_repeat(old: Instance, incoming: Instance) -> bool:
    """Whether a message of the same time, or of none, says again what is current."""
    if not incoming.items() <= old.items():
        return False
    if len(old) > len(incoming) and not _TIMES.issuperset(old.keys() - incoming.keys()):
        return False
    for name, member in incoming.items():
        if type(member) is not str and not _is_same_json(old[name], member):
            return False
    return True


def _is_same_json(one: Any, other: Any) -> bool:
    """Whether values that are equal are the same JSON: `true`, `1` and `1.0` are equal in Python only."""
    return orjson.dumps(one, option=_SORTED) == orjson.dumps(other, option=_SORTED)


_TIMES: Final = frozenset({"createdAt", "modifiedAt", "observedAt"})
_SORTED: Final = orjson.OPT_SORT_KEYS
