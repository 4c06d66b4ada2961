# SPDX-License-Identifier: EUPL-1.2
"""The history of entities (ETSI GS CIM 009, 5.7.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import NotFound, OperationNotSupported
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.entities import Attributes
from broker.ngsi.temporal import TemporalQuery
from broker.store.timeseries import Past, Window, find_attributes, find_history_entity, find_instances
from broker.store.vocabulary import Vocabulary

_FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TemporalEntity:
    """The instances of an entity in ascending order.

    `truncated`: the broker's limit cut them; every attribute is told in full between `start` and `end`.
    """

    id: str
    types: list[str]
    attributes: Attributes
    truncated: bool
    start: datetime | None
    end: datetime | None


async def retrieve_temporal_entity(
    resources: Resources,
    tenant: str,
    entity_id: str,
    query: TemporalQuery | None,
    *,
    attrs: frozenset[str] | None,
    visible: Visible,
) -> TemporalEntity:
    """Retrieve Temporal Evolution of an Entity (5.7.3); without `query` all of it."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    cap = resources.temporal_instance_cap
    window = _window(query, cap)

    async def work(connection: Connection) -> TemporalEntity:
        known = await find_history_entity(connection, schema, entity_id)
        found = {} if known is None else await find_attributes(connection, schema, known.seq, vocabulary)
        chosen = {name: number for name, number in found.items() if attrs is None or name in attrs}
        chosen = {name: number for name, number in chosen.items() if visible.sees_attribute(name)}
        if known is None or not (chosen or (known.types and attrs is None)):
            raise NotFound(f"Entity {entity_id} has no history" + (" of these attributes" if found else ""))
        pasts = await _collect(connection, schema, known.seq, chosen.values(), window, vocabulary, cap=cap)
        return _cut(entity_id, known.types or [], chosen, pasts, window, cap)

    try:
        return await resources.database.read(schema, work)
    except TimedOut as error:
        raise OperationNotSupported("The query takes too long; narrow it by attrs or by time") from error


def _window(query: TemporalQuery | None, cap: int) -> Window:
    if query is None:
        return Window(_FIRST, _LAST, False, False, False, False, cap + 1)
    start, end = _FIRST, _LAST
    if query.timerel == "before" and query.time_at is not None:
        end = query.time_at
    elif query.time_at is not None:
        start = query.time_at
    if query.timerel == "between" and query.end_time_at is not None:
        end = query.end_time_at
    observed = query.timeproperty == "observedAt"
    return Window(
        start,
        end,
        by_modified=not observed,
        only_observed=observed and query.timerel is not None,
        deleted=query.timeproperty == "deletedAt",
        newest_first=query.last_n is not None,
        limit=cap + 1 if query.last_n is None else min(query.last_n, cap + 1),
    )


async def _collect(
    connection: Connection,
    schema: str,
    seq: int,
    numbers: Iterable[int],
    window: Window,
    vocabulary: Vocabulary,
    *,
    cap: int,
) -> list[Past]:
    """The first `cap` instances of all attributes in the window's order, and one more where there are more."""
    pasts: list[Past] = []
    for number in numbers:
        pasts += await find_instances(connection, schema, seq, number, window, vocabulary)
        pasts.sort(key=lambda past: past.time, reverse=window.newest_first)
        if len(pasts) > cap:
            # What lies beyond will be cut, so that the next attributes need not be read there.
            del pasts[cap + 1 :]
            window = _narrowed(window, pasts[cap].time)
    return pasts


def _narrowed(window: Window, border: datetime) -> Window:
    if window.newest_first:
        return replace(window, start=border)
    return replace(window, end=border + timedelta(microseconds=1))


def _cut(
    entity_id: str,
    types: list[str],
    chosen: Iterable[str],
    pasts: Sequence[Past],
    window: Window,
    cap: int,
) -> TemporalEntity:
    """At most `cap` instances, cut at a time, so that no attribute is half told before it."""
    truncated = len(pasts) > cap
    if truncated:
        border = pasts[cap].time
        kept = [past for past in pasts[:cap] if past.time != border] or list(pasts[:cap])
    else:
        kept = list(pasts)
    start, end = _range(kept, window)
    attributes: Attributes = {name: [] for name in chosen}
    for past in sorted(kept, key=lambda one: one.time):
        attributes[past.attribute].append(past.instance)
    if not truncated:
        attributes = {name: instances for name, instances in attributes.items() if instances}
    return TemporalEntity(entity_id, types, attributes, truncated, start, end)


def _range(kept: Sequence[Past], window: Window) -> tuple[datetime | None, datetime | None]:
    """What is told in full: from the edge that the reading began at to the last instance kept (6.3.10)."""
    if not kept:
        return None, None
    edge = window.end if window.newest_first else window.start
    return kept[0].time if edge in {_FIRST, _LAST} else edge, kept[-1].time
