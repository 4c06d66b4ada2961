# SPDX-License-Identifier: EUPL-1.2
"""What a caller may see, as a value that reads carry into their queries.

Rights are positive and united: a caller sees what any of the shares shows. A share is what one dataset or one grant
opens. Nothing here does I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How exactly something is told; 0 is as exactly as it is stored."""

    place_m: float = 0.0
    """The grid of places, in metres."""
    time_s: int = 0
    """The grid of times, in seconds; a time becomes the beginning of its step."""

    @property
    def rank(self) -> tuple[float, int]:
        """By this the finer of two roundings is chosen, whole: parts of both would tell more than either grants."""
        return self.place_m, self.time_s


SCOPE: Final = "https://uri.etsi.org/ngsi-ld/scope"
"""In history scopes are an attribute; they are as visible as their entity."""
EXACT: Final = Rounding()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Which entities are shown, and what of them. Within a list any, between lists all; None is no condition."""

    types: frozenset[str] | None = None
    """IRIs, of which an entity has one."""
    scopes: frozenset[str] | None = None
    """Scopes as in `scopeQ`: `/A/B`, `/A/+` one level below, `/A/#` also all below (4.19)."""
    ids: frozenset[str] | None = None
    pick: frozenset[str] | None = None
    """IRIs of the attributes that are shown; None: all but those of `omit`."""
    omit: frozenset[str] = frozenset()
    rounding: Rounding = EXACT

    @property
    def is_of_all(self) -> bool:
        """Whether it shows something of every entity."""
        return self.types is None and self.scopes is None and self.ids is None

    def shows_attribute(self, attribute: str) -> bool:
        """Whether an attribute, by its IRI, is shown of the entities that it selects."""
        if attribute == SCOPE:
            return True
        return attribute not in self.omit if self.pick is None else attribute in self.pick


_WHOLE: Final = Share()


@dataclass(frozen=True, slots=True)
class Visible:
    """What of a tenant's entities a read may use, in its filters and counts as much as in its answer."""

    whole: bool
    """All of the tenant as it is."""
    shares: tuple[Share, ...] = ()
    """Else what these show together, without repetition, the finest rounding first; none: nothing is seen."""
    notes: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What is worked out of the shares again and again, kept by whoever does."""

    @classmethod
    def everything(cls) -> "Visible":
        """The whole tenant."""
        return _EVERYTHING

    @classmethod
    def of(cls, shares: Iterable[Share]) -> "Visible":
        """What several shares show together."""
        distinct = frozenset(shares)
        if _WHOLE in distinct:
            return _EVERYTHING
        return cls(whole=False, shares=tuple(sorted(distinct, key=_order)))

    def sees_attribute(self, attribute: str) -> bool:
        """Whether an attribute, by its IRI, may exist for the caller."""
        return self.whole or any(share.shows_attribute(attribute) for share in self.shares)


def _order(share: Share) -> tuple[tuple[float, int], list[list[str]]]:
    lists = (share.types, share.scopes, share.ids, share.pick, share.omit)
    return share.rounding.rank, [["*"] if each is None else sorted(each) for each in lists]


_EVERYTHING: Final = Visible(whole=True)
NOTHING: Final = Visible(whole=False)
