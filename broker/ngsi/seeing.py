# SPDX-License-Identifier: EUPL-1.2
"""What of an entity a caller sees: `broker.store.seeing` says the same in SQL.

Of the shares that select an entity the finest that shows an attribute shows it. What is hidden is not there: it has no
part in the entity's `modifiedAt` either.
"""

from functools import lru_cache

from msgspec.structs import replace

from auth.policy import EXACT, Share, Visible
from broker.ngsi.entities import Attributes, State
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.filters.tree import Filter, Or
from broker.ngsi.rounding import floor_text, rounded


def seen(state: State, visible: Visible) -> State | None:
    """The entity, in short form, as the caller sees it; None where it does not see it."""
    if visible.whole:
        return state
    shares = [share for share in visible.shares if selects(share, state)]
    if not shares:
        return None
    if any(shows_all(share) for share in shares):
        return state
    attributes = _attributes(state, shares)
    return replace(
        state,
        attributes=attributes,
        created_at=floor_text(state.created_at, shares[0].rounding.time_s),
        modified_at=_modified_at(state, shares, attributes),
    )


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


def _attributes(state: State, shares: list[Share]) -> Attributes:
    shown: Attributes = {}
    for name, instances in state.attributes.items():
        share = next((share for share in shares if share.shows_attribute(name)), None)
        if share is None:
            continue
        if share.rounding == EXACT:
            shown[name] = instances
        else:
            shown[name] = rounded(instances, share.rounding, state.created_at, state.modified_at)
    return shown


def _modified_at(state: State, shares: list[Share], shown: Attributes) -> str:
    """The latest time of what is seen, types and scopes only where all else is seen, too."""
    if any(hides_nothing(share) for share in shares):
        return state.modified_at
    times = (one.get("modifiedAt", state.modified_at) for instances in shown.values() for one in instances)
    created_at = floor_text(state.created_at, shares[0].rounding.time_s)
    return max(times, default=created_at)
