# SPDX-License-Identifier: EUPL-1.2
"""SQL text of what a caller sees of a tenant's tables: literal fragments and parameters only.

`broker.ngsi.seeing` says the same in Python. Of the shares that select an entity the finest that shows an attribute shows
it; shares come with the finest first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from auth.policy import EXACT, SCOPE, Rounding, Share, Visible
from broker.ngsi.seeing import hides_nothing, in_scopes, shows_all
from broker.store.parameters import Parameters
from broker.store.where_filters import condition


@dataclass(frozen=True, slots=True)
class Sight:
    """The shares of a caller as SQL, where an entity is `e`."""

    schema: str
    shares: tuple[Share, ...]
    parameters: Parameters
    conditions: list[str] = field(default_factory=list)
    """Whether each share selects the entity."""

    @classmethod
    def of(cls, schema: str, visible: Visible, parameters: Parameters) -> "Sight":
        """What somebody sees, whose values are added to the parameters of a statement."""
        sight = cls(schema, visible.shares, parameters)
        sight.conditions.extend(sight._selects(share) for share in visible.shares)
        return sight

    def within(self, shares: Iterable[Share]) -> "Sight":
        """What some of the shares show."""
        return Sight.of(self.schema, Visible.of(shares), self.parameters)

    def selects(self) -> str:
        """Whether the entity is seen."""
        return _any(self.conditions)

    def entity_is_seen(self, seq: str) -> str:
        """Whether the entity of a number is seen."""
        if "true" in self.conditions:
            return "true"
        return f"EXISTS (SELECT FROM {self.schema}.entity e WHERE e.seq = {seq} AND {self.selects()})"

    def shows(self, iri: str) -> str:
        """Whether an attribute of the entity is seen."""
        return _any(_all([when, self._shows(share, iri)]) for when, share in self._each())

    def may_show(self, iri: str) -> str:
        """Whether an attribute is seen of any entity."""
        return _any(self._shows(share, iri) for share in self.shares)

    def show_all(self, iri: str) -> str:
        """Whether an attribute is seen, as it is, of every entity that is seen."""
        if any(share.rounding != EXACT for share in self.shares):
            return "false"
        return _all(self._shows(share, iri) for share in self.shares)

    def shows_alike(self) -> bool:
        """Whether all that may be seen of any entity is seen of every one."""
        return any(share.is_of_all and _is_wider(share, self.shares) for share in self.shares)

    def add(self, value: object) -> str:
        """The placeholder of a value."""
        return self.parameters.add(value)

    def by_rounding(self, iri: str, exact: str, rounded: dict[Rounding, str]) -> str:
        """What is told of an attribute that is seen: as it is, or as the finest rounding of those who show it has it."""
        if not rounded:
            return exact
        told = [
            f"WHEN {_all([when, self._shows(share, iri)])} THEN {rounded.get(share.rounding, exact)}"
            for when, share in self._each()
        ]
        return f"CASE {' '.join(told)} END"

    def document(self) -> str:
        """The attributes that are seen, as far as they are."""
        if all(shows_all(share) for share in self.shares):
            return "e.document"
        if len(self.shares) == 1 and self.shares[0].pick is None and self.shares[0].rounding == EXACT:
            return f"e.document - {self.add(sorted(self.shares[0].omit))}::text[]"
        value = self.by_rounding("a.iri", "a.instances", {each: self._rounded(each) for each in self._roundings()})
        seen = (
            f"(SELECT coalesce(jsonb_object_agg(a.iri, {value}), '{{}}')"
            f" FROM jsonb_each(e.document) AS a(iri, instances) WHERE {self.shows('a.iri')})"
        )
        whole = [when for when, share in self._each() if shows_all(share)]
        return f"CASE WHEN {_any(whole)} THEN e.document ELSE {seen} END" if whole else seen

    def created_at(self) -> str:
        """When the entity was created, in the steps of the finest share."""
        if not any(share.rounding.time_s for share in self.shares):
            return "e.created_at"
        steps = " ".join(
            f"WHEN {when} THEN {self._floored('e.created_at', share.rounding)}" for when, share in self._each()
        )
        return f"CASE {steps} END"

    def modified_at(self) -> str:
        """The latest time of what is seen, types and scopes only where all else is seen, too."""
        whole = [when for when, share in self._each() if hides_nothing(share)]
        latest = (
            "(SELECT coalesce(max(coalesce((i.instance ->> 'modifiedAt')::timestamptz, e.modified_at)),"
            f" {self.created_at()}) FROM jsonb_each({self.document()}) AS a(iri, instances)"
            " CROSS JOIN LATERAL jsonb_array_elements(a.instances) AS i(instance))"
        )
        if len(whole) == len(self.shares):
            return "e.modified_at"
        return f"CASE WHEN {_any(whole)} THEN e.modified_at ELSE {latest} END" if whole else latest

    def _each(self) -> Iterable[tuple[str, Share]]:
        return zip(self.conditions, self.shares, strict=True)

    def _roundings(self) -> set[Rounding]:
        return {share.rounding for share in self.shares} - {EXACT}

    def _selects(self, share: Share) -> str:
        add, conditions = self.add, []
        if share.types is not None:
            conditions.append(f"e.types && {add(sorted(share.types))}::text[]")
        if share.ids is not None:
            ids = f"SELECT n.seq FROM {self.schema}.name n WHERE n.id = ANY({add(sorted(share.ids))}::text[])"
            conditions.append(f"e.seq = ANY(ARRAY({ids}))")
        if share.scopes is not None:
            conditions.append(condition(self.schema, in_scopes(share.scopes), Visible.everything(), self.parameters))
        return _all(conditions)

    def _shows(self, share: Share, iri: str) -> str:
        if share.pick is not None:
            return f"{iri} = ANY({self.add(sorted(share.pick | {SCOPE}))}::text[])"
        return f"{iri} <> ALL({self.add(sorted(share.omit - {SCOPE}))}::text[])" if share.omit else "true"

    def _rounded(self, rounding: Rounding) -> str:
        place, time = self.add(rounding.place_m), self.add(rounding.time_s)
        return f"{self.schema}.rounded(a.instances, {place}, {time}, e.created_at, e.modified_at)"

    def _floored(self, time: str, rounding: Rounding) -> str:
        return f"{self.schema}.floored({time}, {self.add(rounding.time_s)})"


def _is_wider(share: Share, others: Iterable[Share]) -> bool:
    """Whether a share shows every attribute that others show."""
    if share.pick is None:
        return all(
            share.omit <= other.omit if other.pick is None else share.omit.isdisjoint(other.pick) for other in others
        )
    return all(other.pick is not None and other.pick <= share.pick for other in others)


def _any(conditions: Iterable[str]) -> str:
    """One of some conditions, of which `true` is one that always holds."""
    distinct = list(dict.fromkeys(conditions))
    if "true" in distinct:
        return "true"
    return f"({' OR '.join(distinct)})" if distinct else "false"


def _all(conditions: Iterable[str]) -> str:
    """All of some conditions."""
    distinct = [each for each in conditions if each != "true"]
    return f"({' AND '.join(distinct)})" if distinct else "true"
