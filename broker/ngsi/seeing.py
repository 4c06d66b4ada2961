# SPDX-License-Identifier: EUPL-1.2
"""What of an entity a caller sees: `broker.store.seeing` says the same in SQL.

Of the shares that select an entity the finest that shows an attribute shows it. What is hidden is not there: it has no
part in the entity's `modifiedAt` either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from auth.policy import EXACT, Rounding, Share, Visible
from broker.ngsi.entities import Attributes, State
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.filters.tree import Filter, Or
from broker.ngsi.rounding import floor_text, rounded

_MOST_NAMES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Lens:
    """What some shares show of the entities that all of them select."""

    shares: Sequence[Share]
    is_clear: bool
    """All is shown as it is."""
    hides_nothing: bool
    """All that changes is shown, and when."""
    step_s: int
    """Of the times of the entity itself."""
    known: dict[str, Rounding | None] = field(default_factory=dict)

    def rounding_of(self, attribute: str) -> Rounding | None:
        """How exactly an attribute is shown; None where it is hidden."""
        try:
            return self.known[attribute]
        except KeyError:
            found = next((share.rounding for share in self.shares if share.shows_attribute(attribute)), None)
            found = EXACT if found == EXACT else found
            if len(self.known) >= _MOST_NAMES:
                self.known.clear()
            self.known[attribute] = found
            return found


def seen(state: State, visible: Visible) -> State | None:
    """The entity, in short form, as the caller sees it; None where it does not see it."""
    if visible.whole:
        return state
    which = tuple([place for place, share in enumerate(visible.shares) if selects(share, state)])
    if not which:
        return None
    lens = visible.notes.get(which) or _lens(visible, which)
    if lens.is_clear:
        return state
    attributes = _attributes(state, lens)
    created_at = floor_text(state.created_at, lens.step_s)
    return replace(
        state,
        attributes=attributes,
        created_at=created_at,
        modified_at=_modified_at(state, lens, attributes, created_at),
    )


def _lens(visible: Visible, which: tuple[int, ...]) -> Lens:
    shares = [visible.shares[place] for place in which]
    lens = Lens(
        shares,
        is_clear=any(map(shows_all, shares)),
        hides_nothing=any(map(hides_nothing, shares)),
        step_s=shares[0].rounding.time_s,
    )
    visible.notes[which] = lens
    return lens


def selects(share: Share, state: State) -> bool:
    """Whether an entity is one of those that a share shows."""
    if share.types is not None and share.types.isdisjoint(state.types):
        return False
    if share.ids is not None and state.id not in share.ids:
        return False
    return share.scopes is None or matches(in_scopes(share.scopes), state)


@lru_cache(maxsize=1_000)
def in_scopes(scopes: frozenset[str]) -> Filter:
    """The condition that an entity has one of some scopes."""
    return Or(tuple(parse_scope_q(scope) for scope in sorted(scopes)))


def shows_all(share: Share) -> bool:
    """Whether a share shows the entities that it selects as they are."""
    return share.pick is None and not share.omit and share.rounding == EXACT


def hides_nothing(share: Share) -> bool:
    """Whether a share shows all that changes in the entities that it selects, and when."""
    return share.pick is None and not share.omit and not share.rounding.time_s


def _attributes(state: State, lens: Lens) -> Attributes:
    shown: Attributes = {}
    for name, instances in state.attributes.items():
        rounding = lens.rounding_of(name)
        if rounding is EXACT:
            shown[name] = instances
        elif rounding is not None:
            shown[name] = rounded(instances, rounding, state.created_at, state.modified_at)
    return shown


def _modified_at(state: State, lens: Lens, shown: Attributes, created_at: str) -> str:
    """The latest time of what is seen, types and scopes only where all else is seen, too."""
    if lens.hides_nothing:
        return state.modified_at
    latest = ""
    for instances in shown.values():
        for instance in instances:
            if "modifiedAt" not in instance:
                return state.modified_at
            latest = max(latest, instance["modifiedAt"])
    return latest or created_at
