# SPDX-License-Identifier: EUPL-1.2
"""Stored @contexts: one function per operation (ETSI GS CIM 009, 5.13)."""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from allmende.database.pool import SERVING, Connection
from allmende.errors import (
    AllmendeError,
    BadRequestData,
    LdContextNotAvailable,
    NonexistentTenant,
    NotFound,
    OperationNotSupported,
    RequestError,
    TooLarge,
)
from allmende.payloads import dump_json
from broker.engine.contextsources import LIMITS, role_of, to_row
from broker.engine.contextuses import Tally, Used
from broker.engine.resources import Resources
from broker.ngsi.contextaddresses import PATH, cached_id, content_id, own_id
from broker.ngsi.contexts import CORE_CONTEXT_URL, Context, is_core, require_document, validate_context
from broker.store.contexts import (
    PLATFORM,
    ContextRow,
    delete_context,
    insert_context,
    list_contexts,
    replace_context,
    sweep_contexts,
)

IMPLICIT_FOR: Final = timedelta(days=1)
"""How long the address of an @context that came in a request is kept; each such request begins anew."""

MOST_IMPLICIT: Final = 1_000
"""Of such addresses in a tenant."""

RELOAD_S: Final = 1.8


async def add_context(resources: Resources, tenant: str, document: dict[str, Any]) -> str:
    """Add @context (5.13.2); its local id."""
    context = require_document("that is given", document)
    validate_context(context)
    row = _own_row("Hosted", str(uuid.uuid4()), dump_json({"@context": context}), resources.clock())
    await _insert(resources, await resources.tenants.schema_of(tenant), row)
    return row.id


async def address_context(resources: Resources, tenant: str, context: Context, *, lasting: bool = False) -> str:
    """The local id of an ImplicitlyCreated @context that says what a request's own one does (5.13.1).

    Unless it is to last, as one of a subscription does, it is forgotten a day after the last request that brought it.
    """
    body = dump_json({"@context": context.source})
    now = resources.clock()
    row = _own_row("ImplicitlyCreated", content_id(body), body, now)
    schema = await resources.tenants.schema_of(tenant)
    await _insert(resources, schema, row if lasting else replace(row, expires_at=now + IMPLICIT_FOR))
    return row.id


async def list_known(resources: Resources, tenant: str, kinds: Sequence[str]) -> list[ContextRow]:
    """List @contexts (5.13.3): those that all share, the core first, then the tenant's own."""
    await _settle_uses(resources)
    found = []
    if "Cached" in kinds:
        found += [core_row(CORE_CONTEXT_URL, resources), *await _list(resources, PLATFORM, kinds)]
    try:
        schema = await resources.tenants.schema_of(tenant)
    except NonexistentTenant:
        return found  # what all share is there for one that is about to come, too
    return found + await _list(resources, schema, kinds)


async def serve_context(resources: Resources, tenant: str, name: str, *, details: bool) -> ContextRow:
    """Serve @context (5.13.4), by its local id or its URL; NotFound where there is none."""
    if is_core(name) or name == cached_id(CORE_CONTEXT_URL):
        return _core(resources, name, details=details)
    await _settle_uses(resources)
    schema, row = await require_context(resources, tenant, name)
    # Whoever looks at the figures of a Hosted one does not use it; others count that as well.
    if not details or row.kind != "Hosted":
        resources.library.uses.note(Tally((Used(schema, row.id),)))
    return row


async def forget_context(resources: Resources, tenant: str, name: str) -> None:
    """Delete @context (5.13.5)."""
    if is_core(name) or name == cached_id(CORE_CONTEXT_URL):
        raise BadRequestData("The core @context is built in and cannot be deleted")
    await _settle_uses(resources)
    schema, row = await require_context(resources, tenant, name)
    now = resources.clock()

    async def work(connection: Connection) -> bool:
        return await delete_context(connection, schema, row.id, now)

    await resources.database.read(role_of(schema), work)
    resources.library.forget(row.id)


async def reload_context(resources: Resources, tenant: str, name: str) -> None:
    """Delete and Reload @context (5.13.5): what is at its URL now takes its place; on any error it stays."""
    if is_core(name) or name == cached_id(CORE_CONTEXT_URL):
        return  # built in: there is nothing newer to be had
    try:
        _, row = await require_context(resources, tenant, name)
    except NotFound as error:
        raise BadRequestData(f"{error}; only a Cached @context can be reloaded") from error
    if row.kind != "Cached":
        raise BadRequestData(f"@context {name} is {row.kind}; only a Cached @context can be reloaded")
    fresh = await _reread(resources, row)

    async def work(connection: Connection) -> bool:
        return await replace_context(connection, PLATFORM, fresh)

    await resources.database.read(SERVING, work)
    resources.library.forget(row.id)


async def require_context(resources: Resources, tenant: str, name: str) -> tuple[str, ContextRow]:
    """A stored @context with its schema, by a local id, a URL of this API, or the URL that it came from."""
    if "\0" in name:  # which PostgreSQL could not be asked for
        raise NotFound("No @context has U+0000 in its name")
    local = own_id(name) or name
    candidates = [(PLATFORM, local), (PLATFORM, cached_id(name))]
    with suppress(NonexistentTenant):  # which has none of its own
        candidates.insert(0, (await resources.tenants.schema_of(tenant), local))
    for schema, context_id in candidates:
        row = await resources.sources.stored(schema, context_id)
        if row is not None:
            return schema, row
    raise NotFound(f"@context {name} does not exist")


def core_row(url: str, resources: Resources) -> ContextRow:
    """The core @context as if it were stored; its text only where the local folder has it."""
    body = resources.contexts.text(url) if resources.contexts.holds(url) else ""
    row = to_row(url, url, body, resources.started)
    # It is in every request, and nobody counts those.
    return replace(row, id=cached_id(CORE_CONTEXT_URL), hits=None, sha256=row.sha256 if body else b"")


def _core(resources: Resources, name: str, *, details: bool) -> ContextRow:
    row = core_row(name if is_core(name) else CORE_CONTEXT_URL, resources)
    if not details and not row.body:
        raise OperationNotSupported("The core @context is built in; its text is found at its URL")
    return row


async def _settle_uses(resources: Resources) -> None:
    """Have the figures say what has happened up to now; where they cannot be written, they are late."""
    with suppress(AllmendeError):
        await resources.library.uses.tell()


async def _list(resources: Resources, schema: str, kinds: Sequence[str]) -> list[ContextRow]:
    now = resources.clock()

    async def work(connection: Connection) -> list[ContextRow]:
        return await list_contexts(connection, schema, kinds, now)

    return await resources.database.read(role_of(schema), work)


async def _insert(resources: Resources, schema: str, row: ContextRow) -> None:
    if len(row.body) > LIMITS.max_bytes:
        raise TooLarge(f"An @context must have at most {LIMITS.max_bytes} bytes")

    async def work(connection: Connection) -> None:
        await insert_context(connection, schema, row)
        if row.expires_at is not None:
            for gone in await sweep_contexts(connection, schema, row.created_at, MOST_IMPLICIT):
                resources.library.forget(gone)

    await resources.database.read(schema, work)


async def _reread(resources: Resources, row: ContextRow) -> ContextRow:
    """The document at the URL of one: of the local folder, where that is its place."""
    if resources.contexts.holds(row.url):
        return to_row(row.url, row.url, resources.contexts.text(row.url), resources.clock())
    try:
        async with asyncio.timeout(RELOAD_S):
            return await resources.sources.fetch(row.url)
    except TimeoutError as error:
        raise LdContextNotAvailable(f"@context {row.url} does not answer; the one that is known stays") from error
    except RequestError as error:
        raise LdContextNotAvailable(f"{error}. The one that is known stays") from error


def _own_row(kind: str, context_id: str, body: bytes, now: datetime) -> ContextRow:
    url = PATH + context_id
    digest = hashlib.sha256(body).digest()
    return ContextRow(
        id=context_id, kind=kind, url=url, location=url, body=body.decode(), sha256=digest, created_at=now
    )
