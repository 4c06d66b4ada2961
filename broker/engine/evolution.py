# SPDX-License-Identifier: EUPL-1.2
"""The temporal evolution of entities written: one function per operation (ETSI GS CIM 009, 5.6.11 to 5.6.16)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from allmende.database.pool import Connection
from allmende.errors import BadRequestData, NotFound, OperationNotSupported
from broker.engine.changes import require, write_step
from broker.engine.operations import Changed, Step
from broker.engine.resources import Resources
from broker.ngsi.entities import Entity, Instance, State
from broker.ngsi.evolution import add_instances, correct_instance, forget_attribute
from broker.ngsi.history import Erasure, HistoryRow
from broker.ngsi.instanceids import InstanceKey, parse_instance_id, to_series_name
from broker.ngsi.instants import from_instant, short_instant, to_instant
from broker.ngsi.nearness import did_you_mean_iri
from broker.ngsi.observing import Moment
from broker.store.instances import find_instance, has_dataset
from broker.store.series import find_datasets
from broker.store.timeseries import find_attributes, find_history_entity, find_series


class Past(NamedTuple):
    """What is known of an entity's history: its number, whether it or history of it exists, attributes with numbers."""

    seq: int
    exists: bool
    attributes: Mapping[str, int]


async def upsert_evolution(
    resources: Resources, tenant: str, entity: Entity, scopes: Sequence[HistoryRow] = ()
) -> bool:
    """Create or Update Temporal Evolution of an Entity (5.6.11), with scopes that it had; whether it is new."""

    def change(current: State | None, now: Moment) -> Changed:
        added = add_instances(current, entity, now)
        return Changed(added.state, added.rows, current is None)

    return bool(await write_step(resources, tenant, Step(entity.id, change, creates=True, scopes=scopes)))


async def add_attributes(
    resources: Resources, tenant: str, entity_id: str, fragment: Entity, scopes: Sequence[HistoryRow] = ()
) -> None:
    """Add Attributes to Temporal Evolution of an Entity (5.6.12), and scopes that it had."""

    def change(current: State | None, now: Moment) -> Changed:
        added = add_instances(require(current, entity_id), fragment, now)
        return Changed(added.state, added.rows)

    await write_step(resources, tenant, Step(entity_id, change, scopes=scopes))


async def delete_evolution(resources: Resources, tenant: str, entity_id: str) -> None:
    """Delete Temporal Evolution of an Entity (5.6.16): the entity goes, and nothing of it is kept."""
    past = await _find_past(resources, tenant, entity_id)
    erased = [Erasure(past.seq)]
    await write_step(resources, tenant, Step(entity_id, lambda _current, _now: Changed(None, [], erased=erased)))


async def delete_attribute(
    resources: Resources, tenant: str, entity_id: str, attribute: str, *, dataset: str | None, delete_all: bool
) -> None:
    """Delete Attribute from Temporal Evolution of an Entity (5.6.13): history keeps nothing of it."""
    past = await _find_past(resources, tenant, entity_id)
    number = _require_attribute(past, entity_id, attribute)
    if not delete_all:
        schema = await resources.tenants.schema_of(tenant)
        look = partial(has_dataset, schema=schema, seq=past.seq, attribute=number, dataset=dataset)
        if not await resources.database.read(schema, look):
            where = "default instance" if dataset is None else f"instance of dataset {dataset}"
            raise NotFound(f"The history of attribute {attribute} has no {where}")
    erased = [Erasure(past.seq, attribute, dataset, datasets=delete_all)]

    def change(current: State | None, now: Moment) -> Changed:
        if current is not None:
            current = forget_attribute(current, attribute, dataset, delete_all=delete_all, now=now.text)
        return Changed(current, [], erased=erased)

    await write_step(resources, tenant, Step(entity_id, change))


async def modify_instance(
    resources: Resources, tenant: str, entity_id: str, attribute: str, instance_id: str, instance: Instance
) -> None:
    """Modify Attribute Instance in Temporal Evolution of an Entity (5.6.14): the instance is replaced."""
    key, dataset, observed = await _find_instance(resources, tenant, entity_id, attribute, instance_id)
    if instance.get("datasetId", dataset) != dataset:
        raise BadRequestData(f"Instance {instance_id} is of another dataset; delete it, and add one to this dataset")
    if "observedAt" in instance and (not observed or to_instant(instance["observedAt"]) != key.time):
        raise OperationNotSupported(
            f"The time of instance {instance_id} cannot be changed; delete it, and add one with this observedAt"
        )
    time = from_instant(key.time)
    if dataset is not None:
        instance = {**instance, "datasetId": dataset}
    if observed:
        instance = {**instance, "observedAt": instance.get("observedAt", short_instant(key.time))}

    def change(current: State | None, now: Moment) -> Changed:
        state = require(current, entity_id)
        state, row = correct_instance(state, attribute, instance, time, observed=observed, now=now.text)
        return Changed(state, [row])

    await write_step(resources, tenant, Step(entity_id, change))


async def delete_instance(resources: Resources, tenant: str, entity_id: str, attribute: str, instance_id: str) -> None:
    """Delete Attribute Instance from Temporal Evolution of an Entity (5.6.15); the current state stays."""
    key, dataset, _ = await _find_instance(resources, tenant, entity_id, attribute, instance_id)
    erased = [Erasure(key.seq, attribute, dataset, datasets=False, time=from_instant(key.time))]
    await write_step(resources, tenant, Step(entity_id, lambda current, _now: Changed(current, [], erased=erased)))


async def _find_past(resources: Resources, tenant: str, entity_id: str) -> Past:
    schema = await resources.tenants.schema_of(tenant)
    vocabulary = resources.writer.vocabulary(schema)

    async def work(connection: Connection) -> Past | None:
        known = await find_history_entity(connection, schema, entity_id)
        if known is None:
            return None
        exists = known.types is not None or bool(await find_series(connection, schema, [known.seq]))
        return Past(known.seq, exists, await find_attributes(connection, schema, known.seq, vocabulary))

    past = await resources.database.read(schema, work)
    if past is None or not (past.exists or past.attributes):
        raise NotFound(f"Entity {entity_id} has no history")
    return past


def _require_attribute(past: Past, entity_id: str, attribute: str) -> int:
    if attribute not in past.attributes:
        hint = did_you_mean_iri(attribute, past.attributes)
        raise NotFound(f"Entity {entity_id} has no history of attribute {attribute}{hint}")
    return past.attributes[attribute]


async def _find_instance(
    resources: Resources, tenant: str, entity_id: str, attribute: str, instance_id: str
) -> tuple[InstanceKey, str | None, bool]:
    """The key of an instance, its dataset, and whether its time is that of an observation."""
    past = await _find_past(resources, tenant, entity_id)
    number = _require_attribute(past, entity_id, attribute)
    named = parse_instance_id(instance_id)
    if named is not None:
        schema = await resources.tenants.schema_of(tenant)
        vocabulary = resources.writer.vocabulary(schema)

        async def work(connection: Connection) -> tuple[InstanceKey, str | None, bool] | None:
            for dataset, uri in (await find_datasets(connection, schema, past.seq, number, vocabulary)).items():
                if to_series_name(entity_id, attribute, uri) == named.series:
                    key = InstanceKey(past.seq, number, dataset, named.time)
                    found = await find_instance(connection, schema, key)
                    return None if found is None else (key, *found)
            return None

        known = await resources.database.read(schema, work)
        if known is not None:
            return known
    raise NotFound(f"Attribute {attribute} of entity {entity_id} has no instance {instance_id}")
