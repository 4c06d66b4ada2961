# SPDX-License-Identifier: EUPL-1.2
"""Queries for the temporal evolution of entities, as their parameters state them (ETSI GS CIM 009, 5.7.3, 5.7.4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from allmende.errors import BadRequestData
from broker.ngsi.filters.scopes import parse_scope_q
from broker.ngsi.filters.tree import Filter, depth_of
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.languages import NONE
from broker.ngsi.lists import split_names
from broker.ngsi.naming import Context
from broker.ngsi.orderings import parse_order
from broker.ngsi.projections import Projection, is_shown, parse_datasets, parse_projections
from broker.ngsi.queries import Query, parse_query
from broker.ngsi.temporal import TemporalQuery, parse_temporal_query

_ORDER: Final = re.compile(r"\s*id\s*(?:;\s*(asc|desc)\s*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Which part of an evolution is asked for; None: all of it."""

    attrs: frozenset[str] | None = None
    """Attributes, by IRI."""
    pick: Projection | None = None
    omit: Projection | None = None
    datasets: frozenset[str] | None = None
    """By datasetId; `@none` is the default instance."""

    def has(self, attribute: str) -> bool:
        """Whether an attribute, by IRI, is asked for; scopes are no attribute, and are told with any."""
        if attribute == SCOPE_IRI:
            return is_shown("scope", self.pick, self.omit)
        return (self.attrs is None or attribute in self.attrs) and is_shown(attribute, self.pick, self.omit)

    def has_dataset(self, dataset: str | None) -> bool:
        """Whether instances of a dataset are asked for; None is the default instance."""
        return self.datasets is None or (NONE if dataset is None else dataset) in self.datasets


@dataclass(frozen=True, slots=True, kw_only=True)
class EvolutionQuery:
    """Whose evolution is asked for, of which time, and which part of it."""

    entities: Query
    temporal: TemporalQuery
    parts: Parts = field(default_factory=Parts)
    scope: Filter | None = None
    """Scopes that they must have had: instances of other times are not told."""
    descending: bool = False
    """The last ids first."""


def parse_evolution_query(parameters: Mapping[str, str], context: Context) -> EvolutionQuery:
    """The query that the parameters state: it needs a time, and something that narrows the entities (5.7.4.4)."""
    temporal = parse_temporal_query(parameters)
    if temporal is None or temporal.timerel is None:
        raise BadRequestData(
            "A temporal query needs timerel and timeAt, such as timerel=after&timeAt=2026-11-25T00:00:00Z"
        )
    others = {name: text for name, text in parameters.items() if name != "scopeQ"}
    query = parse_query(others, context)
    if query.filter is not None and depth_of(query.filter):
        raise BadRequestData(
            "Parameter 'q' must not follow links in a temporal query; ask for attributes of the entity"
        )
    return EvolutionQuery(
        entities=query,
        temporal=temporal,
        parts=parse_parts(parameters, context),
        scope=parse_scope_q(parameters["scopeQ"]) if "scopeQ" in parameters else None,
        descending=_parse_descending(parameters, context),
    )


def parse_parts(parameters: Mapping[str, str], context: Context) -> Parts:
    """The part that `attrs` or `pick` and `omit`, and `datasetId` ask for."""
    pick, omit = parse_projections(parameters, context)
    for name, projection in (("pick", pick), ("omit", omit)):
        if projection is not None and projection.depth:
            raise BadRequestData(f"Parameter {name!r} must not follow links in a temporal query; name members only")
    attrs = frozenset(context.attribute_names[name] for name in split_names(parameters, "attrs"))
    return Parts(attrs=attrs or None, pick=pick, omit=omit, datasets=parse_datasets(parameters))


def _parse_descending(parameters: Mapping[str, str], context: Context) -> bool:
    """Only the id may order evolutions; a collation is a preference, whose form is checked."""
    if "collation" in parameters:
        parse_order({"collation": parameters["collation"]}, context)
    text = parameters.get("orderBy")
    if text is None:
        return False
    match = _ORDER.fullmatch(text)
    if match is None:
        raise BadRequestData(f"Parameter 'orderBy' must be id, id;asc or id;desc in a temporal query, not {text!r}")
    return match[1] == "desc"
