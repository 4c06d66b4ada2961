# SPDX-License-Identifier: EUPL-1.2
"""The connectors of a tenant: how each is, and the newest of what could not be stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import orjson

from allmende.database.pool import Connection
from allmende.errors import NotFound
from auth.policy import Visible
from broker.engine.reports import Report, to_report
from broker.engine.resources import Resources
from broker.store import connectors as store
from broker.store.connectors import KnownConnector
from broker.store.deadletters import DeadLetter, list_dead_letters
from broker.store.labels import find_labels

MOST_COUNTED: Final = 1_000
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
    work = partial(store.list_connectors, schema=schema, most_letters=MOST_COUNTED + 1, most=_MOST_CONNECTORS)
    known = await resources.database.read(schema, work)
    now, heard = resources.clock(), resources.ingest.heard_of(tenant)
    return [
        _to_report(tenant, known.get(name, KnownConnector(name)), heard.get(name), now)
        for name in sorted({*known, *heard})
    ]


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
        letters = await list_dead_letters(connection, schema, connector=connector, most=most)
        labels = await find_labels(connection, schema, sorted({letter.entity for letter in letters if letter.entity}))
        return [_to_letter(letter, labels.get(letter.entity or "")) for letter in letters]

    return await resources.database.read(schema, work)


def _to_report(tenant: str, known: KnownConnector, heard_at: datetime | None, now: datetime) -> Report:
    return to_report(
        tenant,
        known.name,
        None if known.state is None else orjson.loads(known.state),
        reported_at=known.reported_at,
        heard_at=heard_at,
        dead_letters=known.letters,
        now=now,
    )


def _to_letter(letter: DeadLetter, label: Mapping[str, str] | None) -> Letter:
    return Letter(
        id=str(letter.id),
        connector=letter.connector,
        entity=letter.entity,
        label=label,
        attribute=letter.attribute,
        reason=letter.reason,
        received=letter.received_at,
        attempts=letter.attempts,
    )
