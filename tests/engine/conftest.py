# SPDX-License-Identifier: EUPL-1.2
"""Messages and rows for tests of the engine."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
import pytest

from broker.engine.messages import Message
from broker.engine.resources import Resources

VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"


@dataclass(frozen=True)
class Sender:
    """Sends messages of one connector and awaits their receipts."""

    resources: Resources
    connector: str = "sensors"
    tenant: str = "default"

    def start(self, entities: Any, message: str | None = None, kind: str = "entities") -> asyncio.Future[bytes | None]:
        payload = entities if isinstance(entities, bytes) else orjson.dumps(entities)
        return self.resources.ingest.accept(Message(self.tenant, self.connector, kind, message, payload))

    async def send(self, entities: Any, message: str | None = None, kind: str = "entities") -> Any:
        receipt = await self.start(entities, message, kind)
        return None if receipt is None else orjson.loads(receipt)


@pytest.fixture
def sender(resources: Resources) -> Sender:
    return Sender(resources)


@pytest.fixture
def rows(database: str) -> Callable[[str], list[tuple[Any, ...]]]:
    """Run a query as superuser, beside the platform."""

    def run(query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(database, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    return run


@pytest.fixture
def current(resources: Resources) -> Callable[[str, str], Awaitable[Any]]:
    """The value of an entity's attribute (default instance)."""
    from auth.policy import Visible
    from broker.engine.entities import retrieve_entity

    async def get(entity_id: str, attribute: str) -> Any:
        state = await retrieve_entity(resources, "default", entity_id, visible=Visible.everything())
        return state.attributes[VOCABULARY + attribute][0]["value"]

    return get


def reading(number: int, value: float, observed_at: str, *, entity: str = "urn:ngsi-ld:Room:1") -> dict[str, Any]:
    """A Room whose temperature was observed."""
    return {
        "id": entity,
        "type": "Room",
        "temperature": {"type": "Property", "value": value, "unitCode": "CEL", "observedAt": observed_at},
        "serial": {"type": "Property", "value": number},
    }
