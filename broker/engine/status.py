# SPDX-License-Identifier: EUPL-1.2
"""What operators look at: how old the newest observation of each type is, and what the data are stored in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from allmende.database.pool import Connection
from auth.policy import Visible
from broker.engine.discovery import first_of_types
from broker.engine.resources import Resources
from broker.engine.rhythm import is_late, usual_pause
from broker.ngsi.entities import State
from broker.store import SQL

_SENSORS: Final = 3
_OBSERVATIONS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How fresh a type is, by its IRI; `usual` is the pause between two observations of one entity, where it is known."""

    iri: str
    entities: int
    observed_at: datetime | None
    usual: timedelta | None
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What the data are stored in; `level` is `plain`, `hypertable` or `columnstore`.

    `history_rows` is an estimate; None where the database has no statistics yet.
    """

    level: str
    postgres: str
    timescale: str | None
    history_rows: int | None


async def read_freshness(resources: Resources, tenant: str, *, visible: Visible) -> list[Freshness]:
    """All types, in the order of their IRIs."""
    overview = await resources.overview(tenant, visible=visible)
    pauses = await _usual_pauses(resources, tenant, visible)
    now = resources.clock()
    return [
        Freshness(
            iri=each.iri,
            entities=each.entities,
            observed_at=each.observed_at,
            usual=pauses.get(each.iri),
            is_late=is_late(each.observed_at, pauses.get(each.iri), now),
        )
        for each in overview.types
    ]


async def read_storage(resources: Resources, tenant: str) -> Storage:
    """The storage of a tenant's history."""
    schema = await resources.tenants.schema_of(tenant)

    async def work(connection: Connection) -> Any:
        return await connection.fetchrow(SQL.text("get_storage", schema))

    row = await resources.database.read(schema, work)
    return Storage(
        level=level_of(row),
        postgres=str(row["postgres"]).partition(" ")[0],
        timescale=row["timescale"],
        history_rows=None if row["is_partial"] and not row["rows"] else row["rows"],
    )


def level_of(row: Mapping[str, Any]) -> str:
    """The level of a history; one that was made before the server had TimescaleDB stays a plain table."""
    if row["timescale"] is None or (row["has_own_rows"] and not row["has_chunks"]):
        return "plain"
    return "columnstore" if row["has_columnstore"] else "hypertable"


async def _usual_pauses(resources: Resources, tenant: str, visible: Visible) -> dict[str, timedelta]:
    """The usual pause of each type, by the newest observations of its first entities."""
    found = await first_of_types(resources, tenant, most=_SENSORS, visible=visible)
    asked = [
        (iri, state.id, attribute)
        for iri, states in found.items()
        for state in states
        if (attribute := newest_attribute(state, visible)) is not None
    ]
    schema = await resources.tenants.schema_of(tenant)
    columns = [[entity for _, entity, _ in asked], [attribute for _, _, attribute in asked]]

    async def work(connection: Connection) -> list[Any]:
        rows: list[Any] = await connection.fetch(SQL.text("list_newest_times", schema), *columns, _OBSERVATIONS)
        return rows

    rows = await resources.database.read(schema, work) if asked else []
    return _by_type([iri for iri, _, _ in asked], rows)


def newest_attribute(state: State, visible: Visible) -> str | None:
    """The attribute of an entity that was observed last; None where it has no observation."""
    times = {
        attribute: str(instance["observedAt"])
        for attribute, instances in state.attributes.items()
        if visible.sees_attribute(attribute)
        for instance in instances
        if "observedAt" in instance and "datasetId" not in instance
    }
    return max(times, key=lambda attribute: times[attribute], default=None)


def _by_type(types: list[str], rows: Iterable[Any]) -> dict[str, timedelta]:
    series: dict[str, dict[int, list[datetime]]] = {}
    for number, time in rows:
        series.setdefault(types[number - 1], {}).setdefault(number, []).append(time)
    pauses = {iri: usual_pause(list(of_type.values())) for iri, of_type in series.items()}
    return {iri: pause for iri, pause in pauses.items() if pause is not None}
