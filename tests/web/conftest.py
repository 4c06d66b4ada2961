# SPDX-License-Identifier: EUPL-1.2
"""A client of the whole application: one platform for the tests of a module, which each of them leaves without entities."""

from dataclasses import replace

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from broker.engine.resources import open_resources
from tests.conftest import CONTEXTS


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


@pytest.fixture
async def resources(serving, module_resources):
    """Those of the module, with metrics of the test; where the test has a database of its own, those are new."""
    if serving == module_resources.database.url:
        yield replace(module_resources, registry=CollectorRegistry())
    else:
        async with open_resources(serving, contexts_folder=CONTEXTS) as opened:
            yield opened


@pytest.fixture
def app(resources):
    return build_app(resources, Keyring(resources.database), HttpGate(open=True))


@pytest.fixture
async def client(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as opened:
        yield opened
        left = await opened.get("entities?local=true&limit=1000&options=simplified")
        if left.json():
            await opened.post("entityOperations/delete", json=[entity["id"] for entity in left.json()])
