# SPDX-License-Identifier: EUPL-1.2
"""Every operation that the broker offers over HTTP, each declared once."""

from typing import Final

from broker.web import (
    attributes,
    batches,
    discovery,
    entities,
    entitymaps,
    evolution,
    histories,
    identity,
    jsonldcontexts,
    mapqueries,
    purging,
    queries,
    rewriting,
    snapshots,
)
from broker.web.calls import Operation

OPERATIONS: Final[tuple[Operation, ...]] = (
    *entities.OPERATIONS,
    *purging.OPERATIONS,
    *rewriting.OPERATIONS,
    *attributes.OPERATIONS,
    *batches.OPERATIONS,
    *queries.OPERATIONS,
    *histories.OPERATIONS,
    *evolution.OPERATIONS,
    *discovery.OPERATIONS,
    *identity.OPERATIONS,
    *jsonldcontexts.OPERATIONS,
    *entitymaps.OPERATIONS,
    *mapqueries.OPERATIONS,
    *snapshots.OPERATIONS,
)
