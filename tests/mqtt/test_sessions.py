# SPDX-License-Identifier: EUPL-1.2
"""How sessions with the own endpoint begin and end, and what a client may subscribe to, in both versions of MQTT."""

import mqtt5
import pytest

from tests.mqtt.conftest import OpenWire
from tests.mqtt.doubles import Intake
from tests.mqtt.wire import ACK, DOWN, UP, connect_311, packet, subscribe_5, text

pytestmark = pytest.mark.server


@pytest.mark.parametrize(("qos", "retain", "reason"), [(0, False, 0x83), (1, True, 0x9A), (2, False, 0x9B)])
async def test_a_will_is_refused(
    open_port: int, wires: OpenWire, five: bool, qos: int, retain: bool, reason: int
) -> None:
    wire = await wires(open_port, five=five, greet=False)
    will = mqtt5.Will("w", payload=b"gone", qos=mqtt5.QoS(qos), retain=retain) if five else (qos, retain)

    answer = await wire.connect(will=will)

    assert (answer.reason_code == reason) if five else answer == (0x20, b"\x00\x05")
    assert await wire.read() is None


async def test_connack_of_mqtt_5_tells_the_limits(open_port: int, wires: OpenWire) -> None:
    wire = await wires(open_port, five=True, greet=False)

    answer = await wire.connect(client_id="", session_expiry_interval=3600)

    assert answer.receive_max == 500
    assert answer.max_packet_size == 1024 * 1024
    assert answer.max_qos == 1
    assert answer.session_expiry_interval == 0
    assert not answer.session_present
    assert not answer.retain_available
    assert not answer.shared_subscription_available
    assert not answer.subscription_id_available
    assert answer.assigned_client_id


async def test_a_client_of_3_1_1_without_identifier_must_ask_for_a_clean_session(
    open_port: int, wires: OpenWire
) -> None:
    wire = await wires(open_port, five=False, greet=False)
    clean = await wires(open_port, five=False, client_id="")

    answer = await wire.connect(client_id="", clean=False)
    clean.send(b"\xc0\x00")

    assert answer == (0x20, b"\x00\x02")
    assert await clean.read() == (0xD0, b"")


@pytest.mark.parametrize(
    ("level", "five", "answer"), [(3, False, (0x20, b"\x00\x01")), (6, True, mqtt5.ConnAckReasonCode(0x84))]
)
async def test_other_versions_of_the_protocol_are_refused_by_name(
    open_port: int, wires: OpenWire, level: int, five: bool, answer: object
) -> None:
    wire = await wires(open_port, five=five, greet=False)

    got = await wire.connect(connect_311(level=level))

    assert (got.reason_code if five else got) == answer
    assert await wire.read() is None


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("allmende/v1/default/sensors/down/#", 1),
        ("allmende/v1/default/sensors/down/+", 1),
        ("allmende/v1/default/sensors/down/ack", 1),
        ("allmende/v1/default/others/down/#", 0x87),
        ("allmende/v1/default/sensors/up/#", 0x87),
        ("allmende/v1/default/sensors/#", 0x87),
        ("allmende/v1/+/sensors/down/#", 0x87),
        ("#", 0x87),
        ("$SYS/#", 0x87),
        ("allmende/v1/default/sensors/down/a#", 0x8F),
        ("$share/group/allmende/v1/default/sensors/down/#", 0x9E),
    ],
)
async def test_a_client_may_subscribe_to_its_own_down_topics_only(
    open_port: int, wires: OpenWire, five: bool, pattern: str, code: int
) -> None:
    wire = await wires(open_port, five=five)

    assert await wire.subscribe(pattern) == [code if five else min(code, 0x80)]


async def test_a_subscription_identifier_is_refused(open_port: int, wires: OpenWire) -> None:
    wire = await wires(open_port, five=True)

    wire.send(subscribe_5(DOWN, identifier=4))

    assert list((await wire.read()).reason_codes) == [0xA1]


async def test_after_unsubscribing_no_receipt_comes(open_port: int, wires: OpenWire, five: bool) -> None:
    wire = await wires(open_port, five=five)
    await wire.subscribe(DOWN)

    end = mqtt5.UnsubscribePacket(2, [DOWN, ACK]).write() if five else packet(0xA2, b"\x00\x02" + text(DOWN))
    wire.send(end)
    answer = await wire.read()
    wire.publish(UP, b"{}", 1, "m-1")
    acknowledged = await wire.read_puback()
    wire.send(b"\xc0\x00")
    after = await wire.read()

    assert list(answer.reason_codes) == [0, 0x11] if five else answer == (0xB0, b"\x00\x02")
    assert acknowledged == (1, 0)
    assert isinstance(after, mqtt5.PingRespPacket) if five else after == (0xD0, b"")


async def test_a_second_connection_with_the_same_identifier_takes_over(
    open_port: int, wires: OpenWire, five: bool
) -> None:
    first = await wires(open_port, five=five, client_id="same")

    second = await wires(open_port, five=five, client_id="same")
    ended = await first.read_end()
    second.send(b"\xc0\x00")

    assert ended == (0x8E if five else None)
    assert await second.read() is not None


async def test_another_connector_cannot_take_a_session_over(open_port: int, wires: OpenWire, five: bool) -> None:
    first = await wires(open_port, five=five, client_id="same")

    await wires(open_port, five=five, client_id="same", username="others")
    first.send(b"\xc0\x00")

    assert await first.read() is not None


async def test_a_client_that_stays_silent_is_ended(open_port: int, wires: OpenWire, five: bool) -> None:
    wire = await wires(open_port, five=five, keep_alive=1)

    assert await wire.read_end() == (0x8D if five else None)


async def test_what_a_client_sends_after_disconnect_is_not_taken(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(open_port, five=five)

    wire.publish(UP, b"{}")
    wire.send(b"\xe0\x00")
    wire.publish(UP, b"{}")

    assert await wire.read() is None
    assert len(intake.messages) == 1
