# SPDX-License-Identifier: EUPL-1.2
"""What a client may not do: be slow before its CONNECT, large, or faster than the commits."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from prometheus_client import CollectorRegistry

from broker.mqtt import exchange, greeting, session
from tests.mqtt.conftest import OpenWire
from tests.mqtt.doubles import Intake
from tests.mqtt.wire import ACK, UP, connect_5, connect_311, packet, publish_5, publish_311, text

pytestmark = pytest.mark.server

MIB = 1024 * 1024


async def test_a_client_that_dribbles_its_connect_is_gone_after_five_seconds(
    open_port: int, wires: OpenWire, registry: CollectorRegistry
) -> None:
    wire = await wires(open_port, five=True, greet=False)
    began = time.monotonic()

    async def dribble() -> None:
        for byte in connect_5(client_id="x" * 200):
            wire.send(bytes([byte]))
            await asyncio.sleep(0.1)

    dribbling = asyncio.create_task(dribble())
    ended = await wire.read()
    dribbling.cancel()

    assert ended is None
    assert greeting.PATIENCE_S - 0.5 < time.monotonic() - began < greeting.PATIENCE_S + 2
    assert registry.get_sample_value("allmende_mqtt_refused_total", {"reason": "connect_timeout"}) == 1


@pytest.mark.parametrize(
    "first",
    [
        packet(0x10, text("MQTT") + bytes([4, 2, 0, 0]) + text("x" * 9000)),
        b"\x10\xff\xff\x7f" + text("MQTT"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x30\x05\x00\x01ab",
        b"\x10\xff\xff\xff\xff\x01",
        connect_5(client_id="\udcff".encode("utf-8", "surrogatepass").hex())[:-2] + b"\xff\xfe",
    ],
    ids=["larger than 8 KiB", "announces 2 MiB", "HTTP", "TLS", "PUBLISH", "endless length", "not UTF-8"],
)
async def test_what_is_no_small_connect_ends_the_connection_at_once(
    open_port: int, wires: OpenWire, first: bytes
) -> None:
    wire = await wires(open_port, five=False, greet=False)

    wire.send(first)

    assert await asyncio.wait_for(wire.read(), 2) is None


async def test_what_follows_the_connect_at_once_is_taken_however_much_it_is(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(open_port, five=five, greet=False)
    publish = publish_5 if five else publish_311

    wire.send((connect_5 if five else connect_311)(), *(publish(UP, b"x" * 1000, number) for number in range(1, 201)))
    await intake.wait_for(200)

    assert {message.payload for message in intake.messages} == {b"x" * 1000}


async def test_a_packet_of_one_mebibyte_is_taken_and_one_byte_more_is_not(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    largest = await wires(open_port, five=five, client_id="largest")
    larger = await wires(open_port, five=five, client_id="larger")
    overhead = len((publish_5 if five else publish_311)(UP, b"x" * 1_000_000, 1)) - 1_000_000

    largest.publish(UP, b"x" * (MIB - overhead), 1)
    acknowledged = await largest.read_puback()
    larger.publish(UP, b"x" * (MIB - overhead + 1), 1)
    ended = await larger.read_end()

    assert acknowledged == (1, 0)
    assert ended == (0x95 if five else None)
    assert len(intake.messages) == 1


async def test_more_than_the_receive_maximum_without_acknowledgement_ends_a_client_of_mqtt_5(
    open_port: int, wires: OpenWire, intake: Intake
) -> None:
    intake.at_once = False
    wire = await wires(open_port, five=True)

    wire.send(*(publish_5(UP, b"{}", number) for number in range(1, session.RECEIVE_MAXIMUM + 2)))

    assert await wire.read_end() == 0x93


async def test_a_client_of_3_1_1_is_not_read_from_while_too_much_waits_for_its_commit(
    open_port: int, wires: OpenWire, intake: Intake, registry: CollectorRegistry
) -> None:
    intake.at_once = False
    wire = await wires(open_port, five=False)
    total = 5000

    wire.send(*(publish_311(UP, b"x" * 1000, number) for number in range(1, total + 1)))
    await intake.wait_for(session.MOST_MESSAGES)
    await asyncio.sleep(0.2)
    taken = len(intake.messages)
    for index in range(total):
        await intake.wait_for(index + 1)
        intake.commit(index)
    acknowledged = [(await wire.read_puback())[0] for _ in range(total)]

    assert session.MOST_MESSAGES <= taken < session.MOST_MESSAGES + 1000
    assert acknowledged == list(range(1, total + 1))
    assert registry.get_sample_value("allmende_mqtt_pauses_total") >= 1


async def test_nobody_is_read_from_while_the_writer_is_full(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(open_port, five=five)
    intake.pending = exchange.MOST_ENTITIES + 1
    wire.publish(UP, b"{}", 1)
    await wire.read_puback()

    wire.publish(UP, b"{}", 2)
    await asyncio.sleep(0.2)
    taken = len(intake.messages)
    intake.pending = 0
    answer = await wire.read_puback()

    assert taken == 1
    assert answer == (2, 0)


async def test_a_client_that_does_not_read_its_receipts_holds_itself_up_and_nobody_else(
    open_port: int, wires: OpenWire, intake: Intake, registry: CollectorRegistry
) -> None:
    deaf = await wires(open_port, five=True, client_id="deaf")
    await deaf.subscribe(ACK, qos=0)
    deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
    sender = await wires(open_port, five=True, client_id="sender")
    name = "m" * 150

    for start in range(0, 60_000, 400):
        sender.send(*(publish_5(UP, b"{}", number + 1, f"{name}-{start + number}") for number in range(400)))
        for _ in range(400):
            await sender.read_puback()

    assert len(intake.messages) == 60_000
    assert registry.get_sample_value("allmende_mqtt_receipts_unsent_total") > 0


async def test_an_id_of_more_than_200_characters_is_refused(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(open_port, five=five)

    wire.publish(UP, b"{}", 1, "i" * 201)
    answer = await wire.read_puback() if five else await wire.read()

    assert answer == ((1, 0x83) if five else None)
    assert intake.messages == []


async def test_too_many_connections_that_do_not_say_who_they_are_are_turned_away(
    start: Callable[..., Awaitable[int]], wires: OpenWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.mqtt.door.MOST_KNOCKING_EACH", 2)
    port = await start(open=True)
    for _ in range(2):
        await wires(port, five=True, greet=False)

    third = await wires(port, five=True, greet=False)

    assert await asyncio.wait_for(third.read(), 2) is None
