# SPDX-License-Identifier: EUPL-1.2
"""Snapshots over HTTP (ETSI GS CIM 009, 6.36 to 6.38)."""

from dataclasses import replace
from typing import Any, Final

from allmende.errors import AlreadyExists, BadRequestData, Conflict, NotFound, OperationNotSupported, RequestError
from broker.engine import snapshots as engine
from broker.engine.harvesting import Harvest, harvest
from broker.ngsi.contexts import Context
from broker.ngsi.datatypes import require_uri
from broker.ngsi.evolutionqueries import EvolutionQuery, parse_evolution_query
from broker.ngsi.queries import Query, parse_query
from broker.ngsi.querybodies import parse_selectors, to_parameters
from broker.ngsi.snapshots import SnapshotRequest, parse_purge_q, parse_snapshot, to_document
from broker.ngsi.temporalbodies import to_temporal_parameters
from broker.web import histories
from broker.web.answers import created_answer, document_answer
from broker.web.bodies import linked_context, read_document, read_fragment
from broker.web.calls import DOCUMENTS, PATCHES, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parts import Example, Parameter, Reply
from broker.web.problems import to_problem

_PURGED: Final = Parameter(
    means="Which snapshots go, by `snapshotPriority`, `snapshotStatus`, `snapshotLifetime`, `lastUsedAt`, `createdAt`"
    " or `modifiedAt`",
    example="snapshotPriority<5",
    required=True,
)


async def create_snapshot(call: Call) -> Answer:
    """Create Snapshot (6.36.3.1)."""
    body, context = read_document(call)
    wanted = parse_snapshot(body, queries=True)
    queries = [_query(query, context) for query in wanted.queries]
    past = [_temporal_query(query, context) for query in wanted.temporal_queries]
    found = await harvest(call.resources, call.tenant, queries, past, visible=call.visible)
    snapshot = await engine.create_snapshot(call.resources, call.tenant, wanted, found, _kept(wanted, found))
    return created_answer(snapshot.id, "snapshots")


async def purge_snapshots(call: Call) -> Answer:
    """Purge Snapshots (6.36.3.2)."""
    if "q" not in call.parameters:
        raise BadRequestData("Parameter 'q' is required, such as q=snapshotPriority<5; it says which snapshots go")
    await engine.purge_snapshots(call.resources, call.tenant, parse_purge_q(call.parameters["q"]))
    return Answer(204)


async def retrieve_snapshot(call: Call) -> Answer:
    """Retrieve Snapshot Status (6.37.3.1)."""
    context = linked_context(call)
    snapshot = await engine.require_snapshot(call.resources, call.tenant, _snapshot_id(call))
    return document_answer(call, context, to_document(snapshot))


async def update_snapshot(call: Call) -> Answer:
    """Update Snapshot Status (6.37.3.2)."""
    snapshot_id = _snapshot_id(call)
    body, context = read_document(call)
    wanted = parse_snapshot(body, queries=False, id_may_be=False)
    snapshot = await engine.update_snapshot(call.resources, call.tenant, snapshot_id, wanted)
    return document_answer(call, context, to_document(snapshot))


async def delete_snapshot(call: Call) -> Answer:
    """Delete Snapshot (6.37.3.3)."""
    await engine.delete_snapshot(call.resources, call.tenant, _snapshot_id(call))
    return Answer(204)


async def clone_snapshot(call: Call) -> Answer:
    """Clone Snapshot (6.38.3.1)."""
    snapshot_id = _snapshot_id(call)
    body, _ = read_fragment(call)
    wanted = parse_snapshot(body, queries=False)
    snapshot = await engine.clone_snapshot(call.resources, call.tenant, snapshot_id, wanted)
    return created_answer(snapshot.id, "snapshots")


def _query(body: dict[str, Any], context: Context) -> Query:
    query = parse_query(to_parameters(body), context)
    return replace(query, selectors=parse_selectors(body, context))


def _temporal_query(body: dict[str, Any], context: Context) -> EvolutionQuery:
    query = parse_evolution_query(to_temporal_parameters(body, histories.PARAMETERS), context)
    return replace(query, entities=replace(query.entities, selectors=parse_selectors(body, context)))


def _kept(wanted: SnapshotRequest, found: Harvest) -> dict[str, Any]:
    """What a snapshot tells for as long as it is there."""
    asked = (
        ("snapshotQueries", wanted.queries, found.results),
        ("snapshotTemporalQueries", wanted.temporal_queries, found.past_results),
    )
    return {
        name: value
        for queries, stated, results in asked
        if stated
        for name, value in ((queries, list(stated)), (f"{queries}Details", [_detail(*result) for result in results]))
    }


def _detail(result: str, error: RequestError | None) -> dict[str, Any]:
    return {"resultStatus": result} | ({} if error is None else {"problemDetails": to_problem(error)})


def _snapshot_id(call: Call) -> str:
    return require_uri(call.ids[0], "The id of a snapshot in the path")


OPERATIONS: Final = (
    Operation(
        name="Create Snapshot",
        clause="6.36.3.1",
        method="POST",
        path="snapshots",
        endpoint=create_snapshot,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Makes a snapshot: a copy of what queries find, whole when the answer is there.",
        takes="SnapshotInput",
        gives={201: replies.CREATED},
        errors=(AlreadyExists, Conflict, OperationNotSupported),
        example=Example(body=examples.NEW_SNAPSHOT),
    ),
    Operation(
        name="Purge Snapshots",
        clause="6.36.3.2",
        method="DELETE",
        path="snapshots",
        endpoint=purge_snapshots,
        parameters=frozenset({"q", "local"}),
        writes=True,
        about="Deletes the snapshots that `q` asks for.",
        told={"q": _PURGED},
        gives={204: replies.DONE},
        example=Example(parameters={"q": "snapshotPriority<5"}),
    ),
    Operation(
        name="Retrieve Snapshot Status",
        blind=True,
        clause="6.37.3.1",
        method="GET",
        path="snapshots/{snapshotId}",
        endpoint=retrieve_snapshot,
        parameters=frozenset({"local"}),
        offers=DOCUMENTS,
        about="Tells how a snapshot is.",
        gives={200: Reply("The snapshot", "Snapshot", ("Link", "ETag"))},
        errors=(NotFound,),
        example=Example(ids=(examples.SNAPSHOT,)),
    ),
    Operation(
        name="Update Snapshot Status",
        clause="6.37.3.2",
        method="PATCH",
        path="snapshots/{snapshotId}",
        endpoint=update_snapshot,
        parameters=frozenset({"local"}),
        reads=PATCHES,
        offers=DOCUMENTS,
        writes=True,
        about="Changes the priority of a snapshot, and for how long it is kept from now on.",
        takes="SnapshotFragment",
        gives={200: Reply("The snapshot", "Snapshot", ("Link",))},
        errors=(NotFound, OperationNotSupported),
        example=Example(ids=(examples.SNAPSHOT,), body={"snapshotPriority": 7}),
    ),
    Operation(
        name="Delete Snapshot",
        clause="6.37.3.3",
        method="DELETE",
        path="snapshots/{snapshotId}",
        endpoint=delete_snapshot,
        parameters=frozenset({"local"}),
        writes=True,
        about="Deletes a snapshot.",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.SNAPSHOT,)),
    ),
    Operation(
        name="Clone Snapshot",
        clause="6.38.3.1",
        method="POST",
        path="snapshots/{snapshotId}/clone",
        endpoint=clone_snapshot,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Makes a copy of a snapshot.",
        takes="SnapshotClone",
        gives={201: replies.CREATED},
        errors=(AlreadyExists, Conflict, NotFound, OperationNotSupported),
        example=Example(ids=(examples.SNAPSHOT,), body={"type": "Snapshot", "snapshotPriority": 7}),
    ),
)
