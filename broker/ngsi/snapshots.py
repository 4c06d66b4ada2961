# SPDX-License-Identifier: EUPL-1.2
"""Snapshots, as requests state them and as they are shown (ETSI GS CIM 009, 5.2.41, 5.2.42)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from allmende.errors import BadRequestData, OperationNotSupported
from broker.ngsi.contexts import CORE
from broker.ngsi.datatypes import require_uri, shown
from broker.ngsi.durations import parse_lifetime
from broker.ngsi.entities import Attributes, State
from broker.ngsi.filters.language import parse_q
from broker.ngsi.filters.tree import Filter, paths_of
from broker.ngsi.instants import from_instant, short_instant
from broker.ngsi.nearness import did_you_mean

LIFETIME: Final = "P1D"
LONGEST: Final = timedelta(days=30)
PRIORITY: Final = 5

_QUERIES: Final = ("snapshotQueries", "snapshotTemporalQueries")
_TOLD: Final = frozenset(
    (
        "snapshotStatus",
        "snapshotQueriesDetails",
        "snapshotTemporalQueriesDetails",
        "createdAt",
        "modifiedAt",
        "expiresAt",
        "lastUsedAt",
    )
)
"""Members that only the broker tells; those of a request are passed over."""

_KNOWN: Final = frozenset({"id", "type", "@context", *_QUERIES, "snapshotPriority", "snapshotLifetime"})
_NOTIFYING: Final = frozenset({"endpoint", "receiverInfo"})
_ASKED: Final = frozenset({"snapshotPriority", "snapshotStatus", "snapshotLifetime", "lastUsedAt"})
"""Members by which snapshots can be purged, beside createdAt and modifiedAt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot: `document` holds the members that clients give and that do not change of themselves."""

    slug: str
    """Where its entities lie: the tenant of this name."""
    id: str
    status: str
    priority: int
    document: Mapping[str, Any]
    created_at: datetime
    modified_at: datetime
    used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRequest:
    """What a request says of a snapshot; None where it says nothing."""

    id: str | None = None
    queries: tuple[dict[str, Any], ...] = ()
    temporal_queries: tuple[dict[str, Any], ...] = ()
    priority: int | None = None
    lifetime: str | None = None


def parse_snapshot(body: Mapping[str, Any], *, queries: bool, id_may_be: bool = True) -> SnapshotRequest:
    """A new snapshot, which needs queries, or a clone or a change of one, which must have none."""
    for name in body:
        if name in _NOTIFYING:
            raise OperationNotSupported(
                f"Member {name!r} of a snapshot is not supported: nobody is notified of it; leave it out, and read the"
                " snapshot, which is whole when the answer is there"
            )
        if name not in _KNOWN and name not in _TOLD:
            hint = did_you_mean(name, _KNOWN) or f"; known are: {', '.join(sorted(_KNOWN))}"
            raise BadRequestData(f"A snapshot must not hold {name!r}{hint}")
    if "id" in body and not id_may_be:
        raise BadRequestData("The id of a snapshot never changes; leave it out")
    if body.get("type", None if queries else "Snapshot") != "Snapshot":
        raise BadRequestData(f"Member 'type' must be Snapshot, not {shown(body.get('type'))}")
    stated = [name for name in _QUERIES if name in body]
    if stated and not queries:
        raise BadRequestData(f"Member {stated[0]!r} never changes; leave it out")
    if queries and not stated:
        raise BadRequestData(f"A snapshot needs {' or '.join(_QUERIES)}, which say what it holds")
    wanted = {name: _queries(body[name], name) for name in stated}
    lifetime = body.get("snapshotLifetime")
    if lifetime is not None:
        lifetime_of(lifetime)
    return SnapshotRequest(
        id=require_uri(body["id"], "The id of a snapshot") if "id" in body else None,
        queries=wanted.get(_QUERIES[0], ()),
        temporal_queries=wanted.get(_QUERIES[1], ()),
        priority=_priority(body["snapshotPriority"]) if "snapshotPriority" in body else None,
        lifetime=lifetime,
    )


def lifetime_of(text: Any) -> timedelta:
    """For how long a snapshot is kept."""
    return parse_lifetime(text, "Member 'snapshotLifetime'", most=LONGEST)


def to_document(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as it is shown."""
    return {
        "id": snapshot.id,
        "type": "Snapshot",
        **snapshot.document,
        "snapshotPriority": snapshot.priority,
        "snapshotStatus": snapshot.status,
        "createdAt": short_instant(snapshot.created_at),
        "modifiedAt": short_instant(snapshot.modified_at),
        "lastUsedAt": short_instant(snapshot.used_at),
        "expiresAt": short_instant(snapshot.expires_at),
    }


def parse_purge_q(text: str) -> Filter:
    """Which snapshots a purge means; it asks for members of snapshots only."""
    condition = parse_q(text, CORE)
    known = {CORE.attribute_names[name] for name in _ASKED}
    for path in paths_of(condition):
        if path.attributes and path.attributes[0] not in known:
            raise BadRequestData(
                f"Parameter 'q' must ask for {', '.join(sorted(_ASKED | {'createdAt', 'modifiedAt'}))},"
                f" not for {CORE.compact(path.attributes[0])}"
            )
    return condition


def to_state(snapshot: Snapshot) -> State:
    """The snapshot as filters see it."""
    document = to_document(snapshot)
    attributes: Attributes = {
        CORE.attribute_names[name]: [{"type": "Property", "value": document[name]}]
        for name in _ASKED
        if name in document
    }
    created, modified = from_instant(snapshot.created_at), from_instant(snapshot.modified_at)
    return State(snapshot.id, ["Snapshot"], attributes, [], created, modified)


def status_of(results: list[str]) -> str:
    """How it went on the whole, of how each query went: success, empty or failure (5.16.1.4)."""
    if all(result == "success" for result in results):
        return "success"
    if "success" in results:
        return "partial"
    return "empty" if "empty" in results else "failure"


def _queries(queries: Any, name: str) -> tuple[dict[str, Any], ...]:
    if type(queries) is not list or not 1 <= len(queries) <= 100:
        raise BadRequestData(f"Member {name!r} must be a list of 1 to 100 queries, not {shown(queries)}")
    for query in queries:
        if type(query) is not dict:
            raise BadRequestData(f"Member {name!r} must hold objects, not {shown(query)}")
    return tuple(queries)


def _priority(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 10:
        raise BadRequestData(f"Member 'snapshotPriority' must be a whole number from 1 to 10, not {shown(value)}")
    return value
