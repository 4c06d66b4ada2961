# SPDX-License-Identifier: EUPL-1.2
"""The temporal evolution of entities written over HTTP (ETSI GS CIM 009, 6.18 to 6.22)."""

from typing import Final

from allmende.errors import NotFound, OperationNotSupported
from broker.engine import evolution
from broker.ngsi.entities import Entity
from broker.ngsi.evolution import parse_correction, parse_evolution
from broker.ngsi.parsing import expand_name, require_uri
from broker.ngsi.scopehistory import split_scopes
from broker.web.answers import created_answer
from broker.web.attributes import wanted_dataset
from broker.web.bodies import linked_context, path_id, read_document, read_fragment, require_same
from broker.web.calls import DOCUMENTS, PATCHES, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import ONE_DATASET
from broker.web.openapi.parts import Example
from broker.web.parameters import parse_flag


async def upsert_evolution(call: Call) -> Answer:
    """Create or Update Temporal Evolution of an Entity (6.18.3.1)."""
    document, context = read_document(call)
    document, scopes = split_scopes(document)
    entity = parse_evolution(document, context, whole=True)
    is_new = await evolution.upsert_evolution(call.resources, call.tenant, entity, scopes)
    return created_answer(entity.id, "temporal/entities") if is_new else Answer(204)


async def delete_evolution(call: Call) -> Answer:
    """Delete Temporal Evolution of an Entity (6.19.3.2)."""
    await evolution.delete_evolution(call.resources, call.tenant, path_id(call))
    return Answer(204)


async def add_attributes(call: Call) -> Answer:
    """Add Attributes to Temporal Evolution of an Entity (6.20.3.1)."""
    entity_id = path_id(call)
    document, context = read_document(call)
    document, scopes = split_scopes(document)
    is_scope_only = scopes and document.keys() <= {"@context"}
    fragment = Entity(entity_id, [], {}) if is_scope_only else parse_evolution(document, context, whole=False)
    require_same(fragment, entity_id)
    await evolution.add_attributes(call.resources, call.tenant, entity_id, fragment, scopes)
    return Answer(204)


async def delete_attribute(call: Call) -> Answer:
    """Delete Attribute from Temporal Evolution of an Entity (6.21.3.1)."""
    await evolution.delete_attribute(
        call.resources,
        call.tenant,
        path_id(call),
        expand_name(call.ids[1], linked_context(call)),
        dataset=wanted_dataset(call),
        delete_all=parse_flag(call.parameters, "deleteAll"),
    )
    return Answer(204)


async def modify_instance(call: Call) -> Answer:
    """Modify Attribute Instance in Temporal Evolution of an Entity (6.22.3.1)."""
    entity_id, instance_id = path_id(call), _instance_id(call)
    document, context = read_fragment(call)
    attribute = expand_name(call.ids[1], context)
    instance = parse_correction(call.ids[1], document, context)
    await evolution.modify_instance(call.resources, call.tenant, entity_id, attribute, instance_id, instance)
    return Answer(204)


async def delete_instance(call: Call) -> Answer:
    """Delete Attribute Instance from Temporal Evolution of an Entity (6.22.3.2)."""
    entity_id, instance_id = path_id(call), _instance_id(call)
    attribute = expand_name(call.ids[1], linked_context(call))
    await evolution.delete_instance(call.resources, call.tenant, entity_id, attribute, instance_id)
    return Answer(204)


def _instance_id(call: Call) -> str:
    return require_uri(call.ids[2], "The id of an instance in the path")


OPERATIONS: Final = (
    Operation(
        name="Create or Update Temporal Evolution of an Entity",
        clause="6.18.3.1",
        method="POST",
        path="temporal/entities",
        endpoint=upsert_evolution,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Stores the history of an entity; the newest instances become current.",
        takes="EntityTemporalInput",
        gives={201: replies.CREATED, 204: replies.DONE},
        example=Example(body=examples.HISTORY),
    ),
    Operation(
        name="Delete Temporal Evolution of an Entity",
        clause="6.19.3.2",
        method="DELETE",
        path="temporal/entities/{entityId}",
        endpoint=delete_evolution,
        parameters=frozenset({"local"}),
        writes=True,
        about="Deletes an entity and its history without a trace.",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.BUILDING,)),
    ),
    Operation(
        name="Add Attributes to Temporal Evolution of an Entity",
        clause="6.20.3.1",
        method="POST",
        path="temporal/entities/{entityId}/attrs",
        endpoint=add_attributes,
        parameters=frozenset({"local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Adds instances to the history of an entity.",
        takes="EntityTemporalFragment",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL,), body={"temperature": examples.HISTORY["temperature"]}),
    ),
    Operation(
        name="Delete Attribute from Temporal Evolution of an Entity",
        clause="6.21.3.1",
        method="DELETE",
        path="temporal/entities/{entityId}/attrs/{attrId}",
        endpoint=delete_attribute,
        parameters=frozenset({"datasetId", "deleteAll", "local"}),
        writes=True,
        about="Deletes an attribute with its history.",
        told={"datasetId": ONE_DATASET},
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL, "name")),
    ),
    Operation(
        name="Modify Attribute Instance in Temporal Evolution of an Entity",
        clause="6.22.3.1",
        method="PATCH",
        path="temporal/entities/{entityId}/attrs/{attrId}/{instanceId}",
        endpoint=modify_instance,
        parameters=frozenset({"local"}),
        reads=PATCHES,
        writes=True,
        about="Puts an instance of history in the place of another, whose time it keeps.",
        takes="TemporalInstance",
        gives={204: replies.DONE},
        errors=(NotFound, OperationNotSupported),
        example=Example(ids=(examples.HALL, "temperature", examples.INSTANCE), body={"type": "Property", "value": 21}),
    ),
    Operation(
        name="Delete Attribute Instance from Temporal Evolution of an Entity",
        clause="6.22.3.2",
        method="DELETE",
        path="temporal/entities/{entityId}/attrs/{attrId}/{instanceId}",
        endpoint=delete_instance,
        parameters=frozenset({"local"}),
        writes=True,
        about="Deletes an instance of history.",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL, "temperature", examples.INSTANCE)),
    ),
)
