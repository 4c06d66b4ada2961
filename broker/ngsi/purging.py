# SPDX-License-Identifier: EUPL-1.2
"""Purging: which entities go, or which of their attributes (ETSI GS CIM 009, 5.6.21)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from allmende.errors import BadRequestData
from broker.ngsi.entities import State
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.tree import depth_of
from broker.ngsi.lists import split_names
from broker.ngsi.naming import Context
from broker.ngsi.patching import next_state
from broker.ngsi.queries import Query, parse_query
from broker.ngsi.selections import selects


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """The entities that a query finds; with `drop` or `keep`, IRIs, they only lose these attributes, or all others."""

    query: Query
    drop: frozenset[str] | None = None
    keep: frozenset[str] | None = None

    @property
    def deletes(self) -> bool:
        """Whether entities go as a whole."""
        return self.drop is None and self.keep is None


def parse_purge(parameters: Mapping[str, str], context: Context) -> Purge:
    """What the parameters say; names become IRIs."""
    if "drop" in parameters and "keep" in parameters:
        raise BadRequestData("Parameters 'drop' and 'keep' exclude each other; drop names what goes, keep what stays")
    return Purge(
        query=parse_query(parameters, context),
        drop=_parse_names(parameters, "drop", context),
        keep=_parse_names(parameters, "keep", context),
    )


def _parse_names(parameters: Mapping[str, str], name: str, context: Context) -> frozenset[str] | None:
    if name not in parameters:
        return None
    return frozenset(context.attribute_names[part] for part in split_names(parameters, name))


def is_meant(state: State, query: Query) -> bool:
    """Whether an entity that was found is still one that is meant, but for its place and what it links to."""
    if query.types is not None and not selects(query.types, state.types):
        return False
    if query.attrs and state.attributes.keys().isdisjoint(query.attrs):
        return False
    return query.filter is None or matches(query.filter, state)


def is_still_found(left: State, query: Query) -> bool:
    """Whether what is left of an entity that was found is what the query asks for; links are not followed again."""
    if query.geo is not None and query.geo.attribute not in left.attributes:
        return False
    follows = query.filter is not None and depth_of(query.filter) > 0
    return is_meant(left, replace(query, filter=None) if follows else query)


def reduce_entity(state: State, wanted: Purge, now: str) -> State:
    """The entity without the attributes that `drop` names, or that `keep` does not."""
    gone = wanted.drop if wanted.keep is None else state.attributes.keys() - wanted.keep
    return next_state(state, [], state.scopes, {name: [] for name in gone or () if name in state.attributes}, now)
