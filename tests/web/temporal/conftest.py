# SPDX-License-Identifier: EUPL-1.2
"""A platform that knows entities with a history."""

import httpx
import pytest

from tests.web.temporal.asking import ENTITIES, PATH


@pytest.fixture
async def client(app):
    """A client of a platform that knows ENTITIES; no test of this module changes them."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as opened:
        if (await opened.get(f"entities/{ENTITIES[-1]['id']}")).status_code == 404:
            for entity in ENTITIES:
                assert (await opened.post(PATH, json=entity)).status_code == 201
        yield opened
