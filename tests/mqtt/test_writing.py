# SPDX-License-Identifier: EUPL-1.2
"""What the codec writes, read by the independent package mqtt5 and by the codec itself."""

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.mqtt.packets import (
    MQTT_5,
    MQTT_311,
    Publish,
    Reason,
)
from broker.mqtt.writing import (
    to_topic,
    to_varying,
    write_connack,
    write_disconnect,
    write_puback,
    write_publish,
    write_refusal,
    write_suback,
    write_unsuback,
)
from tests.mqtt.codec import read_all, topics
from tests.mqtt.wire import (
    varying,
)


@given(st.integers(0, 0xFFFFFFF))
def test_variable_byte_integers_are_written_like_a_plain_loop_writes_them(number: int) -> None:
    assert to_varying(number) == varying(number)


@given(topics, st.binary(max_size=300), st.integers(0, 0xFFFF))
def test_what_is_published_to_a_client_reads_back(topic: str, payload: bytes, packet_id: int) -> None:
    raw = write_publish(MQTT_5, to_topic(topic), payload, packet_id)

    got, length = mqtt5.read(memoryview(raw))

    assert length == len(raw)
    assert (got.topic, bytes(got.payload), got.packet_id) == (topic, payload, packet_id or None)
    assert read_all(MQTT_311, write_publish(MQTT_311, to_topic(topic), payload, packet_id)) == [
        Publish(topic, payload, int(packet_id > 0), packet_id)
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (write_puback(0x1234), mqtt5.PubAckPacket(0x1234)),
        (
            write_refusal(5, Reason.NOT_AUTHORIZED),
            mqtt5.PubAckPacket(5, reason_code=mqtt5.PubAckReasonCode.NOT_AUTHORIZED),
        ),
        (
            write_connack(5, Reason.BAD_USER_NAME_OR_PASSWORD, text="no"),
            mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD, reason_str="no"),
        ),
        (
            write_suback(5, 5, [1, 0x87]),
            mqtt5.SubAckPacket(
                5, [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE, mqtt5.SubAckReasonCode.NOT_AUTHORIZED]
            ),
        ),
        (
            write_unsuback(5, 5, [0, 0x11]),
            mqtt5.UnsubAckPacket(
                5, [mqtt5.UnsubAckReasonCode.SUCCESS, mqtt5.UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED]
            ),
        ),
        (
            write_disconnect(Reason.PACKET_TOO_LARGE),
            mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE),
        ),
        (
            write_disconnect(Reason.PACKET_TOO_LARGE, "too large"),
            mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE, reason_str="too large"),
        ),
    ],
)
def test_answers_of_mqtt_5_say_to_mqtt5_what_was_meant(raw: bytes, expected: object) -> None:
    got, length = mqtt5.read(memoryview(raw))

    assert length == len(raw)
    assert repr(got) == repr(expected)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (write_connack(4, Reason.SUCCESS), b"\x20\x02\x00\x00"),
        (write_connack(4, Reason.UNSUPPORTED_VERSION), b"\x20\x02\x00\x01"),
        (write_connack(4, Reason.CLIENT_ID_NOT_VALID), b"\x20\x02\x00\x02"),
        (write_connack(4, Reason.SERVER_UNAVAILABLE), b"\x20\x02\x00\x03"),
        (write_connack(4, Reason.BAD_USER_NAME_OR_PASSWORD), b"\x20\x02\x00\x04"),
        (write_connack(4, Reason.NOT_ACCEPTED), b"\x20\x02\x00\x05"),
        (write_suback(4, 5, [0, 1, 0x87]), b"\x90\x05\x00\x05\x00\x01\x80"),
        (write_unsuback(4, 5, [0]), b"\xb0\x02\x00\x05"),
    ],
)
def test_answers_of_3_1_1_have_its_codes(raw: bytes, expected: bytes) -> None:
    assert raw == expected
