# SPDX-License-Identifier: EUPL-1.2
"""Two stores of a city that publish the same, with clocks that stand still until they are set."""

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import httpx
import pytest

from allmende.database.migrations import serving_url
from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from broker.engine.resources import Measures, open_resources
from tests.conftest import CONTEXTS, PASSWORD, copied
from tests.rights.city import DATASETS, START

QUIET = Measures(expiry_sweep=timedelta(days=1))
"""Nothing looks at the clock between requests, which is a microsecond later after each look."""


class Clock:
    """The time that was set."""

    def __init__(self):
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Store:
    """A platform, its administrator and a user."""

    def __init__(self, resources, clock, client):
        self.resources, self.clock, self.client = resources, clock, client
        self.admin, self.reader = {}, {}
        self.hours = 0

    async def publish(self):
        """Make the datasets and the keys."""
        keyring = Keyring(self.resources.database)
        self.admin = {"x-api-key": (await keyring.create_key("all rights", kind="admin")).key}
        self.reader = {"x-api-key": (await keyring.create_key("a reader", kind="user")).key}
        for dataset in DATASETS:
            made = await self.client.post("/datasets", json=dataset, headers=self.admin)
            assert made.status_code == 201, made.text

    async def write(self, minute, method, path, body=None):
        """Write at a minute after the start, or behind it where the clock is further."""
        self.clock.now = max(self.clock.now, START + timedelta(minutes=minute))
        answer = await self.client.request(method, f"/ngsi-ld/v1/{path}", json=body, headers=self.admin)
        assert answer.status_code in {200, 201, 204, 404, 409}, (method, path, answer.text)

    async def ask(self, request):
        """All that a user is answered, but for what tells answers apart and not stores."""
        answer = await self.client.get(f"/ngsi-ld/v1/{request}", headers=self.reader)
        headers = {name: value for name, value in answer.headers.items() if name not in {"date", "x-request-id"}}
        return answer.status_code, headers, answer.content


@asynccontextmanager
async def opened_store(postgres, template):
    """A store of its own."""
    clock = Clock()
    with copied(postgres, template) as database:
        serving = serving_url(database, f"{template}_serving", PASSWORD)
        async with open_resources(serving, contexts_folder=CONTEXTS, clock=clock, measures=QUIET) as resources:
            app = build_app(resources, Keyring(resources.database), HttpGate())
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                store = Store(resources, clock, client)
                await store.publish()
                yield store


@pytest.fixture
async def stores(postgres, template):
    """Two stores."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened_store(postgres, template)) for _ in range(2)]
