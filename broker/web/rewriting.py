# SPDX-License-Identifier: EUPL-1.2
"""Entities and attributes replaced and merged over HTTP (ETSI GS CIM 009, 6.5.3.3, 6.5.3.4, 6.7.3.3)."""

from typing import Final

from allmende.errors import NotFound
from broker.engine import rewriting
from broker.ngsi.datatypes import parse_instant
from broker.ngsi.merging import Merge
from broker.ngsi.parsing import parse_attribute_fragment, parse_entity, parse_merge
from broker.ngsi.values import require_language
from broker.web.attributes import target_attribute
from broker.web.bodies import path_id, read_document, read_fragment, require_same
from broker.web.calls import DOCUMENTS, PATCHES, Answer, Call, Operation
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import BY_ID, TOLD_LANGUAGE
from broker.web.openapi.parts import Example
from broker.web.parameters import parse_form, parse_options
from broker.web.representations import wanted_types

FORMS: Final = frozenset({"simplified", "keyValues"})


async def replace_entity(call: Call) -> Answer:
    """Replace Entity (6.5.3.3)."""
    entity_id = path_id(call)
    document, context = read_document(call)
    entity = parse_entity({"id": entity_id, **document}, context)
    require_same(entity, entity_id)
    await rewriting.replace_entity(call.resources, call.tenant, entity, types=wanted_types(call, context))
    return Answer(204)


async def merge_entity(call: Call) -> Answer:
    """Merge Entity (6.5.3.4)."""
    entity_id = path_id(call)
    options = parse_options(call.parameters, call.operation.options)
    simplified = parse_form(call.parameters, options, call.operation.options) == "simplified"
    observed_at, lang = call.parameters.get("observedAt"), call.parameters.get("lang")
    document, context = read_document(call)
    fragment = parse_merge(document, context, simplified=simplified)
    require_same(fragment, entity_id)
    patch = Merge(
        fragment,
        context,
        observed_at=None if observed_at is None else parse_instant(observed_at, "Parameter 'observedAt'"),
        lang=None if lang is None else require_language(lang, "Parameter 'lang'"),
        keeps_types=simplified,
    )
    await rewriting.merge_entity(call.resources, call.tenant, entity_id, patch, types=wanted_types(call, context))
    return Answer(204)


async def replace_attribute(call: Call) -> Answer:
    """Replace Attribute (6.7.3.3)."""
    entity_id = path_id(call)
    document, context = read_fragment(call)
    attribute = target_attribute(call, context)
    instances = parse_attribute_fragment(call.ids[1], document, context)
    await rewriting.replace_attribute(
        call.resources, call.tenant, entity_id, attribute, instances, types=wanted_types(call, context)
    )
    return Answer(204)


OPERATIONS: Final = (
    Operation(
        name="Replace Entity",
        clause="6.5.3.3",
        method="PUT",
        path="entities/{entityId}",
        endpoint=replace_entity,
        parameters=frozenset({"type", "local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Puts an entity in the place of the one that is stored.",
        told=BY_ID,
        takes="EntityWithoutId",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL,), body={**examples.NEW, "id": examples.HALL}),
    ),
    Operation(
        name="Merge Entity",
        clause="6.5.3.4",
        method="PATCH",
        path="entities/{entityId}",
        endpoint=merge_entity,
        parameters=frozenset({"type", "options", "format", "observedAt", "lang", "local"}),
        options=FORMS,
        reads=PATCHES,
        writes=True,
        about="Changes what is told of an entity (RFC 7396); `urn:ngsi-ld:null` takes away.",
        told={**BY_ID, "lang": TOLD_LANGUAGE},
        takes="EntityFragment",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL,), body={"temperature": {"value": 22}}),
    ),
    Operation(
        name="Replace Attribute",
        clause="6.7.3.3",
        method="PUT",
        path="entities/{entityId}/attrs/{attrId}",
        endpoint=replace_attribute,
        parameters=frozenset({"type", "local"}),
        reads=DOCUMENTS,
        writes=True,
        about="Puts an attribute instance in the place of the one of the same dataset.",
        told=BY_ID,
        takes="AttributeFragment",
        gives={204: replies.DONE},
        errors=(NotFound,),
        example=Example(ids=(examples.HALL, "temperature"), body=examples.TEMPERATURE),
    ),
)
