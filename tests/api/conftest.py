# SPDX-License-Identifier: EUPL-1.2
"""Clients of the whole application, on the database of the test."""

import asyncio
import socket

import httpx
import psycopg
import pytest
import uvicorn

from allmende.connections import BoundedProtocol
from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring


@pytest.fixture
def keyring(resources):
    return Keyring(resources.database)


@pytest.fixture
async def client(resources, keyring):
    """A client without a key."""
    app = build_app(resources, keyring, HttpGate())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as opened:
        yield opened


@pytest.fixture
async def admin(keyring):
    """The header of an administrator of the platform."""
    created = await keyring.create_key("all rights", kind="admin")
    return {"x-api-key": created.key}


@pytest.fixture
async def url(resources, keyring):
    """The address of a platform that really listens."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        build_app(resources, keyring, HttpGate()), lifespan="off", log_config=None, ws="none", http=BoundedProtocol
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


@pytest.fixture
def write(client, admin):
    """Create entities, or renew them."""

    async def send(*entities):
        answer = await client.post("/ngsi-ld/v1/entityOperations/upsert", json=list(entities), headers=admin)
        assert answer.status_code in {201, 204}, answer.text

    return send


@pytest.fixture
def rows(database):
    """Run a query as superuser, beside the platform."""

    def run(query):
        with psycopg.connect(database, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    return run
