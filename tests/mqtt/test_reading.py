# SPDX-License-Identifier: EUPL-1.2
"""The codec against the independent package mqtt5, by properties and by hostile bytes."""

from contextlib import suppress

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.mqtt.connecting import UnsupportedVersion, read_connect, read_first
from broker.mqtt.packets import (
    MQTT_5,
    MQTT_311,
    Connect,
    Disconnect,
    Pingreq,
    ProtocolError,
    Puback,
    Publish,
    Reason,
    Subscribe,
    Unsubscribe,
    Will,
)
from broker.mqtt.reading import find_body, to_message_id
from tests.mqtt.codec import MOST, read_all, topics, words
from tests.mqtt.wire import (
    connect_5,
    connect_311,
    packet,
    publish_5,
    publish_311,
    subscribe_5,
    subscribe_311,
    text,
)

packet_ids = st.integers(1, 0xFFFF)

SAMPLES_5 = [
    publish_5("a/b", b"payload", 7, "id"),
    publish_5("a/b", b"", 7),
    publish_5("a/b", b"x" * 200, user_properties=[("k", "v"), ("id", "w")], correlation_data=b"z", content_type="json"),
    subscribe_5("a/#", identifier=200),
    mqtt5.UnsubscribePacket(3, ["a/#", "b"]).write(),
    mqtt5.PubAckPacket(3).write(),
    mqtt5.PubAckPacket(3, reason_code=mqtt5.PubAckReasonCode.NOT_AUTHORIZED, reason_str="no").write(),
    mqtt5.PingReqPacket().write(),
    mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SERVER_BUSY, reason_str="x").write(),
]
SAMPLES_311 = [
    publish_311("a/b", b"payload", 7),
    publish_311("a/b", b"x" * 200),
    subscribe_311("a/#"),
    packet(0xA2, b"\x00\x02" + text("a") + text("b")),
    b"\x40\x02\x00\x01",
    b"\xc0\x00",
    b"\xe0\x00",
]


@given(topics, st.binary(max_size=300), st.sampled_from([0, 1]), packet_ids, st.booleans(), st.none() | words)
def test_a_publish_reads_back_as_it_was_written(
    topic: str, payload: bytes, qos: int, packet_id: int, retain: bool, message_id: str | None
) -> None:
    number = packet_id if qos else 0

    five = read_all(MQTT_5, publish_5(topic, payload, number, message_id, retain=retain))
    three = read_all(MQTT_311, publish_311(topic, payload, number, retain=retain))

    assert five == [Publish(topic, payload, qos, number, retain, message_id or None)]
    assert three == [Publish(topic, payload, qos, number, retain, None)]


@given(st.lists(st.tuples(words, words), max_size=4), st.none() | st.binary(max_size=20), st.none() | words)
def test_the_message_id_is_found_among_other_properties(
    properties: list[tuple[str, str]], correlation: bytes | None, content_type: str | None
) -> None:
    raw = mqtt5.PublishPacket(
        "t", b"", user_properties=properties, correlation_data=correlation, content_type=content_type
    ).write()

    (got,) = read_all(MQTT_5, raw)

    ids = [value for name, value in properties if name == "id"]
    expected = ids[0] if ids else to_message_id(correlation) if correlation else None
    assert got.message_id == (expected or None)


@pytest.mark.parametrize(
    ("properties", "is_allowed"),
    [
        ([("id", "m"), ("future", "allow")], True),
        ([("future", "allow")], True),
        ([("future", "reject"), ("id", "m")], False),
        ([("id", "m")], False),
        ([("id", "future")], False),
    ],
)
def test_a_message_may_be_ahead_where_its_properties_say_so(
    properties: list[tuple[str, str]], is_allowed: bool
) -> None:
    (got,) = read_all(MQTT_5, mqtt5.PublishPacket("t", b"", user_properties=properties).write())

    assert got.may_be_ahead is is_allowed


@given(
    client_id=words,
    username=st.none() | words,
    password=st.none() | st.binary(max_size=20),
    keep_alive=st.integers(0, 0xFFFF),
    clean=st.booleans(),
    will=st.none() | st.tuples(st.sampled_from([0, 1, 2]), st.booleans()),
    receive=st.integers(1, 0xFFFF),
    largest=st.none() | st.integers(1, 0xFFFFFFFF),
    expiry=st.integers(0, 0xFFFFFFFF),
)
def test_a_connect_of_mqtt_5_reads_back_as_it_was_written(
    client_id: str,
    username: str | None,
    password: bytes | None,
    keep_alive: int,
    clean: bool,
    will: tuple[int, bool] | None,
    receive: int,
    largest: int | None,
    expiry: int,
) -> None:
    raw = mqtt5.ConnectPacket(
        client_id,
        username=username,
        password=password,
        clean_start=clean,
        will=mqtt5.Will("w", payload=b"p", qos=mqtt5.QoS(will[0]), retain=will[1]) if will else None,
        keep_alive=keep_alive,
        session_expiry_interval=expiry,
        receive_max=receive,
        max_packet_size=largest,
    ).write()

    start, end = find_body(raw, 0, len(raw), MOST)
    got = read_first(raw, start, end)

    assert end == len(raw)
    assert got == Connect(
        version=5,
        client_id=client_id,
        username=username,
        password=password,
        clean_start=clean,
        keep_alive=keep_alive,
        will=Will(*will) if will else None,
        receive_maximum=receive,
        max_packet_bytes=largest,
        session_expiry=expiry,
    )


def test_a_connect_of_3_1_1_reads_as_it_was_written() -> None:
    raw = connect_311("me", username="u", password="p", keep_alive=60, clean=False, will=(1, True))

    got = read_first(raw, 2, len(raw))

    assert got == Connect(4, "me", "u", b"p", clean_start=False, keep_alive=60, will=Will(1, retain=True))


@pytest.mark.parametrize(("version", "samples"), [(MQTT_5, SAMPLES_5), (MQTT_311, SAMPLES_311)], ids=["5", "3.1.1"])
def test_however_the_bytes_are_cut_the_packets_are_the_same(version: int, samples: list[bytes]) -> None:
    stream = b"".join(samples)
    whole = read_all(version, stream)

    cut_anywhere = [read_all(version, stream[:at], stream[at:]) for at in range(len(stream))]
    byte_by_byte = read_all(version, *(stream[at : at + 1] for at in range(len(stream))))

    assert len(whole) == len(samples)
    assert byte_by_byte == whole
    assert all(some == whole for some in cut_anywhere)


def test_the_other_packets_read_as_they_were_written() -> None:
    got = read_all(MQTT_5, *SAMPLES_5[3:])

    assert got == [
        Subscribe(1, (("a/#", 1),), has_identifier=True),
        Unsubscribe(3, ("a/#", "b")),
        Puback(3),
        Puback(3, 0x87),
        Pingreq(),
        Disconnect(0x89),
    ]


@given(st.sampled_from([MQTT_311, MQTT_5]), st.binary(max_size=200))
def test_random_bytes_never_raise_anything_but_a_protocol_error(version: int, data: bytes) -> None:
    with suppress(ProtocolError):
        read_all(version, data)


@given(st.data())
def test_mutated_packets_are_read_like_mqtt5_reads_them_or_refused(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SAMPLES_5)))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    try:
        got = read_all(MQTT_5, bytes(raw))
        oracle, _ = mqtt5.read(memoryview(bytes(raw))) if got else (None, 0)
    except (ProtocolError, ValueError):
        # What one of them refuses is not compared: mqtt5 knows reason codes one by one, we know U+0000.
        return

    for packet_read in got[:1]:
        if isinstance(packet_read, Publish):
            assert (packet_read.topic, packet_read.payload, packet_read.qos, packet_read.packet_id) == (
                oracle.topic,
                bytes(oracle.payload),
                oracle.qos,
                oracle.packet_id or 0,
            )
        elif isinstance(packet_read, Subscribe):
            assert packet_read.filters == tuple((one.pattern, one.max_qos) for one in oracle.topic_filters)


@given(st.sampled_from([connect_5("me", password="p"), connect_311("me", password="p", will=(1, False))]), st.data())
def test_mutated_connects_never_raise_anything_but_a_protocol_error(raw: bytes, data: st.DataObject) -> None:
    mutated = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        mutated[data.draw(st.integers(2, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(2, len(mutated)))

    try:
        got = read_connect(bytes(mutated), 2, end)
    except ProtocolError:
        return

    assert got.version in (MQTT_311, MQTT_5)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\x30\x07\x00\x03a\xffb\x00x", Reason.MALFORMED_PACKET),
        (b"\x30\x07\x00\x03a\x00b\x00x", Reason.MALFORMED_PACKET),
        (b"\x32\x06\x00\x01a\x00\x00\x00", Reason.MALFORMED_PACKET),
        (b"\x36\x06\x00\x01a\x00\x01\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x01\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x02\x00\x05", Reason.MALFORMED_PACKET),
        (b"\x30\x04\x00\x01a\x05", Reason.MALFORMED_PACKET),
        (b"\x30\x06\x00\x01a\x02\x24\x01", Reason.MALFORMED_PACKET),
        (b"\x30\x07\x00\x01a\x03\x23\x00\x01", Reason.TOPIC_ALIAS_INVALID),
        (b"\x30\x0a\x00\x01a\x06\x03\x00\x00\x03\x00\x00", Reason.PROTOCOL_ERROR),
        (b"\x30\x0b\x00\x01a\x07\x26\x00\x02id\x00\x09", Reason.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\xff\x01", Reason.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\x7f", Reason.PACKET_TOO_LARGE),
        (b"\x82\x03\x00\x01\x00", Reason.MALFORMED_PACKET),
        (b"\x82\x07\x00\x01\x00\x00\x01a\x03", Reason.MALFORMED_PACKET),
        (b"\x82\x07\x00\x01\x00\x00\x01a\x41", Reason.MALFORMED_PACKET),
        (b"\x82\x07\x00\x01\x00\x00\x01a\x31", Reason.MALFORMED_PACKET),
        (b"\xa2\x03\x00\x01\x00", Reason.MALFORMED_PACKET),
        (b"\x40\x01\x00", Reason.MALFORMED_PACKET),
        (b"\xc0\x01\x00", Reason.MALFORMED_PACKET),
        (b"\xc1\x00", Reason.MALFORMED_PACKET),
        (b"\x00\x00", Reason.MALFORMED_PACKET),
        (b"\x20\x02\x00\x00", Reason.MALFORMED_PACKET),
        (b"\xf0\x00", Reason.MALFORMED_PACKET),
        (b"\x62\x02\x00\x01", Reason.QOS_NOT_SUPPORTED),
        (b"\x10\x00", Reason.PROTOCOL_ERROR),
    ],
)
def test_what_is_no_packet_is_refused_with_its_reason(raw: bytes, reason: Reason) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_all(MQTT_5, raw)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (packet(0x10, text("MQTT") + b"\x04\x03\x00\x00\x00\x00"), Reason.MALFORMED_PACKET),
        (packet(0x10, text("MQTT") + b"\x04\x1c\x00\x00\x00\x00"), Reason.MALFORMED_PACKET),
        (packet(0x10, text("MQTT") + b"\x04\x20\x00\x00\x00\x00"), Reason.MALFORMED_PACKET),
        (packet(0x10, text("MQTT") + b"\x04\x42\x00\x00\x00\x00\x00\x00"), Reason.MALFORMED_PACKET),
        (packet(0x10, text("MQTT") + b"\x04\x02\x00\x00\x00\x00\x00"), Reason.MALFORMED_PACKET),
        (packet(0x10, text("AMQP") + b"\x04\x02\x00\x00\x00\x00"), Reason.MALFORMED_PACKET),
        (packet(0x10, text("MQTT") + b"\x05\x02\x00\x00\x03\x21\x00\x00\x00\x00"), Reason.PROTOCOL_ERROR),
        (packet(0x10, text("MQTT") + b"\x05\x02\x00\x00\x02\x17\x02\x00\x00"), Reason.PROTOCOL_ERROR),
        (packet(0x10, text("MQTT") + b"\x05\x02\x00\x00\x03\x16\x00\x00\x00\x00"), Reason.PROTOCOL_ERROR),
        (packet(0x10, text("MQTT") + b"\x06\x02\x00\x00\x00\x00"), Reason.UNSUPPORTED_VERSION),
        (packet(0x10, text("MQIsdp") + b"\x03\x02\x00\x00\x00\x00"), Reason.UNSUPPORTED_VERSION),
        (b"\x30\x05\x00\x01abc", Reason.MALFORMED_PACKET),
    ],
)
def test_what_is_no_connect_is_refused_with_its_reason(raw: bytes, reason: Reason) -> None:
    with pytest.raises(ProtocolError) as caught:
        read_first(raw, 2, len(raw))

    assert caught.value.reason == reason
    assert isinstance(caught.value, UnsupportedVersion) == (reason == Reason.UNSUPPORTED_VERSION)


@pytest.mark.parametrize(
    ("correlation", "expected"), [(b"m-1", "m-1"), ("münster".encode(), "münster"), (b"\xff", "ff"), (b"a\x00", "6100")]
)
def test_correlation_data_becomes_text(correlation: bytes, expected: str) -> None:
    assert to_message_id(correlation) == expected
