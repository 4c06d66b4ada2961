# SPDX-License-Identifier: EUPL-1.2
"""The NGSI-LD writes as changes for the writer: pure patches, and the history that follows from them."""

from collections.abc import Callable
from typing import Any

from allmende.errors import NotFound, RequestError
from broker.engine.operations import Changed, Step, Transition
from broker.engine.resources import Resources
from broker.ngsi.entities import Entity, Patched, State
from broker.ngsi.history import changes, creations, deletions
from broker.ngsi.merging import Merge, merge_entity
from broker.ngsi.observing import Moment
from broker.ngsi.patching import append_attributes, create, replace, update_attributes, upsert_update
from broker.ngsi.purging import Purge, is_meant, reduce_entity
from broker.ngsi.selections import Selection, selects
from broker.ngsi.storage import freeze, thaw


def create_step(entity: Entity) -> Step:
    """Create Entity (5.6.1)."""

    def change(current: State | None, now: Moment) -> Changed:
        return Changed(create(current, entity, now.text), creations(entity.attributes, now.text))

    return Step(entity.id, change, creates=True, is_new=True)


def upsert_step(entity: Entity, *, update: bool) -> Step:
    """One entity of a batch upsert (5.6.8); the result says whether it was created."""
    patch = upsert_update if update else replace

    def change(current: State | None, now: Moment) -> Changed:
        return _changed(current, lambda state: (patch(state, entity, now.text), state is None), now)

    return Step(entity.id, change, creates=True)


def patch_step(entity_id: str, patch: Callable[[State, str], Patched], types: Selection | None = None) -> Step:
    """A change of attributes that answers which were updated; the entity must exist and be of the types."""

    def apply(state: State | None, now: Moment) -> tuple[State, Patched]:
        patched = patch(require(state, entity_id, types), now.text)
        return patched.state, patched

    return Step(entity_id, lambda current, now: _changed(current, lambda state: apply(state, now), now))


def replace_step(entity: Entity, types: Selection | None = None) -> Step:
    """Replace Entity (5.6.18): it must exist, and be of the types."""
    change = recorded(lambda state, now: replace(require(state, entity.id, types), entity, now))
    return Step(entity.id, change)


def merge_step(entity_id: str, patch: Merge, types: Selection | None = None) -> Step:
    """Merge Entity (5.6.17)."""
    return Step(entity_id, recorded(lambda state, now: merge_entity(require(state, entity_id, types), patch, now)))


def update_step(entity: Entity, *, overwrite: bool) -> Step:
    """One entity of a batch update (5.6.9); it fails where something is left as it is, and stores the others."""
    patch = update_attributes if overwrite else _append_new
    return patch_step(entity.id, lambda state, now: patch(state, entity, now))


def _append_new(state: State, entity: Entity, now: str) -> Patched:
    return append_attributes(state, entity, now, overwrite=False)


def delete_step(entity_id: str, types: Selection | None = None) -> Step:
    """Delete Entity (5.6.6): history keeps what was, and that it ended."""

    def change(current: State | None, now: Moment) -> Changed:
        return _deleted(require(current, entity_id, types), now)

    return Step(entity_id, change)


def _deleted(state: State, now: Moment) -> Changed:
    return Changed(None, deletions(state.attributes, now.text))


def purge_step(entity_id: str, wanted: Purge) -> Step:
    """One entity of a purge (5.6.21); it may be gone, or not be meant any more."""

    def change(current: State | None, now: Moment) -> Changed:
        if current is None or not is_meant(current, wanted.query):
            return Changed(current, [])
        return _deleted(current, now) if wanted.deletes else reduced(current, now)

    reduced = recorded(lambda state, now: reduce_entity(require(state, entity_id), wanted, now))
    return Step(entity_id, change)


def recorded(patch: Callable[[State | None, str], State]) -> Transition:
    """The change that a patch makes, with its history."""
    return lambda current, now: _changed(current, lambda state: (patch(state, now.text), None), now)


def require(current: State | None, entity_id: str, types: Selection | None = None) -> State:
    """The state of an entity that must exist, and be of the types that a request names."""
    if current is None:
        raise NotFound(f"Entity {entity_id} does not exist")
    if types is not None and not selects(types, current.types):
        raise NotFound(f"Entity {entity_id} is of another type")
    return current


def _changed(current: State | None, apply: Callable[[State | None], tuple[State, Any]], now: Moment) -> Changed:
    """Patches see every instance with its system times; what is stored leaves out those of the entity."""
    before = None if current is None else thaw(current)
    state, result = apply(before)
    if current is not None and state is before:
        return Changed(current, [], result)
    rows = changes({} if before is None else before.attributes, state.attributes, now.text)
    return Changed(freeze(state), rows, result)


async def write_step(resources: Resources, tenant: str, step: Step) -> Patched:
    """Write one step; its result, or its error raised."""
    (outcome,) = await resources.write(tenant, step, scoped=(step.entity_id,) if step.scopes else ())
    if isinstance(outcome, RequestError):
        raise outcome
    result: Patched = outcome
    return result
