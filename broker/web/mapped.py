# SPDX-License-Identifier: EUPL-1.2
"""Reads that make an entity map or go by one (ETSI GS CIM 009, 5.5.14); others pass by here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote, unquote

from allmende.errors import Forbidden
from broker.engine.entitymaps import (
    create_entity_map,
    create_temporal_entity_map,
    find_entity_map,
    keep_entity_map,
    prune_entity_map,
)
from broker.ngsi.durations import parse_lifetime
from broker.ngsi.entitymaps import LONGEST, EntityMap, digest, gone, pinned, temporal_digest
from broker.ngsi.evolutionqueries import EvolutionQuery
from broker.ngsi.queries import Query, parse_flag
from broker.web.calls import PREFIX, Answer, Call, Header

MAPPING: Final = frozenset({"entityMap", "entityMapLifetime"})
"""The parameters that ask for a map."""

HEADER: Final = b"ngsild-entitymap"


@dataclass(frozen=True, slots=True)
class Mapped:
    """The map that a read goes by, the query within it, the digest of what was asked, and whether the map is new."""

    map: EntityMap
    query: Query
    asked: bytes
    is_new: bool


async def mapped_query(call: Call, query: Query) -> Mapped:
    """The map that a query makes or goes by."""

    async def make(lifetime: timedelta | None) -> EntityMap:
        return await create_entity_map(call.resources, call.tenant, query, visible=call.visible, lifetime=lifetime)

    return await find_or_make(call, query, digest(query), make)


async def mapped_evolutions(call: Call, query: EvolutionQuery) -> Mapped:
    """The map that a temporal query makes or goes by."""

    async def make(lifetime: timedelta | None) -> EntityMap:
        return await create_temporal_entity_map(
            call.resources, call.tenant, query, visible=call.visible, lifetime=lifetime
        )

    return await find_or_make(call, query.entities, temporal_digest(query), make)


async def find_or_make(
    call: Call, query: Query, asked: bytes, make: Callable[[timedelta | None], Awaitable[EntityMap]]
) -> Mapped:
    """The map that a request names; a reference to one that is over makes a new one."""
    lifetime = wanted_lifetime(call)
    known = await _known(call)
    if known is not None:
        return Mapped(known, pinned(query, known), asked, is_new=False)
    return Mapped(await make(lifetime), query, asked, is_new=True)


async def finish_query(call: Call, answer: Answer, mapped: Mapped, ids: Sequence[str], *, more: bool) -> Answer:
    """The answer of a page of these ids with the place of its map, which loses what the page has passed over."""
    if mapped.is_new:
        # That an answer is cut goes before that a map was made: nobody could tell it otherwise.
        answer.status = 206 if answer.status == 206 else 201
    elif mapped.map.query == mapped.asked:
        lost = gone(mapped.map, mapped.query, ids, more=more)
        if lost:
            await prune_entity_map(call.resources, call.tenant, mapped.map.id, lost)
    answer.headers.append(to_header(mapped.map))
    return answer


async def with_entity_map(call: Call, answer: Answer, ids: Sequence[str]) -> Answer:
    """The answer of a read of single entities, with the place of its map."""
    lifetime = wanted_lifetime(call)
    one = await _known(call) or await keep_entity_map(call.resources, call.tenant, ids, lifetime=lifetime)
    answer.headers.append(to_header(one))
    return answer


def asks_map(call: Call) -> bool:
    """Whether a read makes a map or goes by one; Forbidden to those who do not see all, since a map knows no rights yet."""
    if HEADER not in call.headers and not parse_flag(call.parameters, "entityMap"):
        return False
    if not call.visible.whole:
        raise Forbidden("Entity maps are for those who see the whole tenant yet: ask without one")
    return True


def wanted_lifetime(call: Call) -> timedelta | None:
    """For how long a map is to be kept; the broker may shorten it."""
    text = call.parameters.get("entityMapLifetime")
    return None if text is None else parse_lifetime(text, "Parameter 'entityMapLifetime'", most=LONGEST)


def to_header(one: EntityMap) -> Header:
    """Where a map is."""
    return HEADER, f"{PREFIX}entityMaps/{quote(one.id, safe=':')}".encode()


async def _known(call: Call) -> EntityMap | None:
    """The map that the request names by its place or by its id, where it is still there."""
    text = call.headers.get(HEADER, b"").decode("latin-1").strip()
    name = unquote(text.rstrip("/").rpartition("/")[2])
    return await find_entity_map(call.resources, call.tenant, name) if name and "\0" not in name else None
