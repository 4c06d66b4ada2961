# SPDX-License-Identifier: EUPL-1.2
"""What a serving process holds: opened once, handed on explicitly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar

from prometheus_client import CollectorRegistry

from allmende.database.pool import Connection, Database
from allmende.errors import AllmendeError
from allmende.outbound.client import Outbound
from auth import keys, rights
from auth.keys import Keyring
from auth.policy import Visible
from auth.rights import Rights
from auth.tenants import Tenants
from broker.engine.clock import increasing, system_clock
from broker.engine.contexts import ContextStore
from broker.engine.contextsources import Sources, to_row
from broker.engine.contextuses import Uses
from broker.engine.declarations import Declarations
from broker.engine.expiring import keep_expiring
from broker.engine.feed import Feed
from broker.engine.feedmetrics import register_feed
from broker.engine.housekeeping import keep_sweeping
from broker.engine.ingest import Ingest, IngestMetrics
from broker.engine.labelling import label_until_done
from broker.engine.library import Library
from broker.engine.neighbours import Listener, Neighbours
from broker.engine.operations import Outcome, Step, operation_of
from broker.engine.overview import Overview, Overviews
from broker.engine.positions import Positions
from broker.engine.reading import Reader
from broker.engine.wakeups import Wakeups
from broker.engine.writer import Writer
from broker.ngsi.retention import FOR_EVER, Retention
from broker.store.seen import SeenConnection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that operations need; no globals."""

    database: Database
    tenants: Tenants
    rights: Rights
    keyring: Keyring
    contexts: ContextStore
    library: Library
    sources: Sources
    writer: Writer
    reader: Reader
    ingest: Ingest
    wakeups: Wakeups
    overviews: Overviews
    feed: Feed
    declarations: Declarations
    positions: Positions
    clock: Callable[[], datetime]
    started: datetime
    registry: CollectorRegistry
    temporal_instance_cap: int

    async def write(self, tenant: str, *steps: Step, scoped: tuple[str, ...] = ()) -> list[Outcome]:
        """Submit steps as one operation; return one outcome per step after the commit."""
        schema = await self.tenants.schema_of(tenant)
        outcomes = await self.writer.submit(operation_of(tenant, schema, steps, scoped=scoped))
        return outcomes.steps

    async def read(self, schema: str, visible: Visible, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` finds on a connection that sees only what is visible of a schema."""
        if visible.whole:
            return await self.database.read(schema, work)
        return await self.database.read(schema, lambda connection: work(SeenConnection(connection, schema, visible)))

    def forget_tenant(self, tenant: str) -> None:
        """A tenant was deleted: names that it had may mean something else in one that is made anew."""
        schema = self.tenants.known_schema(tenant)
        if schema is not None:
            self.forget_schema(schema)

    def forget_schema(self, schema: str) -> None:
        """The same of a tenant that is known by its schema only."""
        for tenant in self.tenants.known_as(schema):
            self.tenants.forget(tenant)
            self.library.forget_tenant(tenant)
            self.ingest.forget(tenant)
        self.writer.forget(schema)
        self.rights.forget(schema)
        self.overviews.forget(schema)
        self.feed.forget(schema)

    async def make_tenant(self, tenant: str) -> None:
        """Make a tenant; AlreadyExists where there is one."""
        self.forget_tenant(tenant)
        await self.tenants.make(tenant)

    async def drop_tenant(self, tenant: str) -> None:
        """Delete a tenant, and have every process forget it."""
        # Another process may have made it anew, so that its schema is not the one that was known here.
        self.forget_tenant(tenant)
        schema = await self.tenants.schema_of(tenant)
        await self.tenants.drop(tenant)
        self.forget_schema(schema)
        if self.feed.relay is not None:
            self.feed.relay.part(schema)

    def deadline(self) -> Callable[[], bool]:
        """Says whether it is later than what is begun now may take, which is as long as a statement may."""
        until = monotonic() + self.database.statement_timeout.total_seconds()
        return lambda: monotonic() > until

    async def overview(self, tenant: str, *, visible: Visible) -> Overview:
        """What a tenant holds, type by type."""
        return await self.overviews.of(await self.tenants.schema_of(tenant), visible=visible)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How long and how much, as the settings of the same names say."""

    statement_timeout: timedelta = timedelta(seconds=5)
    expiry_sweep: timedelta = timedelta(seconds=2)
    temporal_instance_cap: int = 10_000
    retention: Retention = FOR_EVER


USUAL: Final = Measures()


@asynccontextmanager
async def open_resources(
    url: str,
    *,
    contexts_folder: Path | None = None,
    outbound: Outbound | None = None,
    measures: Measures = USUAL,
    clock: Callable[[], datetime] = system_clock,
) -> AsyncIterator[Resources]:
    """Open what a serving process needs; `url` is that of the serving role. The database may be away.

    Without `outbound` no @context is fetched.
    """
    database = Database(url, statement_timeout=measures.statement_timeout)
    library, sources = _contexts(database, ContextStore(contexts_folder), increasing(clock), outbound)
    feed = Feed()
    resources = _resources(library, sources, feed, measures.temporal_instance_cap)
    listeners: dict[str, Listener] = {rights.CHANNEL: resources.rights, keys.CHANNEL: resources.keyring}
    neighbours = feed.relay = Neighbours(database, feed, listeners)
    database.when_gone = neighbours.when_gone = resources.forget_schema
    async with _running(resources, neighbours, measures):
        yield resources


def _contexts(
    database: Database, folder: ContextStore, clock: Callable[[], datetime], outbound: Outbound | None
) -> tuple[Library, Sources]:
    """The @contexts that are at hand, and where the others come from."""
    sources = Sources(database=database, tenants=Tenants(database), clock=clock, outbound=outbound)
    uses = Uses(database, lambda url: to_row(url, url, folder.text(url), clock()))
    return Library(folder=folder, uses=uses, find=sources.find), sources


def _resources(library: Library, sources: Sources, feed: Feed, temporal_instance_cap: int) -> Resources:
    """All that stands on these; nothing of it runs yet."""
    database, tenants, clock = sources.database, sources.tenants, sources.clock
    writer = Writer(database, clock, feed)
    registry = CollectorRegistry()
    register_feed(registry, feed)
    return Resources(
        database=database,
        tenants=tenants,
        rights=Rights(database, tenants),
        keyring=Keyring(database),
        contexts=library.folder,
        library=library,
        sources=sources,
        writer=writer,
        reader=Reader(database),
        ingest=Ingest(database, tenants, writer, library.folder, clock, IngestMetrics.register(registry)),
        wakeups=Wakeups(),
        overviews=Overviews(database, feed),
        feed=feed,
        declarations=Declarations(database, tenants),
        positions=Positions(),
        clock=clock,
        started=clock(),
        registry=registry,
        temporal_instance_cap=temporal_instance_cap,
    )


@asynccontextmanager
async def _running(resources: Resources, neighbours: Neighbours, measures: Measures) -> AsyncIterator[None]:
    """Do what a process does by itself, and end it in such an order that what was begun is finished."""
    neighbours.start()
    resources.writer.start()
    resources.declarations.start()
    tasks = [asyncio.create_task(work, name=name) for name, work in _chores(resources, measures).items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        resources.library.close()
        resources.declarations.stop()
        resources.overviews.close()
        resources.feed.end()
        await resources.writer.stop()
        await neighbours.stop()
        with suppress(AllmendeError):
            await resources.library.uses.tell()
        await resources.database.close()


def _chores(resources: Resources, measures: Measures) -> dict[str, Coroutine[Any, Any, None]]:
    """What goes on beside the requests, by the names of its tasks."""
    database, tenants, clock = resources.database, resources.tenants, resources.clock
    return {
        "sweep": keep_sweeping(database, tenants, clock, measures.retention),
        "expiry": keep_expiring(database, tenants, resources.writer, clock, measures.expiry_sweep),
        "label": label_until_done(database, tenants),
        "context uses": resources.library.uses.keep_telling(),
    }
