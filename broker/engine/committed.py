# SPDX-License-Identifier: EUPL-1.2
"""What a batch changed, as those who follow the feed are told: looked at after the commit, and only where somebody does."""

from collections.abc import Iterable, Sequence

from broker.engine.rings import Change
from broker.ngsi.history import HistoryRow
from broker.ngsi.instants import is_later
from broker.store.slots import Slot, Written


def changes_of(slots: Iterable[Slot], written: Sequence[Written]) -> list[Change]:
    """One change for each entity that is not what it was; an observation that went to history only changes none."""
    observed: dict[int | None, str | None] = {}
    for one in written:
        observed[one.seq] = _newest(one.rows, observed.get(one.seq))
    changes = []
    for slot in slots:
        now, before = slot.now, slot.before
        if now is before:
            continue
        if now is None or (before is not None and before.types != now.types):
            changes.append(_change_of_types(slot, observed.get(slot.seq)))
        else:
            changes.append(Change(slot.entity_id, now.types, now.modified_at, observed.get(slot.seq)))
    return changes


def _change_of_types(slot: Slot, observed: str | None) -> Change:
    """The change of an entity that is gone, or of other types than before."""
    now, before = slot.now, slot.before
    assert before is not None  # noqa: S101 - what is there neither before nor now has not changed
    assert slot.time is not None  # noqa: S101 - what has changed has a time
    types = before.types if now is None else now.types
    left = sorted(set(before.types).difference(types))
    return Change(slot.entity_id, types, slot.time, observed, deleted=now is None, left=left)


def _newest(rows: Iterable[HistoryRow], newest: str | None) -> str | None:
    """The newest time of an observation; most of the rows of an entity bear the same."""
    for row in rows:
        time = row.time
        if time != newest and row.observed and (newest is None or is_later(time, newest)):
            newest = time
    return newest
