# SPDX-License-Identifier: EUPL-1.2
"""What a batch changed, as those who follow the feed are told: looked at after the commit, and only where somebody does."""

from collections.abc import Iterable, Sequence

from broker.engine.rings import Change
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.instants import newest_of
from broker.store.slots import Slot, Written


def changes_of(slots: Iterable[Slot], written: Sequence[Written]) -> list[Change]:
    """One change for each entity that is not what it was; an observation that went to history only changes none."""
    observed: dict[int | None, str | None] = {}
    for one in written:
        times = (row.time for row in one.rows if row.observed and row.attribute != SCOPE_IRI)
        observed[one.seq] = newest_of(times, observed.get(one.seq))
    return [_change(slot, observed.get(slot.seq)) for slot in slots if slot.now is not slot.before]


def _change(slot: Slot, observed: str | None) -> Change:
    """What became of an entity; of one that is gone, the types are those that it had."""
    assert slot.time is not None  # noqa: S101 - what has changed has a time
    had = slot.before.types if slot.before else []
    types = slot.now.types if slot.now else had
    left = [] if types == had else sorted(set(had).difference(types))
    return Change(slot.entity_id, types, slot.time, observed, deleted=slot.now is None, left=left)
