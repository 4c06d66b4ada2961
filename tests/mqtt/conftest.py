# SPDX-License-Identifier: EUPL-1.2
"""An endpoint on a free port with a stand-in for the engine, and clients that are closed after the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvloop
from prometheus_client import CollectorRegistry

from auth.principals import Principal
from broker.mqtt.endpoint import Endpoint
from tests.mqtt.doubles import Intake, WaitingRequests
from tests.mqtt.wire import Wire

KEYS = {
    "key of sensors": Principal("connector", "default", "sensors", "1"),
    "key of others": Principal("connector", "default", "others", "2"),
    "key of the administrator": Principal("admin", None, None, "3"),
}

OpenWire = Callable[..., Awaitable[Wire]]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that the platform runs on: its transports differ from asyncio's in what protocols see."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def intake() -> Intake:
    return Intake()


@pytest.fixture
async def requests() -> WaitingRequests:
    return WaitingRequests()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def keys() -> dict[str, Principal]:
    """Keys that open the endpoint; a test may revoke one."""
    return dict(KEYS)


@pytest.fixture
async def start(
    intake: Intake, requests: WaitingRequests, registry: CollectorRegistry, keys: dict[str, Principal]
) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Start an endpoint; return its port."""
    endpoints: list[Endpoint] = []

    async def authenticate(_username: str, password: str) -> Principal | None:
        return keys.get(password)

    async def begin(**more: Any) -> int:
        endpoint = Endpoint(intake, requests, authenticate, host="127.0.0.1", port=0, registry=registry, **more)
        endpoints.append(endpoint)
        return await endpoint.start()

    begin.endpoints = endpoints  # type: ignore[attr-defined]
    yield begin
    for endpoint in endpoints:
        await endpoint.stop()


@pytest.fixture
async def open_port(start: Callable[..., Awaitable[int]]) -> int:
    """The port of an endpoint that lets everybody in."""
    return await start(open=True)


@pytest.fixture
async def keyed_port(start: Callable[..., Awaitable[int]]) -> int:
    """The port of an endpoint that asks for keys."""
    return await start()


@pytest.fixture
async def wires() -> AsyncIterator[OpenWire]:
    """Open connections that end with the test."""
    opened: list[Wire] = []

    async def open_wire(port: int, *, five: bool, greet: bool = True, **more: Any) -> Wire:
        wire = await Wire.open(port, five=five)
        opened.append(wire)
        if greet:
            answer = await wire.connect(**more)
            assert (answer.reason_code == 0) if five else answer == (0x20, b"\x00\x00"), answer
        return wire

    yield open_wire
    for wire in opened:
        await wire.close()


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def five(request: pytest.FixtureRequest) -> bool:
    """Whether the test speaks MQTT 5."""
    return bool(request.param == 5)
