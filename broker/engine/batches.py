# SPDX-License-Identifier: EUPL-1.2
"""Batches of entities (ETSI GS CIM 009, 5.6.7 to 5.6.10, 5.6.20): each entity has an outcome of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from allmende.errors import BadRequestData, RequestError
from broker.engine.changes import create_step, delete_step, merge_step, update_step, upsert_step
from broker.engine.operations import Outcome, Step
from broker.engine.resources import Resources
from broker.ngsi.entities import Entity, Patched
from broker.ngsi.merging import Merge


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """Ids in the order of the request: `created` are among `success`."""

    created: list[str]
    success: list[str]
    errors: list[tuple[str, RequestError]]


async def create_entities(resources: Resources, tenant: str, entities: Sequence[Entity]) -> BatchOutcome:
    """Batch Entity Creation (5.6.7)."""
    steps = [create_step(entity) for entity in entities]
    outcome = _outcome(steps, await resources.write(tenant, *steps))
    return BatchOutcome(outcome.success, outcome.success, outcome.errors)


async def upsert_entities(
    resources: Resources, tenant: str, entities: Sequence[Entity], *, update: bool
) -> BatchOutcome:
    """Batch Entity Creation or Update (5.6.8)."""
    steps = [upsert_step(entity, update=update) for entity in entities]
    return _outcome(steps, await resources.write(tenant, *steps))


async def update_entities(
    resources: Resources, tenant: str, entities: Sequence[Entity], *, overwrite: bool
) -> BatchOutcome:
    """Batch Entity Update (5.6.9): an entity of which something is left as it is is an error that names it."""
    steps = [update_step(entity, overwrite=overwrite) for entity in entities]
    outcomes = await resources.write(tenant, *steps)
    return _outcome(steps, [_left(outcome) or outcome for outcome in outcomes])


async def merge_entities(resources: Resources, tenant: str, patches: Sequence[Merge]) -> BatchOutcome:
    """Batch Entity Merge (5.6.20)."""
    steps = [merge_step(patch.fragment.id, patch) for patch in patches]
    return _outcome(steps, await resources.write(tenant, *steps))


async def delete_entities(resources: Resources, tenant: str, ids: Sequence[str]) -> BatchOutcome:
    """Batch Entity Delete (5.6.10)."""
    steps = [delete_step(entity_id) for entity_id in ids]
    return _outcome(steps, await resources.write(tenant, *steps))


def _left(outcome: Outcome) -> RequestError | None:
    """What is wrong where attributes were left as they are."""
    if not isinstance(outcome, Patched) or not outcome.not_updated:
        return None
    return BadRequestData("; ".join(f"{name}: {reason}" for name, reason in outcome.not_updated))


def _outcome(steps: Sequence[Step], outcomes: Sequence[Outcome]) -> BatchOutcome:
    created: dict[str, None] = {}
    success: dict[str, None] = {}
    errors: list[tuple[str, RequestError]] = []
    for step, outcome in zip(steps, outcomes, strict=True):
        if isinstance(outcome, RequestError):
            errors.append((step.entity_id, outcome))
            continue
        success[step.entity_id] = None
        if outcome is True:
            created[step.entity_id] = None
    return BatchOutcome(list(created), list(success), errors)
