# SPDX-License-Identifier: EUPL-1.2
"""Replays and drops: sent to one client of the connector, kept until it has acknowledged them."""

import asyncio

import mqtt5
import pytest

from broker.engine.requests import Request
from tests.mqtt.conftest import OpenWire
from tests.mqtt.doubles import WaitingRequests
from tests.mqtt.wire import DOWN, UP

pytestmark = pytest.mark.server

REPLAY = Request(1, "replay", b'[{"message": "m-1", "index": 0}]')
DROP = Request(2, "drop", b'[{"message": "m-2", "index": 0}]')
KEY = ("default", "sensors")


async def test_what_waits_is_sent_when_the_connector_subscribes_and_forgotten_when_it_acknowledges(
    open_port: int, wires: OpenWire, requests: WaitingRequests, five: bool
) -> None:
    requests.ask(*KEY, REPLAY)
    requests.ask(*KEY, DROP)
    wire = await wires(open_port, five=five)

    await wire.subscribe(DOWN)
    first = await wire.read_message()
    second = await wire.read_message()
    async with asyncio.timeout(5):
        while requests.waiting[KEY]:
            requests.forgotten.clear()
            await requests.forgotten.wait()

    assert first == ("allmende/v1/default/sensors/down/replay", REPLAY.payload)
    assert second == ("allmende/v1/default/sensors/down/drop", DROP.payload)


async def test_what_is_new_is_sent_at_once_and_to_one_client_only(
    open_port: int, wires: OpenWire, requests: WaitingRequests, five: bool
) -> None:
    clients = [await wires(open_port, five=five, client_id=name) for name in ("one", "two")]
    for client in clients:
        await client.subscribe(DOWN)

    requests.ask(*KEY, REPLAY)
    got = await clients[0].read_message()
    clients[1].send(b"\xc0\x00")
    other = await clients[1].read()

    assert got[1] == REPLAY.payload
    assert isinstance(other, mqtt5.PingRespPacket) if five else other == (0xD0, b"")


async def test_what_was_not_acknowledged_goes_to_the_next_client(
    open_port: int, wires: OpenWire, requests: WaitingRequests, five: bool
) -> None:
    first = await wires(open_port, five=five, client_id="first")
    await first.subscribe(DOWN)
    requests.ask(*KEY, REPLAY)
    unacknowledged = await first.read()

    second = await wires(open_port, five=five, client_id="second")
    await second.subscribe(DOWN)
    await first.close()
    got = await second.read_message()

    assert unacknowledged is not None
    assert got[1] == REPLAY.payload


async def test_a_subscription_of_qos_0_gets_receipts_and_no_requests(
    open_port: int, wires: OpenWire, requests: WaitingRequests, five: bool
) -> None:
    requests.ask(*KEY, REPLAY)
    wire = await wires(open_port, five=five)

    await wire.subscribe(DOWN, qos=0)
    wire.publish(UP, b"{}", 1, "m-1")
    acknowledged = await wire.read_puback()
    receipt = await wire.read_message()

    assert acknowledged == (1, 0)
    assert receipt[0].endswith("down/ack")
    assert requests.waiting[KEY] == [REPLAY]
