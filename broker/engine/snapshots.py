# SPDX-License-Identifier: EUPL-1.2
"""Snapshots of a tenant's entities, which stay as they were (ETSI GS CIM 009, 5.5.15, 5.16)."""

from collections.abc import Mapping
from dataclasses import replace
from secrets import token_hex
from typing import Any, Final
from uuid import uuid4

from allmende.database.failures import Refused
from allmende.errors import AlreadyExists, BadRequestData, Conflict, NotFound
from broker.engine.harvesting import Harvest
from broker.engine.resources import Resources
from broker.ngsi.filters.matching import matches
from broker.ngsi.filters.tree import Filter
from broker.ngsi.snapshots import LIFETIME, PRIORITY, Snapshot, SnapshotRequest, lifetime_of, status_of, to_state
from broker.store import snapshots as store

MOST: Final = 10
"""Snapshots of a tenant; that of the lowest priority makes room."""


async def create_snapshot(
    resources: Resources, tenant: str, wanted: SnapshotRequest, found: Harvest, document: dict[str, Any]
) -> Snapshot:
    """Create Snapshot (5.16.1): it is whole when this returns. `document` is kept beside what the broker tells."""
    await resources.tenants.schema_of(tenant)
    status = status_of([result for result, _ in (*found.results, *found.past_results)])
    return await _keep(resources, tenant, wanted, document, status, origin=tenant, found=found)


async def clone_snapshot(resources: Resources, tenant: str, snapshot_id: str, wanted: SnapshotRequest) -> Snapshot:
    """Clone Snapshot (5.16.2)."""
    origin = await require_snapshot(resources, tenant, snapshot_id)
    return await _keep(resources, tenant, wanted, origin.document, origin.status, origin=origin.slug, found=None)


async def find_snapshot(resources: Resources, tenant: str, snapshot_id: str) -> Snapshot | None:
    """A snapshot, where there is one that is not over."""
    async with resources.database.platform() as connection:
        return await store.get_snapshot(connection, tenant, snapshot_id, resources.clock())


async def require_snapshot(resources: Resources, tenant: str, snapshot_id: str) -> Snapshot:
    """Retrieve Snapshot Status (5.16.3)."""
    snapshot = await find_snapshot(resources, tenant, snapshot_id)
    if snapshot is None:
        await resources.tenants.schema_of(tenant)
        raise NotFound(f"Snapshot {snapshot_id} does not exist, or is over")
    return snapshot


async def enter_snapshot(resources: Resources, tenant: str, snapshot_id: str) -> str:
    """The tenant as which the entities of a snapshot are read and written (6.3.22)."""
    snapshot = await require_snapshot(resources, tenant, snapshot_id)
    async with resources.database.platform() as connection:
        await store.touch_snapshot(connection, snapshot.slug, resources.clock())
    return snapshot.slug


async def update_snapshot(resources: Resources, tenant: str, snapshot_id: str, wanted: SnapshotRequest) -> Snapshot:
    """Update Snapshot Status (5.16.4): its priority, and for how long it is kept from now on."""
    snapshot = await require_snapshot(resources, tenant, snapshot_id)
    now = resources.clock()
    changed = replace(snapshot, priority=wanted.priority or snapshot.priority, modified_at=now)
    if wanted.lifetime is not None:
        document = {**snapshot.document, "snapshotLifetime": wanted.lifetime}
        changed = replace(changed, document=document, expires_at=now + lifetime_of(wanted.lifetime))
    async with resources.database.platform() as connection:
        await store.update_snapshot(connection, changed)
    return changed


async def delete_snapshot(resources: Resources, tenant: str, snapshot_id: str) -> None:
    """Delete Snapshot (5.16.5)."""
    await _drop(resources, await require_snapshot(resources, tenant, snapshot_id))


async def purge_snapshots(resources: Resources, tenant: str, condition: Filter) -> None:
    """Purge Snapshots (5.16.7)."""
    await resources.tenants.schema_of(tenant)
    for snapshot in await _list(resources, tenant):
        if matches(condition, to_state(snapshot)):
            await _drop(resources, snapshot)


async def _keep(
    resources: Resources,
    tenant: str,
    wanted: SnapshotRequest,
    document: Mapping[str, Any],
    status: str,
    *,
    origin: str,
    found: Harvest | None,
) -> Snapshot:
    if "." in tenant:
        raise BadRequestData("A snapshot has no snapshots; clone it without the header NGSILD-Snapshot")
    name = wanted.id or f"urn:ngsi-ld:Snapshot:{uuid4()}"
    await _make_room(resources, tenant, name)
    now = resources.clock()
    lifetime = wanted.lifetime or document.get("snapshotLifetime") or LIFETIME
    snapshot = Snapshot(
        slug=f"{tenant}.{token_hex(10)}",
        id=name,
        status=status,
        priority=wanted.priority or PRIORITY,
        document={**document, "snapshotLifetime": lifetime},
        created_at=now,
        modified_at=now,
        used_at=now,
        expires_at=now + lifetime_of(lifetime),
    )
    try:
        async with resources.database.platform() as connection:
            await store.drop_old_snapshots(connection, now)
            ids, stretches = (None, ()) if found is None else (found.ids, found.stretches)
            await store.insert_snapshot(connection, tenant, snapshot, origin, ids, stretches)
    except Refused as error:
        raise Conflict(f"Snapshot {name} cannot be made: another was made or deleted meanwhile; try again") from error
    return snapshot


async def _make_room(resources: Resources, tenant: str, name: str) -> None:
    """See to it that a tenant can have another snapshot, of this name."""
    others = await _list(resources, tenant)
    if any(other.id == name for other in others):
        raise AlreadyExists(f"Snapshot {name} already exists")
    for other in others[: max(0, len(others) - MOST + 1)]:
        await _drop(resources, other)


async def _list(resources: Resources, tenant: str) -> list[Snapshot]:
    async with resources.database.platform() as connection:
        return await store.list_snapshots(connection, tenant, resources.clock())


async def _drop(resources: Resources, snapshot: Snapshot) -> None:
    async with resources.database.platform() as connection:
        await store.drop_snapshot(connection, snapshot.slug)
    resources.forget_tenant(snapshot.slug)
