# SPDX-License-Identifier: EUPL-1.2
"""Attribute instances as rows of history, and back.

A row holds the value of a Property where it is a number, and what remains of the instance where anything does. So an
ordinary observation is a number and a unit, and aggregation needs no look into JSON.
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from msgspec import Struct

from broker.ngsi.core_terms import CORE_TERMS
from broker.ngsi.entities import NULL, VALUE_MEMBERS, Attributes, Instance
from broker.ngsi.instants import MICROSECONDS, cut_instant, from_instant, short_instant, to_instant

SCOPE_IRI: Final = CORE_TERMS["scope"]
"""The name under which history keeps scopes, which are no attribute (4.5.6)."""

_SYSTEM: Final = ("observedAt", "createdAt", "modifiedAt", "expiresAt", "datasetId")
_EXACT: Final = 2**53


class HistoryRow(Struct, frozen=True, gc=False):
    """One instance at one time, a DateTime; `dataset` None is the default instance."""

    attribute: str
    dataset: str | None
    time: str
    observed: bool
    deleted: bool
    number: float | None
    value: str | None


class Erasure(Struct, frozen=True, gc=False):
    """What of an entity's history is to go: all of it, or that of an attribute, of one of its datasets, at one time."""

    seq: int
    attribute: str | None = None
    dataset: str | None = None
    """None is the default instance, or with `datasets` all of them."""
    datasets: bool = True
    time: str | None = None

    def covers(self, row: HistoryRow) -> bool:
        """Whether a row goes."""
        return (
            (self.attribute is None or self.attribute == row.attribute)
            and (self.datasets or self.dataset == row.dataset)
            and (self.time is None or to_instant(self.time) == to_instant(row.time))
        )


def to_row(attribute: str, instance: Instance, now: str) -> HistoryRow:
    """The row of an instance; without observedAt its time is `now`, its modifiedAt."""
    time = instance.get("observedAt")
    at = now if time is None else time if len(time) <= MICROSECONDS else cut_instant(time)
    dataset = instance.get("datasetId")
    value = instance.get("value")
    if type(value) is float and instance["type"] == "Property":
        unit = instance.get("unitCode")
        system = ("createdAt" in instance) + ("modifiedAt" in instance)
        if len(instance) == 2 + (time is not None) + (unit is not None) + system:
            return HistoryRow(attribute, dataset, at, time is not None, False, value, _with_unit(unit))
    number, rest = _split(instance)
    return HistoryRow(attribute, dataset, at, time is not None, False, number, rest)


def to_deletion(attribute: str, instance: Instance, now: str) -> HistoryRow:
    """The row that says that an instance was deleted (4.5.0: its value is `urn:ngsi-ld:null`)."""
    return HistoryRow(attribute, instance.get("datasetId"), now, False, True, None, _tombstone(instance))


def creations(attributes: Attributes, now: str) -> list[HistoryRow]:
    """The rows that an entity begins with."""
    return [to_row(name, instance, now) for name, instances in attributes.items() for instance in instances]


def deletions(attributes: Attributes, now: str) -> list[HistoryRow]:
    """The rows that say that all of an entity was deleted."""
    return [to_deletion(name, instance, now) for name, instances in attributes.items() for instance in instances]


def to_told_deletion(attribute: str, instance: Instance) -> HistoryRow:
    """The row of an instance that a temporal evolution tells as deleted at its observedAt (4.5.7)."""
    time = cut_instant(instance["observedAt"])
    return HistoryRow(attribute, instance.get("datasetId"), time, True, False, None, _tombstone(instance))


def _tombstone(instance: Instance) -> str:
    kind = instance.get("type", "Property")
    member = VALUE_MEMBERS[kind]
    null: Any = {"@none": NULL} if member == "languageMap" else NULL
    return orjson.dumps({"type": kind, member: null}).decode()


def _split(instance: Instance) -> tuple[float | None, str | None]:
    """The number of a Property, and the rest of the instance as JSON where there is any."""
    value = instance.get("value")
    if (type(value) is float or (type(value) is int and -_EXACT <= value <= _EXACT)) and instance["type"] == "Property":
        unit = instance.get("unitCode")
        others = len(instance) - 2 - (unit is not None)
        if others == ("observedAt" in instance) or others == sum([name in instance for name in _SYSTEM]):
            return value, _with_unit(unit)
        rest = {name: member for name, member in instance.items() if name not in _SYSTEM and name != "value"}
        return value, orjson.dumps(rest).decode()
    rest = {name: member for name, member in instance.items() if name not in _SYSTEM}
    return None, orjson.dumps(rest).decode()


@lru_cache(maxsize=1_000)
def _with_unit(unit: str | None) -> str | None:
    return None if unit is None else orjson.dumps({"type": "Property", "unitCode": unit}).decode()


def to_instance(
    number: float | None,
    value: str | None,
    *,
    dataset: str | None,
    observed_at: datetime | None,
    modified_at: datetime,
    deleted: bool,
) -> Instance:
    """The instance that a stored row tells of, with its system times."""
    instance: Instance = {"type": "Property"} if value is None else orjson.loads(value)
    if number is not None:
        instance["value"] = int(number) if number.is_integer() and abs(number) <= _EXACT else number
    if dataset is not None:
        instance["datasetId"] = dataset
    if observed_at is not None:
        instance["observedAt"] = short_instant(observed_at)
    instance["createdAt"] = instance["modifiedAt"] = from_instant(modified_at)
    if deleted:
        instance["deletedAt"] = instance["modifiedAt"]
    return instance


def changes(before: Attributes, after: Attributes, now: str) -> list[HistoryRow]:
    """The rows that lead from `before` to `after`: an instance that is not the same object was touched.

    One whose modifiedAt stayed is given another time to expire, of which history tells nothing.
    """
    rows: list[HistoryRow] = []
    for attribute, instances in after.items():
        old = before.get(attribute)
        if old is instances:
            continue
        kept = () if old is None else {id(instance) for instance in old}
        touched = [instance for instance in instances if id(instance) not in kept]
        rows += [to_row(attribute, instance, now) for instance in touched if instance.get("modifiedAt", now) == now]
    for attribute, instances in before.items():
        left = after.get(attribute, ())
        if left is instances:
            continue
        remaining = {instance.get("datasetId") for instance in left}
        rows += [
            to_deletion(attribute, instance, now)
            for instance in instances
            if instance.get("datasetId") not in remaining
        ]
    return rows
