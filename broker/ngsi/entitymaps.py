# SPDX-License-Identifier: EUPL-1.2
"""Entity maps: which entities a query found, so that all its pages are of the same ones (ETSI GS CIM 009, 5.2.39, 5.5.14)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any, Final

from broker.ngsi.evolutionqueries import EvolutionQuery
from broker.ngsi.instants import short_instant
from broker.ngsi.queries import Query

MOST_ENTITIES: Final = 10_000
"""Entities of a map; the database looks up each of them for every page."""

LIFETIME: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=1)

_NOTHING: Final = ("",)
"""Ids that no entity has: an empty list would ask for every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityMap:
    """The ids that a query found, in order, until it is over; `query` is the digest of what was asked."""

    id: str
    expires_at: datetime
    query: bytes
    ids: Sequence[str]


def digest(query: Query, *others: object) -> bytes:
    """What a query asks for, whatever page of it and in whatever order; `others` are values that it asks for as well."""
    asked = (
        query.ids,
        query.id_pattern,
        query.types,
        query.attrs,
        query.filter,
        query.geo,
        query.after,
        query.selectors,
    )
    return blake2s(repr((asked, others)).encode(), digest_size=16).digest()


def temporal_digest(query: EvolutionQuery) -> bytes:
    """What a temporal query asks for: whose history, of which time; whatever of it is told."""
    datasets = query.parts.datasets
    temporal = replace(query.temporal, last_n=None)
    return digest(query.entities, temporal, query.scope, None if datasets is None else sorted(datasets))


def pinned(query: Query, one: EntityMap) -> Query:
    """The query among the entities of a map."""
    ids = tuple(one.ids) if not query.ids else tuple(sorted(set(one.ids).intersection(query.ids)))
    return replace(query, ids=ids or _NOTHING)


def gone(one: EntityMap, query: Query, found: Sequence[str], *, more: bool) -> list[str]:
    """The ids of a map that a page in the order of ids has passed over: their entities do not fit the query any more.

    >>> one = EntityMap(id="m", expires_at=datetime.max, query=b"", ids=["a", "b", "c", "d"])
    >>> gone(one, Query(), ["a", "c"], more=True)
    ['b']
    """
    if query.order or not query.limit or (not found and (more or query.offset)):
        return []
    begin = bisect_left(one.ids, found[0]) if query.offset else 0
    end = bisect_right(one.ids, found[-1]) if more else len(one.ids)
    kept = set(found)
    return [entity_id for entity_id in one.ids[begin:end] if entity_id not in kept]


def to_document(one: EntityMap) -> dict[str, Any]:
    """The map as it is shown; this broker alone is the source of its entities."""
    return {
        "id": one.id,
        "type": "EntityMap",
        "expiresAt": short_instant(one.expires_at),
        "entityMap": {entity_id: ["@none"] for entity_id in one.ids},
        "linkedMaps": {},
    }
