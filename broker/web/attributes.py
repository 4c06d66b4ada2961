# SPDX-License-Identifier: EUPL-1.2
"""Attributes of an entity over HTTP (ETSI GS CIM 009, 6.6 and 6.7)."""

from typing import Final

from allmende.errors import BadRequestData, NotFound
from allmende.payloads import dump_json
from broker.engine import entities
from broker.ngsi.contexts import Context
from broker.ngsi.entities import Entity, Patched
from broker.ngsi.parsing import expand_name, parse_fragment, parse_instance, require_uri
from broker.ngsi.patching import SCOPE
from broker.ngsi.queries import parse_flag
from broker.web.bodies import linked_context, path_id, read_document, read_fragment, require_same
from broker.web.calls import DOCUMENTS, PATCHES, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import BY_ID, ONE_DATASET
from broker.web.openapi.parts import Example
from broker.web.parameters import parse_options
from broker.web.representations import wanted_types


async def append_attributes(call: Call) -> Answer:
    """Append Entity Attributes (6.6.3.1)."""
    entity_id = path_id(call)
    overwrite = "noOverwrite" not in parse_options(call.parameters, call.operation.options)
    fragment, context = _read_fragment(call, entity_id, nulls=False)
    patched = await entities.append_attributes(
        call.resources, call.tenant, entity_id, fragment, overwrite=overwrite, types=wanted_types(call, context)
    )
    return _patched_answer(patched)


async def update_attributes(call: Call) -> Answer:
    """Update Entity Attributes (6.6.3.2)."""
    entity_id = path_id(call)
    fragment, context = _read_fragment(call, entity_id, nulls=True)
    patched = await entities.update_attributes(
        call.resources, call.tenant, entity_id, fragment, types=wanted_types(call, context)
    )
    return _patched_answer(patched)


async def partial_update_attribute(call: Call) -> Answer:
    """Partial Attribute Update (6.7.3.1)."""
    entity_id = path_id(call)
    document, context = read_fragment(call)
    attribute = target_attribute(call, context)
    instance = parse_instance(call.ids[1], document, context, nulls=True)
    await entities.partial_update_attribute(
        call.resources, call.tenant, entity_id, attribute, instance, types=wanted_types(call, context)
    )
    return Answer(204)


async def delete_attribute(call: Call) -> Answer:
    """Delete Entity Attribute (6.7.3.2)."""
    entity_id = path_id(call)
    context = linked_context(call)
    await entities.delete_attribute(
        call.resources,
        call.tenant,
        entity_id,
        SCOPE if call.ids[1] == SCOPE else expand_name(call.ids[1], context),
        dataset=wanted_dataset(call),
        delete_all=parse_flag(call.parameters, "deleteAll"),
        types=wanted_types(call, context),
    )
    return Answer(204)


def target_attribute(call: Call, context: Context) -> str:
    """The IRI of the attribute in the path, which is not `scope`."""
    if call.ids[1] == SCOPE:
        raise BadRequestData("The scope of an entity is no attribute; update it with PATCH …/attrs")
    return expand_name(call.ids[1], context)


def _read_fragment(call: Call, entity_id: str, *, nulls: bool) -> tuple[Entity, Context]:
    document, context = read_document(call)
    fragment = parse_fragment(document, context, nulls=nulls)
    require_same(fragment, entity_id)
    return fragment, context


def wanted_dataset(call: Call) -> str | None:
    """The datasetId of an instance; `@none` is the default instance."""
    dataset = call.parameters.get("datasetId")
    return None if dataset in {None, "@none"} else require_uri(dataset, "Parameter 'datasetId'")


def _patched_answer(patched: Patched) -> Answer:
    """204, or 207 where something was left as it is; names are IRIs."""
    if not patched.not_updated:
        return Answer(204)
    left = [{"attributeName": name, "reason": reason} for name, reason in patched.not_updated]
    return Answer(207, dump_json({"updated": patched.updated, "notUpdated": left}))


OPERATIONS: Final = (
    Operation(
        name="Append Entity Attributes",
        clause="6.6.3.1",
        method="POST",
        path="entities/{entityId}/attrs",
        endpoint=append_attributes,
        parameters=frozenset({"type", "options", "local"}),
        options=frozenset({"noOverwrite"}),
        reads=DOCUMENTS,
        writes=True,
        about="Adds attributes; those that are there are overwritten, but for `options=noOverwrite`.",
        told=BY_ID,
        takes="EntityFragment",
        gives={204: replies.DONE, 207: replies.PARTLY},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL,), body={"seats": {"type": "Property", "value": 80}}),
    ),
    Operation(
        name="Update Entity Attributes",
        clause="6.6.3.2",
        method="PATCH",
        path="entities/{entityId}/attrs",
        endpoint=update_attributes,
        parameters=frozenset({"type", "local"}),
        reads=PATCHES,
        writes=True,
        about="Overwrites attributes, and adds those that are not there.",
        told=BY_ID,
        takes="EntityFragment",
        gives={204: replies.DONE, 207: replies.PARTLY},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL,), body={"temperature": {"type": "Property", "value": 20}}),
    ),
    Operation(
        name="Partial Attribute Update",
        clause="6.7.3.1",
        method="PATCH",
        path="entities/{entityId}/attrs/{attrId}",
        endpoint=partial_update_attribute,
        parameters=frozenset({"type", "local"}),
        reads=PATCHES,
        writes=True,
        about="Changes members of an attribute instance; the others stay.",
        told=BY_ID,
        takes="AttributeFragment",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL, "temperature"), body={"value": 22, "observedAt": "2026-06-01T13:00:00Z"}),
    ),
    Operation(
        name="Delete Entity Attribute",
        clause="6.7.3.2",
        method="DELETE",
        path="entities/{entityId}/attrs/{attrId}",
        endpoint=delete_attribute,
        parameters=frozenset({"type", "datasetId", "deleteAll", "local"}),
        writes=True,
        about="Deletes an attribute instance, or with `deleteAll` all of them; history keeps that.",
        told={**BY_ID, "datasetId": ONE_DATASET},
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL, "name")),
    ),
)
