# SPDX-License-Identifier: EUPL-1.2
"""The stored form of an entity: system times that equal the entity's are left out.

Most instances of a sensor's entity share its times. Leaving them out halves the document, keeps it out of TOAST, and
spares the hot paths every look at them. A State is in this short form unless it has been thawed.
"""

from datetime import datetime

import orjson
from msgspec.structs import replace

from broker.ngsi.entities import Attributes, Instance, State
from broker.ngsi.instants import from_instant, short_instant


def to_document(state: State) -> str:
    """The JSON text of the attributes of a state in short form."""
    return orjson.dumps(state.attributes).decode()


def from_document(  # noqa: PLR0917 - the columns of a row
    entity_id: str,
    types: list[str],
    scopes: list[str],
    document: str | bytes,
    created_at: datetime | None,
    modified_at: datetime | None,
    expires_at: datetime | None = None,
) -> State:
    """The state that was stored; times that were not asked for are empty."""
    attributes = orjson.loads(document)
    created = "" if created_at is None else from_instant(created_at)
    modified = "" if modified_at is None else from_instant(modified_at)
    if expires_at is None and not is_transient(document):
        return State(entity_id, types, attributes, scopes, created, modified)
    expires = None if expires_at is None else short_instant(expires_at)
    return State(entity_id, types, attributes, scopes, created, modified, expires, is_transient=True)


def is_transient(document: str | bytes) -> bool:
    """Whether something of the attributes may expire: the name in quotes is nearly always a member's."""
    return '"expiresAt"' in document if type(document) is str else b'"expiresAt"' in document


def thaw(state: State) -> State:
    """The state with the system times of every instance."""
    created, modified = state.created_at, state.modified_at
    attributes: Attributes = {
        name: [{"createdAt": created, "modifiedAt": modified, **instance} for instance in instances]
        for name, instances in state.attributes.items()
    }
    return replace(state, attributes=attributes)


def freeze(state: State) -> State:
    """The state in short form."""
    created, modified = state.created_at, state.modified_at
    attributes = {
        name: [_freeze(instance, created, modified) for instance in instances]
        for name, instances in state.attributes.items()
    }
    return replace(state, attributes=attributes)


def _freeze(instance: Instance, created: str, modified: str) -> Instance:
    short = instance.copy()
    if short.get("createdAt") == created:
        del short["createdAt"]
    if short.get("modifiedAt") == modified:
        del short["modifiedAt"]
    return short


def keep_times(instances: list[Instance], modified_at: str) -> list[Instance]:
    """Instances that stay as they are while their entity is modified: the time of their own change becomes explicit."""
    for instance in instances:
        if "modifiedAt" not in instance:
            return [{"modifiedAt": modified_at, **one} for one in instances]
    return instances
