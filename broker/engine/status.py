# SPDX-License-Identifier: EUPL-1.2
"""What operators look at: how old the newest observation of each type is, and what the data are stored in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from auth.policy import Visible
from broker.engine.discovery import first_of_types
from broker.engine.overview import TypeOverview
from broker.engine.resources import Resources
from broker.engine.rhythm import is_late, usual_pause
from broker.ngsi.entities import State
from broker.ngsi.instants import to_instant
from broker.store.status import StoredIn, get_storage, list_newest_times

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
    series = await _read_series(resources, tenant, visible)
    now = resources.clock()
    return [_judge(each, series.get(each.iri, []), now) for each in overview.types]


async def read_storage(resources: Resources, tenant: str) -> Storage:
    """The storage of a tenant's history."""
    schema = await resources.tenants.schema_of(tenant)
    stored = await resources.database.read(schema, partial(get_storage, schema=schema))
    return Storage(
        level=level_of(stored),
        postgres=stored.postgres.partition(" ")[0],
        timescale=stored.timescale,
        history_rows=None if stored.is_partial and not stored.rows else stored.rows,
    )


def level_of(stored: StoredIn) -> str:
    """The level of a history; one that was made before the server had TimescaleDB stays a plain table."""
    if stored.timescale is None or (stored.has_own_rows and not stored.has_chunks):
        return "plain"
    return "columnstore" if stored.has_columnstore else "hypertable"


async def _read_series(resources: Resources, tenant: str, visible: Visible) -> dict[str, list[list[datetime]]]:
    """By type, the newest times at which each of its first entities was observed."""
    found = await first_of_types(resources, tenant, most=_SENSORS, visible=visible)
    types, instances = [], []
    for iri, states in found.items():
        for state in states:
            attribute = newest_attribute(state, visible)
            if attribute is not None:
                types.append(iri)
                instances.append((state.id, attribute))
    schema = await resources.tenants.schema_of(tenant)
    work = partial(list_newest_times, schema=schema, instances=instances, most=_OBSERVATIONS)
    series: dict[str, list[list[datetime]]] = {}
    for iri, times in zip(types, await resources.database.read(schema, work), strict=True):
        series.setdefault(iri, []).append(times)
    return series


def _judge(one: TypeOverview, series: Sequence[Sequence[datetime]], now: datetime) -> Freshness:
    """How fresh a type is: an overview may be older than the series, and know nothing of what other processes wrote."""
    newest = [times[-1] for times in series if times]
    if one.observed_at is not None:
        newest.append(one.observed_at)
    observed_at, usual = max(newest, default=None), usual_pause(series)
    return Freshness(
        iri=one.iri,
        entities=one.entities,
        observed_at=observed_at,
        usual=usual,
        is_late=is_late(observed_at, usual, now),
    )


def newest_attribute(state: State, visible: Visible) -> str | None:
    """The attribute of an entity that was observed last; None where it has no observation."""
    times = {
        attribute: to_instant(instance["observedAt"])
        for attribute, instances in state.attributes.items()
        if visible.sees_attribute(attribute)
        for instance in instances
        if "observedAt" in instance and "datasetId" not in instance
    }
    return max(times, key=lambda attribute: times[attribute], default=None)
