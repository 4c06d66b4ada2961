# SPDX-License-Identifier: EUPL-1.2
"""Ingest as a client of an outside broker, a real mosquitto: nothing is acknowledged before its commit."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry

from allmende.errors import NonexistentTenant, Unavailable
from broker.engine.requests import Request
from broker.mqtt import outside
from broker.mqtt.outside import OutsideBroker
from broker.mqtt.session import RECEIVE_MAXIMUM
from tests.mqtt.conftest import OpenWire
from tests.mqtt.doubles import Intake, WaitingRequests
from tests.mqtt.mosquitto import Mosquitto, find_program, running
from tests.mqtt.wire import ACK, DOWN, UP, Wire

pytestmark = pytest.mark.server

Begin = Callable[..., Awaitable[OutsideBroker]]


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with running(tmp_path) as broker:
        yield broker


@pytest.fixture
async def begin(
    mosquitto: Mosquitto, intake: Intake, requests: WaitingRequests, registry: CollectorRegistry
) -> AsyncIterator[Begin]:
    """Start an ingest from mosquitto."""
    begun: list[OutsideBroker] = []

    async def start(**more: Any) -> OutsideBroker:
        more.setdefault("registry", registry)
        broker = OutsideBroker(f"mqtt://127.0.0.1:{mosquitto.port}", intake, requests, **more)
        begun.append(broker)
        await broker.start()
        return broker

    yield start
    for broker in begun:
        await broker.stop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_message_reaches_ingest_and_its_receipt_the_sender(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, intake: Intake, five: bool
) -> None:
    await begin()
    wire = await wires(mosquitto.port, five=five)
    await wire.subscribe(DOWN)

    wire.publish(UP, b'{"a": 1}', 1, "m-1")
    answers = [await wire.read(), await wire.read()]
    receipts = [
        answer for answer in answers if (answer.__class__.__name__ == "PublishPacket" if five else answer[0] == 0x32)
    ]

    assert [(message.tenant, message.connector, message.kind, message.id) for message in intake.messages] == [
        ("default", "sensors", "entities", "m-1")
    ]
    assert intake.messages[0].payload == b'{"a": 1}'
    assert len(receipts) == 1
    if five:
        assert receipts[0].topic == ACK
        assert orjson.loads(bytes(receipts[0].payload)) == {"id": "m-1", "stored": 1, "rejected": []}


async def publish_many(wire: Wire, count: int) -> None:
    for start in range(0, count, 20):
        for number in range(start, start + 20):
            wire.publish(UP, b"%d" % number, number + 1, f"m-{number}")
        for _ in range(20):
            await wire.read_puback()


async def test_what_is_not_committed_comes_again_to_the_next_ingest_in_its_order(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "_DRAIN_S", 0.1)
    intake.at_once = False
    first = await begin()
    wire = await wires(mosquitto.port, five=True)
    await publish_many(wire, 40)
    await intake.wait_for(40)

    for index in [*range(10), *range(11, 40)]:
        intake.commit(index)
    await asyncio.sleep(0.1)
    await first.stop()
    intake.outcomes[10].set_exception(Unavailable("The platform is stopping"))
    intake.at_once = True
    await begin(registry=CollectorRegistry())
    await intake.wait_for(40 + 30)

    # The eleventh was not committed, so nothing behind it was acknowledged either.
    assert [message.payload for message in intake.messages[40:]] == [b"%d" % number for number in range(10, 40)]


async def test_a_restart_of_the_broker_is_survived_and_nothing_is_lost(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, intake: Intake
) -> None:
    ingest = await begin()
    wire = await wires(mosquitto.port, five=True, client_id="before")
    await publish_many(wire, 20)
    await intake.wait_for(20)

    mosquitto.stop()
    await until(lambda: not ingest.is_connected)
    mosquitto.start()
    late = await wires(mosquitto.port, five=True, client_id="late")
    late.publish(UP, b"late", 1, "late")
    await intake.wait_for(21)

    await until(lambda: ingest.is_connected)
    assert intake.messages[-1].payload == b"late"


async def test_what_was_published_while_no_ingest_ran_is_taken_by_the_next(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, intake: Intake
) -> None:
    first = await begin()
    await first.stop()

    wire = await wires(mosquitto.port, five=True)
    await publish_many(wire, 200)
    before = len(intake.messages)
    await wire.subscribe(DOWN)
    await begin(registry=CollectorRegistry())
    await intake.wait_for(200)
    receipts = [orjson.loads((await wire.read_message())[1])["id"] for _ in range(200)]

    assert before == 0
    assert receipts == [f"m-{number}" for number in range(200)]
    assert [message.payload for message in intake.messages] == [b"%d" % number for number in range(200)]


async def test_no_more_than_the_receive_maximum_is_under_way(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, intake: Intake
) -> None:
    intake.at_once = False
    await begin()
    wire = await wires(mosquitto.port, five=True)

    await publish_many(wire, RECEIVE_MAXIMUM + 100)
    await intake.wait_for(RECEIVE_MAXIMUM)
    await asyncio.sleep(0.2)
    taken = len(intake.messages)
    for index in range(RECEIVE_MAXIMUM + 100):
        await intake.wait_for(index + 1)
        intake.commit(index)

    assert taken == RECEIVE_MAXIMUM
    assert len(intake.messages) == RECEIVE_MAXIMUM + 100


async def test_a_message_that_belongs_nowhere_is_counted_and_does_not_come_again(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, intake: Intake, registry: CollectorRegistry
) -> None:
    intake.at_once = False
    ingest = await begin()
    wire = await wires(mosquitto.port, five=True)

    wire.publish("allmende/v1/default/sensors/up/nothing", b"{}", 1)
    wire.publish("allmende/v1/nowhere/sensors/up/entities", b"{}", 2)
    await intake.wait_for(1)
    intake.outcomes[0].set_exception(NonexistentTenant("Tenant nowhere does not exist"))
    await asyncio.sleep(0.1)
    await ingest.stop()
    await begin(registry=CollectorRegistry())
    wire.publish(UP, b"last", 3)
    await intake.wait_for(2)

    assert intake.messages[1].payload == b"last"
    assert registry.get_sample_value("allmende_mqtt_refused_total", {"reason": "foreign_topic"}) == 1
    assert registry.get_sample_value("allmende_mqtt_refused_total", {"reason": "nonexistenttenant"}) == 1
    intake.commit(1)


async def test_a_request_waits_until_its_connector_listens(
    begin: Begin, mosquitto: Mosquitto, wires: OpenWire, requests: WaitingRequests
) -> None:
    await begin()
    requests.ask("default", "sensors", Request(1, "replay", b'[{"message": "m-1", "index": 0}]'))
    await asyncio.sleep(0.2)
    kept = list(requests.waiting["default", "sensors"])

    wire = await wires(mosquitto.port, five=True)
    await wire.subscribe(DOWN)
    wire.publish("allmende/v1/default/sensors/up/state", b'{"state": "running"}', 1)
    acknowledged = await wire.read_puback()
    topic, payload = await wire.read_message()
    await until(lambda: not requests.waiting["default", "sensors"])

    assert len(kept) == 1
    assert acknowledged[0] == 1
    assert topic == "allmende/v1/default/sensors/down/replay"
    assert payload == b'[{"message": "m-1", "index": 0}]'


async def test_user_and_password_of_the_url_open_the_broker(
    tmp_path: Path, intake: Intake, requests: WaitingRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    subprocess.run([find_program("mosquitto_passwd"), "-b", passwords, "city", "s@fe"], check=True, capture_output=True)
    monkeypatch.setattr(outside, "PATIENCE_S", 1)

    with running(tmp_path, settings=f"allow_anonymous false\npassword_file {passwords}") as broker:
        right = OutsideBroker(f"mqtt://city:s%40fe@127.0.0.1:{broker.port}", intake, requests, client_id="right")
        wrong = OutsideBroker(f"mqtt://city:wrong@127.0.0.1:{broker.port}", intake, requests, client_id="wrong")
        await asyncio.gather(right.start(), wrong.start())
        connected = (right.is_connected, wrong.is_connected)
        await asyncio.gather(right.stop(), wrong.stop())

    assert connected == (True, False)


async def test_where_the_broker_is_away_at_the_start_the_platform_serves_and_goes_on_trying(
    tmp_path: Path, intake: Intake, requests: WaitingRequests, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_program("mosquitto")
    monkeypatch.setattr(outside, "PATIENCE_S", 0.2)
    broker = Mosquitto(tmp_path)
    ingest = OutsideBroker(f"mqtt://127.0.0.1:{broker.port}", intake, requests)

    await ingest.start()
    before = ingest.trouble
    broker.start()
    await until(lambda: ingest.is_connected)
    after = ingest.trouble
    await ingest.stop()
    broker.stop()

    assert before is not None
    assert f"127.0.0.1:{broker.port} is away" in before
    assert after is None
