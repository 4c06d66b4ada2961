# SPDX-License-Identifier: EUPL-1.2
"""What a serving process holds: opened once, handed on explicitly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from prometheus_client import CollectorRegistry

from allmende.database.pool import Database
from auth.policy import Visible
from auth.tenants import Tenants
from broker.engine.clock import increasing, system_clock
from broker.engine.contexts import ContextStore
from broker.engine.declarations import Declarations
from broker.engine.expiring import keep_expiring
from broker.engine.feed import Feed
from broker.engine.feedmetrics import register_feed
from broker.engine.housekeeping import keep_sweeping
from broker.engine.ingest import Ingest, IngestMetrics
from broker.engine.labelling import label_until_done
from broker.engine.neighbours import Neighbours
from broker.engine.operations import Outcome, Step, operation_of
from broker.engine.overview import Overview, Overviews
from broker.engine.positions import Positions
from broker.engine.reading import Reader
from broker.engine.wakeups import Wakeups
from broker.engine.writer import Writer


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that operations need; no globals."""

    database: Database
    tenants: Tenants
    contexts: ContextStore
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
async def open_resources(
    url: str,
    *,
    contexts_folder: Path | None = None,
    temporal_instance_cap: int = 10_000,
    statement_timeout: timedelta = timedelta(seconds=5),
    expiry_sweep: timedelta = timedelta(seconds=2),
    clock: Callable[[], datetime] = system_clock,
) -> AsyncIterator[Resources]:
    """Open what a serving process needs; `url` is that of the serving role. The database may be away."""
    database = Database(url, statement_timeout=statement_timeout)
    ticks = increasing(clock)
    tenants = Tenants(database)
    contexts = ContextStore(contexts_folder)
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
    sweeping = asyncio.create_task(keep_sweeping(database, tenants, ticks), name="sweep")
    expiring = asyncio.create_task(keep_expiring(database, tenants, writer, ticks, expiry_sweep), name="expiry")
    declarations = Declarations(database, tenants)
    declarations.start()
    labelling = asyncio.create_task(label_until_done(database, tenants), name="label")
    try:
        yield Resources(
            database=database,
            tenants=tenants,
            contexts=contexts,
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
        declarations.stop()
        overviews.close()
        feed.end()
        await writer.stop()
        await neighbours.stop()
        await database.close()
