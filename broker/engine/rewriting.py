# SPDX-License-Identifier: EUPL-1.2
"""Entities and attributes that are replaced as a whole, or merged to any depth (ETSI GS CIM 009, 5.6.17 to 5.6.19)."""

from broker.engine.changes import merge_step, recorded, replace_step, require, write_step
from broker.engine.operations import Step
from broker.engine.resources import Resources
from broker.ngsi.entities import Entity, Instance
from broker.ngsi.merging import Merge
from broker.ngsi.patching import replace_attribute as replace
from broker.ngsi.selections import Selection


async def replace_entity(resources: Resources, tenant: str, entity: Entity, *, types: Selection | None = None) -> None:
    """Replace Entity (5.6.18)."""
    await write_step(resources, tenant, replace_step(entity, types))


async def merge_entity(
    resources: Resources, tenant: str, entity_id: str, patch: Merge, *, types: Selection | None = None
) -> None:
    """Merge Entity (5.6.17)."""
    await write_step(resources, tenant, merge_step(entity_id, patch, types))


async def replace_attribute(
    resources: Resources,
    tenant: str,
    entity_id: str,
    attribute: str,
    instances: list[Instance],
    *,
    types: Selection | None = None,
) -> None:
    """Replace Attribute (5.6.19)."""
    change = recorded(lambda state, now: replace(require(state, entity_id, types), attribute, instances, now))
    await write_step(resources, tenant, Step(entity_id, change))
