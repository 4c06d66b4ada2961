# SPDX-License-Identifier: EUPL-1.2
"""The numbers of an attribute over time, in as many points as a reader can use."""

from dataclasses import replace
from typing import Final

from allmende.database.failures import TimedOut
from allmende.database.pool import Connection
from allmende.errors import NotFound, OperationNotSupported
from auth.policy import Visible
from broker.engine.resources import Resources
from broker.ngsi.series import Series, SeriesQuery, single_points
from broker.ngsi.shortnames import find_attribute, to_short_name
from broker.ngsi.widths import choose_width
from broker.store.series import (
    InstanceKey,
    find_dataset,
    find_datasets,
    find_newest_number,
    find_numbers,
    summarize_numbers,
)
from broker.store.timeseries import find_attributes, find_history_entity
from broker.store.vocabulary import Vocabulary

_NAMED: Final = 10
"""At most so many names stand in an error."""


async def retrieve_series(
    resources: Resources, tenant: str, entity_id: str, query: SeriesQuery, *, visible: Visible
) -> Series:
    """The numbers of an attribute instance; no points where the range holds none, NotFound where there never was one."""
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)

    async def work(connection: Connection) -> tuple[str, Series]:
        seq, attributes = await _find_attributes(connection, schema, entity_id, vocabulary, visible)
        iri = _choose(entity_id, query.attribute, attributes)
        dataset = await find_dataset(connection, schema, query.dataset, vocabulary)
        key = InstanceKey(seq, attributes[iri], -1 if dataset is None else dataset)
        series = await _summarize(connection, schema, key, query)
        if not series.points:
            await _require_instance(connection, schema, key, query, vocabulary)
        return iri, series

    try:
        iri, series = await resources.read(schema, visible, work)
    except TimedOut as error:
        raise OperationNotSupported("The series takes too long to read; narrow it by from and to") from error
    unit = await _current_unit(resources, schema, entity_id, iri, query.dataset, visible)
    return replace(series, unit=unit)


async def _find_attributes(
    connection: Connection, schema: str, entity_id: str, vocabulary: Vocabulary, visible: Visible
) -> tuple[int, dict[str, int]]:
    """The number of an entity, and those of the attributes that it has history of and that the caller sees."""
    known = await find_history_entity(connection, schema, entity_id)
    found = {} if known is None else await find_attributes(connection, schema, known.seq, vocabulary)
    seen = {iri: number for iri, number in found.items() if visible.sees_attribute(iri)}
    if known is None or not seen:
        raise NotFound(f"Entity {entity_id} has no history")
    return known.seq, seen


def _choose(entity_id: str, name: str, attributes: dict[str, int]) -> str:
    iri = find_attribute(name, attributes)
    if iri is None:
        others = sorted(map(to_short_name, attributes))
        known = ", ".join(others[:_NAMED]) + (" and others" if len(others) > _NAMED else "")
        raise NotFound(f"Entity {entity_id} has no history of attribute {name!r}; it has history of {known}")
    return iri


async def _summarize(connection: Connection, schema: str, key: InstanceKey, query: SeriesQuery) -> Series:
    """The numbers themselves where there are no more than points are wanted, else what they are step by step."""
    start, end = query.start, query.end
    numbers = await find_numbers(connection, schema, key, start, end, limit=query.points + 1)
    if len(numbers) <= query.points:
        return single_points(numbers)
    first = numbers[0].time
    newest = await find_newest_number(connection, schema, key, first, end) or numbers[-1]
    width = choose_width(first, newest.time, query.points)
    points = await summarize_numbers(connection, schema, key, first, newest.time, width)
    return Series(width, points, newest)


async def _require_instance(
    connection: Connection, schema: str, key: InstanceKey, query: SeriesQuery, vocabulary: Vocabulary
) -> None:
    """Raise NotFound where the attribute never had this instance."""
    instances = await find_datasets(connection, schema, key.seq, key.attribute, vocabulary)
    if key.dataset in instances:
        return
    uris = sorted(uri for uri in instances.values() if uri is not None)
    known = ", ".join([*(["none"] if None in instances.values() else []), *uris[:_NAMED]])
    which = "without a dataset" if query.dataset is None else f"of dataset {query.dataset}"
    raise NotFound(f"Attribute {query.attribute!r} has no history {which}; its datasets are: {known}")


async def _current_unit(
    resources: Resources, schema: str, entity_id: str, attribute: str, dataset: str | None, visible: Visible
) -> str | None:
    """The unit of the instance as it is now; None where it has none or does not exist any more."""
    state = await resources.reader.get(schema, entity_id, visible)
    instances = () if state is None else state.attributes.get(attribute, ())
    return next((one.get("unitCode") for one in instances if one.get("datasetId") == dataset), None)
