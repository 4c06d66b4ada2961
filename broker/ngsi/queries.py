# SPDX-License-Identifier: EUPL-1.2
"""Queries for entities, as their parameters state them (ETSI GS CIM 009, 5.7.2, 6.4.3.2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from allmende.errors import BadRequestData
from broker.ngsi.datatypes import require_uri
from broker.ngsi.filters.requests import PARAMETERS as FILTERS
from broker.ngsi.filters.requests import parse_filters
from broker.ngsi.filters.tree import Filter, names_attribute
from broker.ngsi.geoqueries import PARAMETERS as PLACES
from broker.ngsi.geoqueries import GeoQuery, parse_geo_query
from broker.ngsi.lists import split_names
from broker.ngsi.naming import Context
from broker.ngsi.orderings import Term
from broker.ngsi.patterns import parse_pattern
from broker.ngsi.selections import Selection, parse_selection

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 1000
MAX_OFFSET: Final = 10**9

SELECTING: Final = frozenset({"id", "idPattern", "type", "attrs", "local"}) | FILTERS | PLACES
"""The parameters that say which entities."""

PAGING: Final = frozenset({"limit", "offset", "count"})
"""Those that say how many of them."""

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_NARROWING: Final = ("type", "attrs", "georel")


@dataclass(frozen=True, slots=True)
class Selector:
    """Entities of some types that have one of the ids, or one that matches; None and nothing: any."""

    types: Selection | None
    ids: tuple[str, ...] = ()
    id_pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which entities a request asks for, and which part of them."""

    ids: tuple[str, ...] = ()
    id_pattern: str | None = None
    types: Selection | None = None
    attrs: tuple[str, ...] = ()
    """Entities that have one of these attributes, as IRIs."""
    filter: Filter | None = None
    """What else they must be: `q` and `scopeQ`."""
    geo: GeoQuery | None = None
    """Where they must be."""
    after: str = ""
    """Ids that come after this one."""
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    count: bool = False
    selectors: tuple[Selector, ...] = ()
    """Entities that one of these selects."""
    order: tuple[Term, ...] = ()
    """Before their ids."""
    times: bool = True
    """Whether the times of creation and change of what is found are wanted: to bring them takes a tenth of a page's time."""


def parse_query(parameters: Mapping[str, str], context: Context) -> Query:
    """The query that the parameters state; names become IRIs."""
    local = parse_flag(parameters, "local", default=parameters.get("type") == "*")
    filters = parse_filters(parameters, context)
    narrows = any(parameters.get(name) for name in _NARROWING) or (filters is not None and names_attribute(filters))
    if not local and not narrows:
        raise BadRequestData("A query needs at least one of type, attrs, q, georel and local=true")
    ids = split_names(parameters, "id")
    count = parse_flag(parameters, "count")
    limit = _parse_number(parameters, "limit", DEFAULT_LIMIT, MAX_LIMIT)
    if limit == 0 and not count:
        raise BadRequestData("Parameter 'limit' may be 0 only with count=true")
    return Query(
        ids=tuple(require_uri(entity_id, "Parameter 'id': an id") for entity_id in ids),
        id_pattern=None if ids or "idPattern" not in parameters else parse_pattern(parameters["idPattern"]),
        types=_parse_types(parameters, context, local=local),
        attrs=tuple(context.attribute_names[name] for name in split_names(parameters, "attrs")),
        filter=filters,
        geo=parse_geo_query(parameters, context),
        limit=limit,
        offset=_parse_number(parameters, "offset", 0, MAX_OFFSET),
        count=count,
    )


def parse_flag(parameters: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """A parameter that is `true` or `false`."""
    text = parameters.get(name)
    if text is None:
        return default
    if text not in {"true", "false"}:
        raise BadRequestData(f"Parameter {name!r} must be true or false, not {text!r}")
    return text == "true"


def _parse_types(parameters: Mapping[str, str], context: Context, *, local: bool) -> Selection | None:
    text = parameters.get("type")
    if text == "*":
        if not local:
            raise BadRequestData("Parameter 'type' may be * only for local queries; leave local=false out")
        return None
    return None if text is None else parse_selection(text, context)


def _parse_number(parameters: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not _NUMBER.fullmatch(text) or int(text) > most:
        raise BadRequestData(f"Parameter {name!r} must be a number from 0 to {most}, not {text!r}")
    return int(text)
