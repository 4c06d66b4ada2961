# SPDX-License-Identifier: EUPL-1.2
"""A platform that may fetch @contexts, and a host that has some."""

import pytest

from allmende.outbound.client import Outbound
from allmende.outbound.egress import Egress
from broker.engine.resources import open_resources
from tests.conftest import CONTEXTS
from tests.connectors.hosts import host


@pytest.fixture
async def resources(serving):
    async with open_resources(serving, contexts_folder=CONTEXTS, outbound=Outbound(egress=Egress(open=True))) as opened:
        yield opened


@pytest.fixture
async def client(client):
    yield client
    for each in (await client.get("jsonldContexts?details=true")).json():
        await client.delete(f"jsonldContexts/{each['localId']}")


@pytest.fixture
def elsewhere():
    with host() as opened:
        opened.serve("/c.jsonld", {"@context": {"Room": "https://elsewhere.example/#Room"}})
        yield opened
