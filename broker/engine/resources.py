# SPDX-License-Identifier: EUPL-1.2
"""What a serving process holds: opened once, handed on explicitly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from prometheus_client import CollectorRegistry

from allmende.database.pool import Database
from allmende.errors import AllmendeError
from allmende.outbound.client import Outbound
from auth.policy import Visible
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
from broker.engine.neighbours import Neighbours
from broker.engine.operations import Outcome, Step, operation_of
from broker.engine.overview import Overview, Overviews
from broker.engine.positions import Positions
from broker.engine.reading import Reader
from broker.engine.wakeups import Wakeups
from broker.engine.writer import Writer
from broker.ngsi.retention import FOR_EVER, Retention


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that operations need; no globals."""

    database: Database
    tenants: Tenants
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

    async def write(self, tenant: str, *steps: Step) -> list[Outcome]:
        """Submit steps as one operation; return one outcome per step after the commit."""
        schema = await self.tenants.schema_of(tenant)
        outcomes = await self.writer.submit(operation_of(tenant, schema, steps))
        return outcomes.steps

    def deadline(self) -> Callable[[], bool]:
        """Says whether it is later than what is begun now may take, which is as long as a statement may."""
        until = monotonic() + self.database.statement_timeout.total_seconds()
        return lambda: monotonic() > until

    async def overview(self, tenant: str, *, visible: Visible) -> Overview:
        """What a tenant holds, type by type."""
        return await self.overviews.of(await self.tenants.schema_of(tenant), visible=visible)


@asynccontextmanager
async def open_resources(  # noqa: PLR0913
    url: str,
    *,
    contexts_folder: Path | None = None,
    outbound: Outbound | None = None,
    temporal_instance_cap: int = 10_000,
    statement_timeout: timedelta = timedelta(seconds=5),
    expiry_sweep: timedelta = timedelta(seconds=2),
    retention: Retention = FOR_EVER,
    clock: Callable[[], datetime] = system_clock,
) -> AsyncIterator[Resources]:
    """Open what a serving process needs; `url` is that of the serving role. The database may be away.

    Without `outbound` no @context is fetched.
    """
    database = Database(url, statement_timeout=statement_timeout)
    ticks = increasing(clock)
    tenants = Tenants(database)
    contexts = ContextStore(contexts_folder)
    sources = Sources(database=database, tenants=tenants, clock=ticks, outbound=outbound)
    uses = Uses(database, lambda url: to_row(url, url, contexts.text(url), ticks()))
    library = Library(folder=contexts, uses=uses, find=sources.find)
    feed = Feed()
    neighbours = Neighbours(database, feed)
    feed.relay = neighbours
    writer = Writer(database, ticks, feed)
    registry = CollectorRegistry()
    register_feed(registry, feed)
    ingest = Ingest(database, tenants, writer, contexts, ticks, IngestMetrics.register(registry))
    overviews = Overviews(database, feed)
    neighbours.start()
    writer.start()
    sweeping = asyncio.create_task(keep_sweeping(database, tenants, ticks, retention), name="sweep")
    expiring = asyncio.create_task(keep_expiring(database, tenants, writer, ticks, expiry_sweep), name="expiry")
    declarations = Declarations(database, tenants)
    declarations.start()
    labelling = asyncio.create_task(label_until_done(database, tenants), name="label")
    telling = asyncio.create_task(uses.keep_telling(), name="context uses")
    try:
        yield Resources(
            database=database,
            tenants=tenants,
            contexts=contexts,
            library=library,
            sources=sources,
            writer=writer,
            reader=Reader(database),
            ingest=ingest,
            wakeups=Wakeups(),
            overviews=overviews,
            feed=feed,
            declarations=declarations,
            positions=Positions(),
            clock=ticks,
            started=ticks(),
            registry=registry,
            temporal_instance_cap=temporal_instance_cap,
        )
    finally:
        sweeping.cancel()
        expiring.cancel()
        labelling.cancel()
        telling.cancel()
        library.close()
        declarations.stop()
        overviews.close()
        feed.end()
        await writer.stop()
        await neighbours.stop()
        with suppress(AllmendeError):
            await uses.tell()
        await database.close()
