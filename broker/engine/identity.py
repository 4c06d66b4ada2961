# SPDX-License-Identifier: EUPL-1.2
"""Who this broker is for other brokers (ETSI GS CIM 009, 5.15)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s

from broker.engine.resources import Resources
from broker.store import SQL


@dataclass(frozen=True, slots=True)
class Identity:
    """The name of a tenant of this broker, which no other has and which stays; how long it has run, and its time."""

    alias: str
    uptime: timedelta
    now: datetime


async def retrieve_identity(resources: Resources, tenant: str) -> Identity:
    """Retrieve Context Source Identity Information (5.15.1); nobody learns whether there is such a tenant."""
    async with resources.database.platform() as connection:
        database = await connection.fetchval(SQL.text("get_identity", "platform"))
    name = blake2s(f"{database} {tenant}".encode(), digest_size=10).hexdigest()
    now = resources.clock()
    return Identity(f"allmende-{name}", now - resources.started, now)
