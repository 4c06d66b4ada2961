# SPDX-License-Identifier: EUPL-1.2
"""Which attributes many entities have: what a table needs to know before its first line."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An attribute, by its IRI, of some entities: how many have it, and the first and last of its units in order.

    A unit that is missing is an empty text.
    """

    iri: str
    entities: int
    first_unit: str
    last_unit: str
    is_observed: bool
    is_place: bool

    @property
    def has_mixed_units(self) -> bool:
        """Whether not all have the same unit."""
        return self.first_unit != self.last_unit


def united(surveys: Iterable[Iterable[Surveyed]]) -> list[Surveyed]:
    """What several surveys tell together, the most frequent attribute first."""
    found: dict[str, Surveyed] = {}
    for survey in surveys:
        for one in survey:
            other = found.get(one.iri)
            found[one.iri] = one if other is None else _both(one, other)
    return sorted(found.values(), key=lambda one: (-one.entities, one.iri))


def _both(one: Surveyed, other: Surveyed) -> Surveyed:
    return Surveyed(
        one.iri,
        one.entities + other.entities,
        min(one.first_unit, other.first_unit),
        max(one.last_unit, other.last_unit),
        one.is_observed or other.is_observed,
        one.is_place and other.is_place,
    )
