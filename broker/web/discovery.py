# SPDX-License-Identifier: EUPL-1.2
"""Which entity types and attributes there are, over HTTP (ETSI GS CIM 009, 6.25 to 6.28)."""

from collections.abc import Iterable
from typing import Any, Final

from allmende.errors import NotFound
from broker.engine import discovery
from broker.ngsi.contexts import Context
from broker.ngsi.core_terms import CORE_TERMS
from broker.ngsi.parsing import expand_name
from broker.ngsi.projections import CORE_MEMBERS
from broker.ngsi.queries import parse_flag
from broker.web.answers import counted, document_answer, list_answer
from broker.web.bodies import linked_context
from broker.web.calls import DOCUMENTS, Answer, Call, Operation
from broker.web.openapi.parts import Example, Reply

_NO_ATTRIBUTES: Final = CORE_MEMBERS | {"deletedAt"} | {CORE_TERMS[name] for name in CORE_MEMBERS | {"deletedAt"}}


async def list_types(call: Call) -> Answer:
    """Retrieve Available Entity Types (6.25.3.1)."""
    context = linked_context(call)
    types = await discovery.list_types(call.resources, call.tenant, visible=call.visible)
    if not parse_flag(call.parameters, "details"):
        return document_answer(call, context, _list_of("EntityTypeList", "typeList", call.tenant, context, types))
    by_type: dict[str, list[str]] = {name: [] for name in types}
    found = await discovery.list_attributes(call.resources, call.tenant, visible=call.visible)
    for attribute, having in found.items():
        for name in having:
            by_type.setdefault(name, []).append(attribute)
    documents = [
        {
            "id": name,
            "type": "EntityType",
            "typeName": context.compact(name),
            "attributeNames": _names(context, attributes),
        }
        for name, attributes in by_type.items()
    ]
    return list_answer(call, context, documents, [])


async def describe_type(call: Call) -> Answer:
    """Retrieve Available Entity Type Information (6.26.3.1)."""
    context = linked_context(call)
    iri = context.type_names[call.ids[0]]
    details = await discovery.describe_type(call.resources, call.tenant, iri, visible=call.visible)
    attributes = [
        {"id": name, "type": "Attribute", "attributeName": context.compact(name), "attributeTypes": kinds}
        for name, kinds in details.attributes.items()
    ]
    document = {
        "id": iri,
        "type": "EntityTypeInfo",
        "typeName": context.compact(iri),
        "entityCount": details.entities,
        "attributeDetails": attributes,
    }
    return document_answer(call, context, document)


async def list_attributes(call: Call) -> Answer:
    """Retrieve Available Attributes (6.27.3.1)."""
    context = linked_context(call)
    found = await discovery.list_attributes(call.resources, call.tenant, visible=call.visible)
    if parse_flag(call.parameters, "details"):
        documents = [
            {
                "id": name,
                "type": "Attribute",
                "attributeName": context.compact(name),
                "typeNames": _names(context, types),
            }
            for name, types in found.items()
        ]
        answer = list_answer(call, context, documents, [])
    else:
        document = _list_of("AttributeList", "attributeList", call.tenant, context, found)
        answer = document_answer(call, context, document)
    return counted(answer, len(found) if parse_flag(call.parameters, "count") else None)


async def describe_attribute(call: Call) -> Answer:
    """Retrieve Available Attribute Information (6.28.3.1)."""
    context = linked_context(call)
    if call.ids[0] in _NO_ATTRIBUTES:
        raise NotFound(f"{call.ids[0]} is a member of entities, no attribute")
    iri = expand_name(call.ids[0], context)
    details = await discovery.describe_attribute(call.resources, call.tenant, iri, visible=call.visible)
    document = {
        "id": iri,
        "type": "Attribute",
        "attributeName": context.compact(iri),
        "attributeCount": details.instances,
        "attributeTypes": details.kinds,
        "typeNames": _names(context, details.types),
    }
    return document_answer(call, context, document)


def _list_of(kind: str, member: str, tenant: str, context: Context, names: Iterable[str]) -> dict[str, Any]:
    return {"id": f"urn:ngsi-ld:{kind}:{tenant}", "type": kind, member: _names(context, names)}


def _names(context: Context, iris: Iterable[str]) -> list[str]:
    return sorted(context.compact(iri) for iri in iris)


OPERATIONS: Final = (
    Operation(
        name="Retrieve Available Entity Types",
        clause="6.25.3.1",
        method="GET",
        path="types",
        endpoint=list_types,
        parameters=frozenset({"details", "local"}),
        offers=DOCUMENTS,
        about="Lists the entity types that there are.",
        gives={200: Reply("The types", "EntityTypes", ("Link", "ETag"))},
        example=Example(parameters={"details": "true"}),
    ),
    Operation(
        name="Retrieve Available Entity Type Information",
        clause="6.26.3.1",
        method="GET",
        path="types/{type}",
        endpoint=describe_type,
        parameters=frozenset({"local"}),
        offers=DOCUMENTS,
        about="Counts the entities of a type and tells its attributes.",
        gives={200: Reply("The type", "EntityTypeInfo", ("Link", "ETag"))},
        errors=(NotFound,),
        example=Example(ids=("Room",)),
    ),
    Operation(
        name="Retrieve Available Attributes",
        clause="6.27.3.1",
        method="GET",
        path="attributes",
        endpoint=list_attributes,
        parameters=frozenset({"details", "count", "local"}),
        offers=DOCUMENTS,
        about="Lists the attributes that there are.",
        gives={200: Reply("The attributes", "Attributes", ("Link", "NGSILD-Results-Count", "ETag"))},
        example=Example(parameters={"details": "true"}),
    ),
    Operation(
        name="Retrieve Available Attribute Information",
        clause="6.28.3.1",
        method="GET",
        path="attributes/{attrId}",
        endpoint=describe_attribute,
        parameters=frozenset({"local"}),
        offers=DOCUMENTS,
        about="Counts the instances of an attribute and tells their types.",
        gives={200: Reply("The attribute", "AttributeDetails", ("Link", "ETag"))},
        errors=(NotFound,),
        example=Example(ids=("temperature",)),
    ),
)
