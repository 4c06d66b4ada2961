# SPDX-License-Identifier: EUPL-1.2
"""From a PUBLISH to a row: the endpoint and an outside broker with the real engine behind them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from auth.keys import Keyring
from broker.engine.deadletters import Selection, replay_dead_letters
from broker.engine.resources import Resources
from broker.mqtt.endpoint import Endpoint
from broker.mqtt.outside import OutsideBroker
from broker.mqtt.requests import EngineRequests
from tests.mqtt.conftest import OpenWire
from tests.mqtt.mosquitto import running
from tests.mqtt.wire import ACK, DOWN, UP

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
def rows(database: str) -> Callable[[str], list[tuple[Any, ...]]]:
    def run(query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(database, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    return run


@pytest.fixture
async def key(resources: Resources) -> str:
    made = await Keyring(resources.database).create_key("sensors", kind="connector", connector="sensors")
    return made.key


@pytest.fixture(params=["endpoint", "mosquitto"])
async def port(resources: Resources, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[int]:
    """Where clients connect: to the own endpoint, or to a mosquitto that it is a client of."""
    requests = EngineRequests(resources)
    if request.param == "endpoint":
        keyring = Keyring(resources.database)
        endpoint = Endpoint(
            resources.ingest,
            requests,
            lambda _name, password: keyring.verify(password),
            host="127.0.0.1",
            port=0,
            registry=resources.registry,
        )
        yield await endpoint.start()
        await endpoint.stop()
        return
    with running(tmp_path) as mosquitto:
        outside = OutsideBroker(
            f"mqtt://127.0.0.1:{mosquitto.port}", resources.ingest, requests, registry=resources.registry
        )
        await outside.start()
        yield mosquitto.port
        await outside.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


def room(number: int, temperature: object) -> dict[str, object]:
    observed = f"2026-06-01T12:{number // 60:02}:{number % 60:02}Z"
    value = {"type": "Property", "value": temperature, "observedAt": observed}
    return {"id": f"urn:ngsi-ld:Room:{number}", "type": "Room", "temperature": value}


Publish = Callable[[dict[str, bytes]], Awaitable[dict[str, dict[str, Any]]]]


@pytest.fixture
async def publish(port: int, key: str, wires: OpenWire, five: bool) -> Publish:
    """Publish messages by their ids; return their receipts."""
    sender = await wires(port, five=five, client_id="sender", password=key)
    listener = await wires(port, five=five, client_id="listener", password=key)
    await listener.subscribe(DOWN)

    async def send(messages: dict[str, bytes]) -> dict[str, dict[str, Any]]:
        for number, (name, payload) in enumerate(messages.items()):
            sender.publish(UP, payload, number + 1, name)
        for number in range(len(messages)):
            assert await sender.read_puback() == (number + 1, 0)
        receipts = {}
        while len(receipts) < len(messages):
            receipt = orjson.loads((await listener.read_message())[1])
            receipts[receipt["id"]] = receipt
        return receipts

    return send


async def test_what_is_published_is_stored_with_its_history_and_receipted(publish: Publish, rows: Any) -> None:
    messages = {f"m-{number}": orjson.dumps(room(number, number / 2)) for number in range(300)}

    receipts = await publish(messages)

    assert receipts == {name: {"id": name, "stored": 1, "rejected": []} for name in messages}
    assert rows("SELECT count(*) FROM t_default.entity") == [(300,)]
    assert rows("SELECT count(*), sum(number) FROM t_default.history") == [(300, sum(range(300)) / 2)]


async def test_what_cannot_be_stored_is_named_in_the_receipt_and_the_rest_is_stored(
    publish: Publish, rows: Any
) -> None:
    entities = [room(number, 1) for number in range(50)]
    entities[20]["temperature"] = {"type": "Property"}

    receipts = await publish({"mixed": orjson.dumps(entities), "broken": b"not JSON"})

    assert receipts["mixed"]["stored"] == 49
    assert [(entry["index"], entry["entity"]) for entry in receipts["mixed"]["rejected"]] == [
        (20, "urn:ngsi-ld:Room:20")
    ]
    assert receipts["broken"]["stored"] == 0
    assert "entity" not in receipts["broken"]["rejected"][0]
    assert rows("SELECT count(*) FROM t_default.dead_letter") == [(2,)]


async def test_a_repeat_changes_nothing_and_gets_the_same_receipt(publish: Publish, rows: Any) -> None:
    message = {"m-1": orjson.dumps([room(1, 5), {"id": "no uri", "type": "Room"}])}

    first = await publish(message)
    history = rows("SELECT * FROM t_default.history ORDER BY 1, 2, 3, 4")
    second = await publish(message)

    assert second == first
    assert rows("SELECT * FROM t_default.history ORDER BY 1, 2, 3, 4") == history
    assert rows("SELECT count(*) FROM t_default.dead_letter") == [(1,)]


async def test_a_replay_reaches_the_connector_that_reports_its_state(
    resources: Resources, port: int, key: str, wires: OpenWire, rows: Any, five: bool
) -> None:
    wire = await wires(port, five=five, client_id="sender", password=key)
    state = UP.replace("entities", "state")
    wire.publish(state, b'{"state": "running"}', 1)
    wire.publish(UP, b'{"id": "no uri", "type": "Room"}', 2, "m-1")
    for number in (1, 2):
        assert await wire.read_puback() == (number, 0)
    await until(lambda: rows("SELECT count(*) FROM t_default.dead_letter") == [(1,)])

    outcome = await replay_dead_letters(resources, "default", Selection())
    kept = rows("SELECT count(*) FROM t_default.request")
    await wire.subscribe(DOWN)
    # An outside broker does not say who subscribes; the connector's next report does.
    wire.publish(state, b'{"state": "running"}', 3)
    request = await wire.read_any()
    while request is None or request[0] == ACK:
        request = await wire.read_any()
    await until(lambda: rows("SELECT count(*) FROM t_default.request") == [(0,)])

    assert outcome == {"asked": 1, "stored": 0, "rejected": 0, "waiting": 1}
    assert kept == [(1,)]
    assert request[0] == "allmende/v1/default/sensors/down/replay"
    assert orjson.loads(request[1]) == [{"message": "m-1", "index": 0}]
