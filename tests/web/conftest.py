# SPDX-License-Identifier: EUPL-1.2
"""A client of the whole application, on the database of the test."""

import httpx
import pytest

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring


@pytest.fixture
def app(resources):
    return build_app(resources, Keyring(resources.database), HttpGate(open=True))


@pytest.fixture
async def client(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as opened:
        yield opened
