# SPDX-License-Identifier: EUPL-1.2
"""What a client of the own endpoint sees, in both versions of MQTT."""

import asyncio

import mqtt5
import orjson
import pytest
from prometheus_client import CollectorRegistry

from allmende.errors import NonexistentTenant, Unavailable
from tests.mqtt.conftest import OpenWire
from tests.mqtt.doubles import Intake
from tests.mqtt.wire import ACK, DOWN, UP, publish_5, publish_311

pytestmark = pytest.mark.server


async def test_a_message_is_acknowledged_after_its_commit_and_not_before(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    intake.at_once = False
    wire = await wires(open_port, five=five)

    wire.publish(UP, b"{}", 7, "m-1")
    await intake.wait_for(1)
    wire.send(b"\xc0\x00")
    before = await wire.read()
    intake.commit(0)
    after = await wire.read_puback()

    assert isinstance(before, mqtt5.PingRespPacket) if five else before == (0xD0, b"")
    assert after == (7, 0)
    message = intake.messages[0]
    assert (message.tenant, message.connector, message.kind, message.id, message.payload) == (
        "default",
        "sensors",
        "entities",
        "m-1",
        b"{}",
    )


async def test_acknowledgements_keep_the_order_of_arrival(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    intake.at_once = False
    wire = await wires(open_port, five=five)

    for number in (3, 1, 2):
        wire.publish(UP, b"{}", number)
    await intake.wait_for(3)
    for index in (2, 1, 0):
        intake.commit(index)
        await asyncio.sleep(0)
    order = [(await wire.read_puback())[0] for _ in range(3)]

    assert order == [3, 1, 2]


async def test_a_receipt_goes_to_every_subscriber_of_the_connector_and_to_nobody_else(
    open_port: int, wires: OpenWire, five: bool
) -> None:
    sender = await wires(open_port, five=five, client_id="sender")
    listener = await wires(open_port, five=not five, client_id="listener")
    stranger = await wires(open_port, five=five, client_id="stranger", username="others")
    codes = [await client.subscribe(DOWN) for client in (sender, listener)]
    codes.append(await stranger.subscribe("allmende/v1/default/others/down/#"))

    sender.publish(UP, b"{}", 1, "m-1")
    acknowledged = await sender.read_puback()
    heard = [await client.read_message() for client in (sender, listener)]
    stranger.send(b"\xc0\x00")
    silence = await stranger.read()

    assert codes == [[1], [1], [1]]
    assert acknowledged == (1, 0)
    for topic, payload in heard:
        assert topic == ACK
        assert orjson.loads(payload) == {"id": "m-1", "stored": 1, "rejected": []}
    assert isinstance(silence, mqtt5.PingRespPacket) if five else silence == (0xD0, b"")


async def test_a_message_of_qos_0_is_taken_and_its_receipt_comes_with_the_granted_qos(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(open_port, five=five)
    granted = await wire.subscribe(ACK, qos=0)

    wire.publish(UP, b"{}", 0, "m-1")
    answer = await wire.read()

    assert granted == [0]
    assert intake.messages[0].id == "m-1"
    assert answer.qos == 0 if five else answer[0] == 0x30


async def test_the_id_comes_from_the_user_property_else_the_correlation_data_else_the_topic(
    open_port: int, wires: OpenWire, intake: Intake
) -> None:
    wire = await wires(open_port, five=True)

    wire.send(
        publish_5(f"{UP}/topic", b"{}", 1, "property", correlation_data=b"correlation"),
        publish_5(f"{UP}/topic", b"{}", 2, correlation_data=b"correlation"),
        publish_5(UP, b"{}", 3, correlation_data=b"\xff\x00"),
        publish_5(f"{UP}/topic", b"{}", 4),
        publish_5(UP, b"{}", 5),
    )
    await intake.wait_for(5)

    assert [message.id for message in intake.messages] == ["property", "correlation", "ff00", "topic", None]


@pytest.mark.parametrize(
    "topic",
    [
        "allmende/v1/default/others/up/entities",
        "allmende/v1/default/sensors/down/ack",
        "allmende/v1/default/sensors/up/other",
        "allmende/v1/default/sensors/up/entities/a/b",
        "allmende/v2/default/sensors/up/entities",
        "$SYS/broker",
        "a",
    ],
)
async def test_a_foreign_topic_is_refused(
    open_port: int, wires: OpenWire, intake: Intake, five: bool, topic: str
) -> None:
    wire = await wires(open_port, five=five)

    wire.publish(UP, b"{}", 1)
    wire.publish(topic, b"{}", 2)
    first = await wire.read_puback()
    second = await wire.read_puback() if five else await wire.read()

    assert first == (1, 0)
    assert second == ((2, 0x87) if five else None)
    assert len(intake.messages) == 1


async def test_a_foreign_topic_with_qos_0_ends_the_connection_since_nothing_else_would_tell(
    open_port: int, wires: OpenWire, five: bool
) -> None:
    wire = await wires(open_port, five=five)

    wire.publish("allmende/v1/default/others/up/entities", b"{}")

    assert await wire.read_end() == (0x87 if five else None)


async def test_a_tenant_that_does_not_exist_is_refused_like_a_foreign_topic(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    intake.at_once = False
    wire = await wires(open_port, five=five)

    wire.publish("allmende/v1/nowhere/sensors/up/entities", b"{}", 1)
    await intake.wait_for(1)
    intake.outcomes[0].set_exception(NonexistentTenant("Tenant nowhere does not exist"))
    answer = await wire.read_puback() if five else await wire.read()

    assert answer == ((1, 0x87) if five else None)


async def test_what_is_not_stored_when_the_platform_stops_is_not_acknowledged(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    intake.at_once = False
    wire = await wires(open_port, five=five)

    wire.publish(UP, b"{}", 1)
    await intake.wait_for(1)
    intake.outcomes[0].set_exception(Unavailable("The platform is stopping"))

    assert await wire.read_end() == (0x8B if five else None)


@pytest.mark.parametrize(("qos", "retain", "reason"), [(2, False, 0x9B), (0, True, 0x9A), (1, True, 0x9A)])
async def test_qos_2_and_retained_messages_end_the_connection_with_their_reason(
    open_port: int, wires: OpenWire, intake: Intake, five: bool, qos: int, retain: bool, reason: int
) -> None:
    wire = await wires(open_port, five=five)

    if five:
        wire.send(publish_5(UP, b"{}", 1 if qos else 0, qos=mqtt5.QoS(qos), retain=retain))
    else:
        wire.send(publish_311(UP, b"{}", 1 if qos else 0, qos=qos, retain=retain))

    assert await wire.read_end() == (reason if five else None)
    assert intake.messages == []


async def test_receipts_of_a_sender_that_has_gone_still_reach_the_others(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    intake.at_once = False
    sender = await wires(open_port, five=five, client_id="sender")
    listener = await wires(open_port, five=five, client_id="listener")
    await listener.subscribe(DOWN)

    sender.publish(UP, b"{}", 1, "m-1")
    await intake.wait_for(1)
    await sender.close()
    intake.commit(0)

    assert (await listener.read_message())[0] == ACK


async def test_an_anonymous_client_of_an_open_endpoint_uses_any_topic(
    open_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(open_port, five=five, username=None)

    wire.publish("allmende/v1/kiel/anything/up/temporal", b"{}", 1)

    assert await wire.read_puback() == (1, 0)
    assert (intake.messages[0].tenant, intake.messages[0].connector) == ("kiel", "anything")


async def test_metrics_count_what_comes_and_what_is_refused(
    open_port: int, wires: OpenWire, registry: CollectorRegistry
) -> None:
    wire = await wires(open_port, five=True)
    await wire.subscribe(DOWN)

    wire.publish(UP, b"{}", 1, "m-1")
    wire.publish("foreign", b"{}", 2)
    for _ in range(3):
        await wire.read()

    assert registry.get_sample_value("allmende_mqtt_connections") == 1
    assert registry.get_sample_value("allmende_mqtt_messages_received_total") == 2
    assert registry.get_sample_value("allmende_mqtt_receipts_sent_total") == 1
    assert registry.get_sample_value("allmende_mqtt_refused_total", {"reason": "not_authorized"}) == 1


async def test_stopping_acknowledges_what_is_under_way_and_says_goodbye(
    start: object, wires: OpenWire, intake: Intake, five: bool
) -> None:
    port = await start(open=True)  # type: ignore[operator]
    intake.at_once = False
    wire = await wires(port, five=five)
    wire.publish(UP, b"{}", 1)
    await intake.wait_for(1)

    stopping = asyncio.create_task(start.endpoints[0].stop())  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    intake.commit(0)
    acknowledged = await wire.read_puback()
    ended = await wire.read_end()
    await stopping

    assert acknowledged == (1, 0)
    assert ended == (0x8B if five else None)
