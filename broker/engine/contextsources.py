# SPDX-License-Identifier: EUPL-1.2
"""Where the document of an @context is found: with the tenant, among those that were fetched before, else outside."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from weakref import WeakValueDictionary

import structlog

from allmende.database.pool import SERVING, Connection, Database
from allmende.errors import BadRequestData, LdContextNotAvailable, NonexistentTenant, RequestError
from allmende.outbound.client import Limits, Outbound, Response, parse_url
from allmende.outbound.failures import NoAnswer
from allmende.payloads import parse_json
from auth.tenants import Tenants
from broker.ngsi.contextaddresses import cached_id, own_id
from broker.ngsi.contexts import require_document
from broker.store.contexts import PLATFORM, ContextRow, get_context, insert_context, sweep_contexts

_log = structlog.get_logger()

ACCEPT: Final = "application/ld+json, application/json;q=0.9, */*;q=0.1"
LIMITS: Final = Limits(seconds=5.0, max_bytes=1024 * 1024)
MOST_CACHED: Final = 1_000
"""Documents that are kept for all tenants."""

_AT_ONCE: Final = 8
_AT_ONE_HOST: Final = 3
_NO_JSON: Final = ("text/html", "application/xhtml+xml", "image/", "audio/", "video/", "multipart/")
"""Media types that are certainly none; many a server says text/plain, or nothing, of JSON."""


@dataclass(slots=True, kw_only=True)
class Sources:
    """Finds documents by URL; without `outbound` nobody outside is asked."""

    database: Database
    tenants: Tenants
    clock: Callable[[], datetime]
    outbound: Outbound | None
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _hosts: WeakValueDictionary[str, asyncio.Semaphore] = field(default_factory=WeakValueDictionary)

    async def find(self, url: str, tenant: str) -> tuple[str, ContextRow]:
        """The row of a URL, and the schema that it is in; raises BadRequestData or LdContextNotAvailable."""
        local = own_id(url)
        if local is not None:
            try:
                schema = await self.tenants.schema_of(tenant)
            except NonexistentTenant:
                schema = None
            row = schema and await self.stored(schema, local)
            if schema and row:
                return schema, row
        return PLATFORM, await self.stored(PLATFORM, cached_id(url)) or await self._keep(await self.fetch(url))

    async def stored(self, schema: str, context_id: str) -> ContextRow | None:
        """The row of an id."""
        now = self.clock()
        async with self.database.reading(role_of(schema)) as connection:
            return await get_context(connection, schema, context_id, now)

    async def fetch(self, url: str) -> ContextRow:
        """What is at a URL now, as a row that is not stored yet."""
        if url.startswith("/"):
            raise LdContextNotAvailable(f"@context {url} does not exist here; one of elsewhere needs an absolute URL")
        if self.outbound is None:
            raise LdContextNotAvailable(f"@context {url} is not in the local folder of contexts (--contexts)")
        try:
            async with self._turn_at(parse_url(url).host), self._turns:
                response = await self.outbound.fetch(url, accept=ACCEPT, limits=LIMITS)
        except NoAnswer as error:
            raise LdContextNotAvailable(f"@context {url} {error}") from error
        row = to_row(url, response.url, read_document(url, response), self.clock())
        _log.info("context_fetched", url=url, sha256=row.sha256.hex())
        return row

    def _turn_at(self, host: str) -> asyncio.Semaphore:
        """One host has a few turns only, so that a slow one holds up no other."""
        turn = self._hosts.get(host)
        if turn is None:
            turn = self._hosts[host] = asyncio.Semaphore(_AT_ONE_HOST)
        return turn

    async def _keep(self, row: ContextRow) -> ContextRow:
        """Store what was fetched; where another process was faster, its text is the one that counts."""
        now = self.clock()

        async def work(connection: Connection) -> ContextRow | None:
            await insert_context(connection, PLATFORM, row)
            await sweep_contexts(connection, PLATFORM, now, MOST_CACHED)
            return await get_context(connection, PLATFORM, row.id, now)

        return await self.database.read(SERVING, work) or row


def role_of(schema: str) -> str:
    """The role that reads a schema."""
    return SERVING if schema == PLATFORM else schema


def to_row(url: str, location: str, body: str, now: datetime) -> ContextRow:
    """A document that anybody finds at a URL, as it is to be kept."""
    digest = hashlib.sha256(body.encode()).digest()
    return ContextRow(
        id=cached_id(url), kind="Cached", url=url, location=location, body=body, sha256=digest, created_at=now
    )


def read_document(url: str, response: Response) -> str:
    """The JSON of an @context document; BadRequestData says what else it is."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith(_NO_JSON):
        raise BadRequestData(f"The document {url} is {media_type}; an @context is JSON")
    try:
        document: Any = parse_json(response.content)
    except RequestError as error:
        raise BadRequestData(f"The document {url} is no @context. {error}") from error
    require_document(url, document)
    return response.content.decode()
