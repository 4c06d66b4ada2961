# SPDX-License-Identifier: EUPL-1.2
"""Stored @contexts over HTTP (ETSI GS CIM 009, 6.29 and 6.30)."""

from typing import Any, Final

from allmende.errors import BadRequestData, InvalidRequest, LdContextNotAvailable, NotFound, OperationNotSupported
from allmende.payloads import dump_json, parse_json
from broker.engine import jsonldcontexts as contexts
from broker.ngsi.contextaddresses import KINDS, PATH
from broker.ngsi.contexts import Context, is_addressed
from broker.ngsi.instants import from_instant
from broker.ngsi.queries import parse_flag
from broker.store.contexts import ContextRow
from broker.web.calls import Answer, Call, Operation
from broker.web.negotiation import JSON, JSON_LD
from broker.web.openapi import examples, replies
from broker.web.openapi.parameters import FLAG
from broker.web.openapi.parts import Example, Parameter, Reply


async def add_context(call: Call) -> Answer:
    """Add @context (6.29.3.1)."""
    document = parse_json(call.body)
    if not isinstance(document, dict) or "@context" not in document:
        raise InvalidRequest("The body must be a JSON object with a member '@context'")
    local_id = await contexts.add_context(call.resources, call.owner, document)
    return Answer(201, b"", headers=[(b"location", f"{PATH}{local_id}".encode())])


async def list_contexts(call: Call) -> Answer:
    """List @contexts (6.29.3.2)."""
    details = parse_flag(call.parameters, "details")
    kind = call.parameters.get("kind")
    if kind is not None and kind not in KINDS:
        raise BadRequestData(f"Parameter 'kind' must be {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    rows = await contexts.list_known(call.resources, call.owner, KINDS if kind is None else [kind])
    shown = [_details(call, row) if details else _url(call, row) for row in rows]
    return Answer(200, dump_json(shown))


async def serve_context(call: Call) -> Answer:
    """Serve @context (6.30.3.1)."""
    details = parse_flag(call.parameters, "details")
    row = await contexts.serve_context(call.resources, call.owner, call.ids[0], details=details)
    if details:
        return Answer(200, dump_json(_details(call, row)))
    return Answer(200, row.body.encode(), call.media_type)


async def delete_context(call: Call) -> Answer:
    """Delete and Reload @context (6.30.3.2)."""
    if parse_flag(call.parameters, "reload"):
        await contexts.reload_context(call.resources, call.owner, call.ids[0])
    else:
        await contexts.forget_context(call.resources, call.owner, call.ids[0])
    return Answer(204)


async def addressed(call: Call, context: Context) -> Context:
    """The @context of a body, which the Link header of an answer in JSON has to name: with an address, if it has none."""
    if call.media_type == JSON_LD or is_addressed(context):
        return context
    local_id = await contexts.address_context(call.resources, call.owner, context)
    return context.at(f"{call.origin}{PATH}{local_id}")


def _details(call: Call, row: ContextRow) -> dict[str, Any]:
    """What is known of one (5.13.3.5)."""
    shown: dict[str, Any] = {
        "URL": _url(call, row),
        "localId": row.id,
        "kind": row.kind,
        "createdAt": from_instant(row.created_at),
        "extraInfo": f"sha256:{row.sha256.hex()}" if row.sha256 else "built in",
    }
    if row.hits is not None:
        shown["numberOfHits"] = row.hits
    if row.used_at is not None:
        shown["lastUsage"] = from_instant(row.used_at)
    if row.expires_at is not None:
        shown["expiresAt"] = from_instant(row.expires_at)
    return shown


def _url(call: Call, row: ContextRow) -> str:
    """Where clients find it; those of this API by the host that this client reached it at."""
    return row.url if row.kind == "Cached" else f"{call.origin}{row.url}"


OPERATIONS: Final = (
    Operation(
        name="Add @context",
        clause="6.29.3.1",
        method="POST",
        path="jsonldContexts",
        endpoint=add_context,
        reads=(JSON, JSON_LD),
        writes=True,
        founds=True,
        about="Hosts an @context, so that requests can name it by its URL.",
        takes="ContextDocument",
        gives={201: replies.CREATED},
        example=Example(body=examples.VOCABULARY),
    ),
    Operation(
        name="List @contexts",
        blind=True,
        clause="6.29.3.2",
        method="GET",
        path="jsonldContexts",
        endpoint=list_contexts,
        parameters=frozenset({"details", "kind"}),
        offers=(JSON,),
        about="Lists the @contexts that are stored, the core first.",
        told={"details": Parameter(means="Tell what is known of each, not only its URL", example="true", schema=FLAG)},
        gives={200: Reply("Their URLs; with `details=true` what is known of them", "Contexts", ("ETag",))},
        example=Example(parameters={"details": "true", "kind": "Hosted"}),
    ),
    Operation(
        name="Serve @context",
        clause="6.30.3.1",
        method="GET",
        path="jsonldContexts/{contextId}",
        endpoint=serve_context,
        parameters=frozenset({"details"}),
        offers=(JSON, JSON_LD),
        about="Serves an @context as it was given or found. The text of the core is found at its URL only.",
        told={"details": Parameter(means="Tell what is known of it, not itself", example="true", schema=FLAG)},
        gives={200: Reply("The @context; with `details=true` what is known of it", "ContextShown", ("ETag",))},
        errors=(NotFound, OperationNotSupported),
        example=Example(ids=(examples.CONTEXT,), parameters={"details": "false"}),
    ),
    Operation(
        name="Delete and Reload @context",
        clause="6.30.3.2",
        method="DELETE",
        path="jsonldContexts/{contextId}",
        endpoint=delete_context,
        parameters=frozenset({"reload"}),
        writes=True,
        about="Deletes an @context, or has what is at its URL now take its place.",
        gives={204: replies.DONE},
        errors=(NotFound, LdContextNotAvailable),
        example=Example(ids=(examples.CONTEXT,), parameters={"reload": "false"}),
    ),
)
