# SPDX-License-Identifier: EUPL-1.2
"""The stored form of an entity's attributes: system times that equal the entity's are left out.

Most instances of a sensor's entity share its times; leaving them out halves the document and keeps it out of TOAST.
"""

from datetime import datetime
from typing import Any

import orjson

from broker.ngsi.entities import Attributes, Instance, State
from broker.ngsi.instants import from_instant


def to_document(state: State) -> str:
    """The JSON text of the attributes of `state`."""
    created, modified = state.created_at, state.modified_at
    document: Attributes = {}
    for name, instances in state.attributes.items():
        document[name] = [_freeze(instance, created, modified) for instance in instances]
    return orjson.dumps(document).decode()


def _freeze(instance: Instance, created: str, modified: str) -> Instance:
    if instance.get("createdAt") == created or instance.get("modifiedAt") == modified:
        instance = instance.copy()
        if instance.get("createdAt") == created:
            del instance["createdAt"]
        if instance.get("modifiedAt") == modified:
            del instance["modifiedAt"]
    return instance


def from_document(
    entity_id: str,
    types: list[str],
    scopes: list[str],
    document: str | bytes,
    created_at: datetime,
    modified_at: datetime,
) -> State:
    """The state that was stored, with every system time in its place."""
    created, modified = from_instant(created_at), from_instant(modified_at)
    attributes: dict[str, Any] = orjson.loads(document)
    for instances in attributes.values():
        for instance in instances:
            if "createdAt" not in instance:
                instance["createdAt"] = created
            if "modifiedAt" not in instance:
                instance["modifiedAt"] = modified
    return State(entity_id, list(types), attributes, list(scopes), created, modified)
