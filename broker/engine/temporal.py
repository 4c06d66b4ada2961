# SPDX-License-Identifier: EUPL-1.2
"""The history of entities, instance by instance (ETSI GS CIM 009, 5.7.3, 5.7.4)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from allmende.database.failures import Refused, TimedOut
from allmende.database.pool import Connection
from allmende.errors import BadRequestData, NotFound, TooComplexQuery
from auth.policy import Visible
from broker.engine.evolutions import FIRST, LAST, Selected, select_evolution, select_evolutions, window_of
from broker.engine.resources import Resources
from broker.ngsi.entities import Attributes
from broker.ngsi.evolutionqueries import EvolutionQuery, Parts
from broker.ngsi.history import SCOPE_IRI
from broker.ngsi.temporal import TemporalQuery
from broker.ngsi.truncation import cut, latest
from broker.store.evolutions import Evolving
from broker.store.timeseries import Past, Series, find_instances, read_instances
from broker.store.vocabulary import Vocabulary
from broker.store.where_history import Window

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Evolution:
    """An entity and instances of its attributes, by IRI, in ascending order."""

    entity: Evolving
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Evolutions:
    """What one answer tells of some entities.

    `truncated`: the broker's limit cut them; every attribute is told in full between `start` and `end`.
    """

    entities: Sequence[Evolution]
    truncated: bool
    start: datetime | None
    end: datetime | None
    more: bool = False
    """Whether another page of entities follows."""
    count: int | None = None


async def retrieve_temporal_entity(
    resources: Resources,
    tenant: str,
    entity_id: str,
    query: TemporalQuery | None,
    *,
    parts: Parts,
    visible: Visible,
) -> Evolutions:
    """Retrieve Temporal Evolution of an Entity (5.7.3); without `query` all of it."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window = window_of(query)

    async def work(connection: Connection) -> Evolutions:
        selected = await select_evolution(
            connection, schema, entity_id, window, parts, visible=visible, vocabulary=vocabulary
        )
        if selected is None:
            raise NotFound(f"Entity {entity_id} has no history")
        if parts.attrs is not None and all(selected.names[one.attribute] == SCOPE_IRI for one in selected.series):
            raise NotFound(f"Entity {entity_id} has no history of these attributes")
        return await _tell(connection, schema, selected, window, query, vocabulary, resources.temporal_instance_cap)

    return await _read(resources, schema, work)


async def query_temporal_entities(
    resources: Resources, tenant: str, query: EvolutionQuery, *, visible: Visible
) -> Evolutions:
    """Query Temporal Evolution of Entities (5.7.4): a page of entities in the order of their ids."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)
    window = window_of(query.temporal)

    async def work(connection: Connection) -> Evolutions:
        selected = await select_evolutions(
            connection,
            schema,
            query,
            visible=visible,
            vocabulary=vocabulary,
            effort=resources.database.statement_timeout,
        )
        cap = resources.temporal_instance_cap
        return await _tell(connection, schema, selected, window, query.temporal, vocabulary, cap)

    return await _read(resources, schema, work)


async def _read(resources: Resources, schema: str, work: Callable[[Connection], Awaitable[_Answer]]) -> _Answer:
    try:
        return await resources.database.read(schema, work)
    except TimedOut as error:
        raise TooComplexQuery(
            "The query takes longer than ALLMENDE_STATEMENT_TIMEOUT allows; narrow it by type, id, attrs or time"
        ) from error
    except Refused as error:
        raise BadRequestData("The query cannot be answered; check idPattern and the patterns of q") from error


async def _tell(  # noqa: PLR0917 - each is another thing
    connection: Connection,
    schema: str,
    selected: Selected,
    window: Window,
    query: TemporalQuery | None,
    vocabulary: Vocabulary,
    cap: int,
) -> Evolutions:
    last_n = None if query is None else query.last_n
    collection = _Collection(connection, schema, window, cap, last_n)
    rows, found = await collection.read(selected.series)
    kept, truncated = cut(rows, cap, newest_first=last_n is not None)
    instances = await read_instances(connection, schema, kept, vocabulary)
    attributes: dict[int, Attributes] = {one.seq: {} for one in selected.entities}
    if truncated:
        # What was cut away whole is told to be there, as a list of nothing.
        for one in found:
            attributes[one.seq][selected.names[one.attribute]] = []
    for past, instance in zip(kept, instances, strict=True):
        attributes[past.seq].setdefault(selected.names[past.attribute], []).append(instance)
    start, end = _range(kept, window, newest_first=last_n is not None) if truncated else (None, None)
    entities = [Evolution(one, attributes[one.seq]) for one in selected.entities]
    return Evolutions(entities, truncated, start, end, selected.more, selected.count)


@dataclass(frozen=True, slots=True)
class _Collection:
    """Reads so much of many series that what an answer can hold is among it, and little more.

    A first statement reads a few rows of each; further ones more of those that may go on before the limit is reached.
    """

    connection: Connection
    schema: str
    window: Window
    cap: int
    last_n: int | None

    async def read(self, series: Sequence[Series]) -> tuple[list[Past], list[Series]]:
        """Rows of all series, among them the first `cap` and one more in the window's order; and which have any.

        Of each attribute no more than the last N.
        """
        most = self.cap + 1 if self.last_n is None else min(self.last_n, self.cap + 1)
        length = min(most, 2 * (self.cap + 1) // max(len(series), 1) + 2)
        found: dict[Series, list[Past]] = {}
        pending = list(series)
        kept: list[Past] = []
        while pending:
            found |= await find_instances(
                self.connection,
                self.schema,
                pending,
                self.window,
                limit=length,
                newest_first=self.last_n is not None,
            )
            kept, borders = self._keep(found)
            border = self._border(kept)
            pending = [
                one
                for one, rows in found.items()
                if len(rows) == length < most
                and self._is_before(rows[-1].at, border)
                and self._is_before(rows[-1].at, borders.get((one.seq, one.attribute)))
            ]
            length = min(4 * length, most)
        return kept, [one for one, rows in found.items() if rows]

    def _keep(self, found: Mapping[Series, Sequence[Past]]) -> tuple[list[Past], dict[tuple[int, int], datetime]]:
        """The rows without those beyond the last N of their attribute, and where these end, if there are so many."""
        if self.last_n is None:
            return [past for rows in found.values() for past in rows], {}
        groups: dict[tuple[int, int], list[Past]] = {}
        for one, rows in found.items():
            groups.setdefault((one.seq, one.attribute), []).extend(rows)
        trimmed = {key: latest(rows, self.last_n) for key, rows in groups.items()}
        borders = {key: rows[-1].at for key, rows in trimmed.items() if len(rows) == self.last_n}
        return [past for rows in trimmed.values() for past in rows], borders

    def _border(self, rows: Iterable[Past]) -> datetime | None:
        """The time of the first row that an answer cannot hold."""
        times = sorted((past.at for past in rows), reverse=self.last_n is not None)
        return times[self.cap] if len(times) > self.cap else None

    def _is_before(self, time: datetime, border: datetime | None) -> bool:
        """Whether what follows a time may come before the border, or with it."""
        if border is None:
            return True
        return time >= border if self.last_n is not None else time <= border


def _range(kept: Sequence[Past], window: Window, *, newest_first: bool) -> tuple[datetime | None, datetime | None]:
    """What is told in full: from the edge that the reading began at to the last instance kept."""
    if not kept:
        return None, None
    first, last = (kept[-1].at, kept[0].at) if newest_first else (kept[0].at, kept[-1].at)
    edge = window.end if newest_first else window.start
    return first if edge in {FIRST, LAST} else edge, last
