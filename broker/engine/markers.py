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
from broker.store.directory import get_states
from broker.store.places import MarkerGroup, Shape, count_places, find_markers, find_shapes

MOST_MARKERS: Final = 50_000
MOST_SHAPES: Final = 1_000
_MOST_SEQ: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Markers:
    """Markers by type, and how many there are; no groups where they are more than `MOST_MARKERS`."""

    groups: Sequence[MarkerGroup]
    count: int


@dataclass(frozen=True, slots=True)
class Shapes:
    """Entities with their geometries, GeoJSON; `more` where there are others."""

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
        return await resources.database.read(schema, work)
    except TimedOut as error:
        raise OperationNotSupported("The markers take too long; narrow them by type or box") from error


async def require_marked(resources: Resources, tenant: str, seq: int, *, visible: Visible) -> State:
    """The entity that a marker stands for."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> State | None:
        seen = visible.whole and seq <= _MOST_SEQ
        return (await get_states(connection, schema, [seq])).get(seq) if seen else None

    state = await resources.database.read(schema, work)
    if state is None:
        raise NotFound(f"Marker {seq} does not exist")
    return state


async def list_shapes(resources: Resources, tenant: str, query: PlaceQuery, *, visible: Visible) -> Shapes:
    """The places of entities that are more than a point, at most `MOST_SHAPES`."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> Shapes:
        shapes = await find_shapes(connection, schema, query, visible, most=MOST_SHAPES + 1)
        states = await get_states(connection, schema, [shape.seq for shape in shapes[:MOST_SHAPES]])
        drawn = [
            (shape.seq, states[shape.seq], _geometry(states[shape.seq], shape))
            for shape in shapes
            if shape.seq in states
        ]
        found = [(seq, state, geometry) for seq, state, geometry in drawn if geometry is not None]
        return Shapes(found, len(shapes) > MOST_SHAPES)

    try:
        return await resources.database.read(schema, work)
    except TimedOut as error:
        raise OperationNotSupported("The shapes take too long; narrow them by box") from error


def _geometry(state: State, shape: Shape) -> dict[str, Any] | None:
    """The value of the instance; None where it has changed meanwhile."""
    for instance in state.attributes.get(shape.attribute, ()):
        if instance.get("datasetId") == shape.dataset and instance["type"] == "GeoProperty":
            geometry: dict[str, Any] = instance["value"]
            return geometry
    return None
