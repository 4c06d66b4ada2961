# SPDX-License-Identifier: EUPL-1.2
"""What a map shows: a marker for each entity with a place, and the shapes of those that are more than a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import NotFound, OperationNotSupported
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.boxes import PlaceQuery
from broker.ngsi.entities import State
from broker.ngsi.simplifying import count_positions
from broker.store.directory import get_states
from broker.store.places import MarkerGroup, Shape, count_places, find_markers, find_shapes

MOST_MARKERS: Final = 50_000
MOST_SHAPES: Final = 1_000
MOST_POSITIONS: Final = 100_000
"""Positions of all shapes together, about two megabytes."""
_MOST_READ: Final = 5 * MOST_POSITIONS
"""So many positions are read at most to find shapes that fit."""
_AT_ONCE: Final = 50
"""Entities that are read together, each with all its attributes."""
_MOST_SEQ: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Markers:
    """Markers by type, and how many there are; no groups where they are more than `MOST_MARKERS`."""

    groups: Sequence[MarkerGroup]
    count: int


@dataclass(frozen=True, slots=True)
class Shapes:
    """Entities with their geometries, GeoJSON, at most `MOST_POSITIONS`; `more` where there are others."""

    found: list[tuple[int, State, dict[str, Any]]]
    more: bool


async def list_markers(resources: Resources, tenant: str, query: PlaceQuery, *, visible: Visible) -> Markers:
    """One marker for each entity: in the middle of its location, else of another of its places."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> Markers:
        # To count all places is less than to sort so many in vain.
        count = await count_places(connection, schema, query, visible) if query == PlaceQuery() else 0
        if count > MOST_MARKERS:
            return Markers([], count)
        groups = await find_markers(connection, schema, query, visible, most=MOST_MARKERS)
        if groups is None:
            return Markers([], await count_places(connection, schema, query, visible))
        return Markers(groups, sum(len(group.seqs) for group in groups))

    try:
        return await resources.read(schema, visible, work)
    except TimedOut as error:
        raise OperationNotSupported("The markers take too long; narrow them by type or box") from error


async def require_marked(resources: Resources, tenant: str, seq: int, *, visible: Visible) -> State:
    """The entity that a marker stands for."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> State | None:
        return (await get_states(connection, schema, [seq])).get(seq) if seq <= _MOST_SEQ else None

    state = await resources.read(schema, visible, work)
    if state is None:
        raise NotFound(f"Marker {seq} does not exist")
    return state


async def list_shapes(resources: Resources, tenant: str, query: PlaceQuery, *, visible: Visible) -> Shapes:
    """The places of entities that are more than a point, at most `MOST_SHAPES`; one that is too much leaves room for others."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> Shapes:
        shapes = await find_shapes(connection, schema, query, visible, most=MOST_SHAPES + 1)
        return await _read_shapes(connection, schema, shapes)

    try:
        return await resources.read(schema, visible, work)
    except TimedOut as error:
        raise OperationNotSupported("The shapes take too long; narrow them by box") from error


async def _read_shapes(connection: Connection, schema: str, shapes: Sequence[Shape]) -> Shapes:
    """The shapes that fit, read a few at a time, since an entity may be megabytes."""
    found: list[tuple[int, State, dict[str, Any]]] = []
    taken = read = 0
    for first in range(0, min(len(shapes), MOST_SHAPES), _AT_ONCE):
        if read >= _MOST_READ:
            return Shapes(found, more=True)
        some = shapes[first : min(first + _AT_ONCE, MOST_SHAPES)]
        states = await get_states(connection, schema, [shape.seq for shape in some])
        for shape in some:
            state = states.get(shape.seq)
            geometry = None if state is None else _geometry(state, shape)
            if state is None or geometry is None:
                continue
            size = count_positions(geometry)
            read += size
            if taken + size <= MOST_POSITIONS:
                taken += size
                found.append((shape.seq, state, geometry))
    return Shapes(found, len(shapes) > MOST_SHAPES or read > taken)


def _geometry(state: State, shape: Shape) -> dict[str, Any] | None:
    """The value of the instance; None where it has changed meanwhile."""
    for instance in state.attributes.get(shape.attribute, ()):
        if instance.get("datasetId") == shape.dataset and instance["type"] == "GeoProperty":
            geometry: dict[str, Any] = instance["value"]
            return geometry
    return None
