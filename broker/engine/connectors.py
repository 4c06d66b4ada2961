# SPDX-License-Identifier: EUPL-1.2
"""The connectors of a tenant: how each is, and the newest of what could not be stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from allmende.database.pool import Connection
from allmende.errors import NotFound
from auth.policy import Visible
from broker.engine.reports import Report, to_report
from broker.engine.resources import Resources
from broker.store import SQL

MOST_COUNTED: Final = 10_000
"""Dead letters of a connector; where there are more, their number is one more than this."""
_MOST_CONNECTORS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter at a glance; `label`: what its entity is called, by language; None where it is not there."""

    id: str
    connector: str
    entity: str | None
    label: Mapping[str, str] | None
    attribute: str | None
    reason: str
    received: datetime
    attempts: int


async def list_connectors(resources: Resources, tenant: str, *, visible: Visible) -> list[Report]:
    """All connectors that are known of, in the order of their names; whoever sees a part of the tenant sees none."""
    if not visible.whole:
        return []
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[Any]:
        query = SQL.text("list_connectors", schema)
        rows: list[Any] = await connection.fetch(query, MOST_COUNTED + 1, _MOST_CONNECTORS)
        return rows

    stored = {row["name"]: row for row in await resources.database.read(schema, work)}
    now, heard = resources.clock(), resources.ingest.heard_of(tenant)
    return [_to_report(tenant, name, stored.get(name), heard.get(name), now) for name in sorted({*stored, *heard})]


async def require_connector(resources: Resources, tenant: str, name: str, *, visible: Visible) -> Report:
    """One connector."""
    for report in await list_connectors(resources, tenant, visible=visible):
        if report.name == name:
            return report
    raise NotFound(f"Connector {name} does not exist")


async def newest_letters(
    resources: Resources, tenant: str, *, connector: str | None = None, most: int, visible: Visible
) -> list[Letter]:
    """The newest dead letters of a connector, or of all."""
    if not visible.whole:
        return []
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> list[Letter]:
        rows = await connection.fetch(SQL.text("list_dead_letters", schema), connector, most)
        ids = sorted({row["entity"] for row in rows if row["entity"] is not None})
        found = await connection.fetch(SQL.text("find_labels", schema), ids) if ids else []
        labels = {row["id"]: orjson.loads(row["label"] or "{}") for row in found}
        return [_to_letter(row, labels.get(row["entity"])) for row in rows]

    return await resources.database.read(schema, work)


def _to_report(tenant: str, name: str, row: Any, heard_at: datetime | None, now: datetime) -> Report:
    state = row["state"] if row else None
    return to_report(
        tenant,
        name,
        None if state is None else orjson.loads(state),
        reported_at=row["reported_at"] if row else None,
        heard_at=heard_at,
        dead_letters=row["letters"] if row else 0,
        now=now,
    )


def _to_letter(row: Any, label: Mapping[str, str] | None) -> Letter:
    return Letter(
        id=str(row["id"]),
        connector=row["connector"],
        entity=row["entity"],
        label=label,
        attribute=row["attribute"],
        reason=row["reason"],
        received=row["received_at"],
        attempts=row["attempts"],
    )
