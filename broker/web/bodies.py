# SPDX-License-Identifier: EUPL-1.2
"""Documents and their @context as requests bring them (ETSI GS CIM 009, 6.3.5)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from allmende.errors import BadRequestData, InvalidRequest
from allmende.payloads import parse_json
from broker.ngsi.contexts import Context
from broker.ngsi.datatypes import require_uri
from broker.ngsi.entities import Entity
from broker.web.calls import Call
from broker.web.linking import parse_context_link
from broker.web.negotiation import JSON_LD


def path_id(call: Call) -> str:
    """The id of an entity in the path."""
    return require_uri(call.ids[0], "The id in the path")


def require_same(entity: Entity, entity_id: str) -> None:
    """Refuse a body of another entity than the path names; it need not name any."""
    if entity.id not in {"", entity_id}:
        raise BadRequestData(f"The body is of entity {entity.id}, the path of {entity_id}; the id never changes")


def linked_context(call: Call) -> Context:
    """The @context of a request without a document: the one of its Link header, else the core context."""
    return call.resources.library.resolve(_link(call), call.owner, waits=call.waits)


def read_document(call: Call) -> tuple[dict[str, Any], Context]:
    """The JSON object of the body with its @context; an empty one is not understood."""
    document = parse_json(call.body)
    if document in ({}, []):
        raise InvalidRequest("The body is empty; send an object with at least one member")
    return document, _context_of(call, document)


def read_fragment(call: Call) -> tuple[dict[str, Any], Context]:
    """The same of an attribute, of which an empty object is a fragment that says nothing."""
    document = parse_json(call.body)
    return document, _context_of(call, document)


def _context_of(call: Call, document: Any) -> Context:
    if not isinstance(document, dict):
        raise BadRequestData("The body must be a JSON object")
    if call.content_type == JSON_LD and _link(call) is not None:
        raise BadRequestData("A body of application/ld+json holds its @context; leave the Link header out")
    return document_context(call, document)


def read_list(call: Call) -> list[Any]:
    """The JSON array of the body; a Link header beside application/ld+json is wrong for all of it."""
    items = parse_json(call.body)
    if not isinstance(items, list) or not items:
        raise BadRequestData("The body must be a JSON array that is not empty")
    if call.content_type == JSON_LD and _link(call) is not None:
        raise BadRequestData("Items of application/ld+json hold their @context; leave the Link header out")
    return items


def with_parameters(call: Call, stated: Mapping[str, str]) -> Call:
    """The call with the parameters that its body stands for; none of them may stand in the URL as well."""
    if twice := stated.keys() & call.parameters.keys():
        raise InvalidRequest(f"Parameter {min(twice)!r} stands in the URL and in the body; leave it out of one")
    return replace(call, parameters={**call.parameters, **stated})


def document_context(call: Call, document: Mapping[str, Any]) -> Context:
    """The @context of one document: in itself for application/ld+json, else of the Link header or the core context."""
    if call.content_type == JSON_LD:
        if document.get("@context") is None:
            raise BadRequestData("A document of application/ld+json needs a member '@context'")
        return call.resources.library.resolve(document["@context"], call.owner, waits=call.waits)
    if "@context" in document:
        raise BadRequestData("A document with '@context' is application/ld+json; application/json has a Link header")
    return linked_context(call)


def _link(call: Call) -> str | None:
    header = call.headers.get(b"link")
    return None if header is None else parse_context_link(header.decode("latin-1"))
