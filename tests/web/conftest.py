# SPDX-License-Identifier: EUPL-1.2
"""A client of the whole application, on a database of the module that every test leaves without entities."""

import httpx
import pytest

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring


@pytest.fixture(scope="module")
def database(module_database):
    return module_database


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
