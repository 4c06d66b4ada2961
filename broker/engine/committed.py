# SPDX-License-Identifier: EUPL-1.2
"""What a batch changed, as those who follow the feed are told: looked at after the commit, and only where somebody does."""

from collections.abc import Iterable, Mapping, Sequence

from broker.engine.rings import Change
from broker.ngsi.history import HistoryRow
from broker.ngsi.instants import is_later
from broker.store.slots import Slot, Written


def changes_of(slots: Iterable[Slot], written: Sequence[Written]) -> list[Change]:
    """One change for each entity that is not what it was; an observation that went to history only changes none."""
    observed: dict[int, str | None] = {}
    for one in written:
        observed[one.seq] = _newest(one.rows, observed.get(one.seq))
    return [_change_of(slot, observed) for slot in slots if slot.now is not slot.before]


def _change_of(slot: Slot, observed: Mapping[int, str | None]) -> Change:
    now, before = slot.now, slot.before
    if now is not None and (before is None or before.types == now.types):
        return Change(slot.entity_id, now.types, now.modified_at, observed.get(slot.number))
    assert before is not None  # noqa: S101 - what is there neither before nor now has not changed
    assert slot.time is not None  # noqa: S101 - what has changed has a time
    types = before.types if now is None else now.types
    left = sorted(set(before.types).difference(types))
    return Change(slot.entity_id, types, slot.time, observed.get(slot.number), deleted=now is None, left=left)


def _newest(rows: Iterable[HistoryRow], newest: str | None) -> str | None:
    """The newest time of an observation; most of the rows of an entity bear the same."""
    for row in rows:
        time = row.time
        if time != newest and row.observed and (newest is None or is_later(time, newest)):
            newest = time
    return newest
