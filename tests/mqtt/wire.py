# SPDX-License-Identifier: EUPL-1.2
"""A client that sends exactly the bytes a test wants; reads MQTT 5 by the independent package mqtt5."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import mqtt5

UP = "allmende/v1/default/sensors/up/entities"
DOWN = "allmende/v1/default/sensors/down/#"
ACK = "allmende/v1/default/sensors/down/ack"


def varying(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | 0x80 if number else low)
        if not number:
            return bytes(out)


def text(value: str) -> bytes:
    return len(value.encode()).to_bytes(2, "big") + value.encode()


def packet(first: int, body: bytes) -> bytes:
    return bytes([first]) + varying(len(body)) + body


def connect_311(
    client_id: str = "c",
    *,
    username: str | None = "sensors",
    password: str | None = None,
    keep_alive: int = 0,
    clean: bool = True,
    will: tuple[int, bool] | None = None,
    level: int = 4,
) -> bytes:
    flags = (0x80 if username is not None else 0) | (0x40 if password is not None else 0) | (0x02 if clean else 0)
    fields = text(client_id)
    if will is not None:
        flags |= 0x04 | will[0] << 3 | (0x20 if will[1] else 0)
        fields += text("w") + text("gone")
    fields += b"".join(text(value) for value in (username, password) if value is not None)
    return packet(0x10, text("MQTT") + bytes([level, flags]) + keep_alive.to_bytes(2, "big") + fields)


def publish_311(
    topic: str, payload: bytes, packet_id: int = 0, *, qos: int | None = None, retain: bool = False
) -> bytes:
    qos = (1 if packet_id else 0) if qos is None else qos
    number = packet_id.to_bytes(2, "big") if qos else b""
    return packet(0x30 | qos << 1 | retain, text(topic) + number + payload)


def subscribe_311(pattern: str, packet_id: int = 1, qos: int = 1) -> bytes:
    return packet(0x82, packet_id.to_bytes(2, "big") + text(pattern) + bytes([qos]))


def connect_5(
    client_id: str = "c", *, username: str | None = "sensors", password: str | None = None, **more: Any
) -> bytes:
    secret = None if password is None else password.encode()
    return mqtt5.ConnectPacket(client_id, username=username, password=secret, clean_start=True, **more).write()


def publish_5(topic: str, payload: bytes, packet_id: int = 0, message_id: str | None = None, **more: Any) -> bytes:
    more.setdefault("qos", mqtt5.QoS.AT_LEAST_ONCE if packet_id else mqtt5.QoS.AT_MOST_ONCE)
    if message_id is not None:
        more["user_properties"] = [("id", message_id)]
    return mqtt5.PublishPacket(topic, payload, packet_id=packet_id or None, **more).write()


def subscribe_5(pattern: str, packet_id: int = 1, qos: int = 1, *, identifier: int | None = None) -> bytes:
    properties = b"" if identifier is None else b"\x0b" + varying(identifier)
    body = packet_id.to_bytes(2, "big") + varying(len(properties)) + properties + text(pattern) + bytes([qos])
    return packet(0x82, body)


@dataclass
class Wire:
    """One connection. `read` gives (first byte, body) for MQTT 3.1.1 and a packet of mqtt5 for MQTT 5."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    five: bool

    @classmethod
    async def open(cls, port: int, *, five: bool) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", port), five)

    async def connect(self, first: bytes | None = None, **more: Any) -> Any:
        """Send CONNECT and read its answer."""
        self.send(first or (connect_5 if self.five else connect_311)(**more))
        return await self.read()

    def send(self, *packets: bytes) -> None:
        self.writer.write(b"".join(packets))

    def publish(self, topic: str, payload: bytes, packet_id: int = 0, message_id: str | None = None) -> None:
        """With the id where the version has one: a property, or the topic's last level."""
        if self.five:
            self.send(publish_5(topic, payload, packet_id, message_id))
        else:
            self.send(publish_311(f"{topic}/{message_id}" if message_id else topic, payload, packet_id))

    async def subscribe(self, pattern: str, packet_id: int = 1, qos: int = 1) -> list[int]:
        """Subscribe; return the answer's codes."""
        self.send((subscribe_5 if self.five else subscribe_311)(pattern, packet_id, qos))
        answer = await self.read()
        return [int(code) for code in answer.reason_codes] if self.five else list(answer[1][2:])

    async def read(self) -> Any:
        """The next packet; None when the connection has ended."""
        async with asyncio.timeout(10):
            try:
                head = await self.reader.readexactly(2)
                while head[-1] & 0x80:
                    head += await self.reader.readexactly(1)
                size = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(head[1:]))
                body = await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
        return mqtt5.read(memoryview(head + body))[0] if self.five else (head[0], body)

    async def read_puback(self) -> tuple[int, int]:
        """Packet identifier and reason code of the PUBACK that must come next."""
        answer = await self.read()
        if self.five:
            assert isinstance(answer, mqtt5.PubAckPacket), answer
            return answer.packet_id, int(answer.reason_code)
        assert answer[0] == 0x40, answer
        return int.from_bytes(answer[1], "big"), 0

    async def read_message(self) -> tuple[str, bytes]:
        """Topic and payload of the PUBLISH that must come next; acknowledges it."""
        message = await self.read_any()
        assert message is not None
        return message

    async def read_any(self) -> tuple[str, bytes] | None:
        """The next packet: topic and payload of a PUBLISH, which is acknowledged; None for a PUBACK."""
        answer = await self.read()
        if isinstance(answer, mqtt5.PubAckPacket) or (not self.five and answer[0] == 0x40):
            return None
        if self.five:
            assert isinstance(answer, mqtt5.PublishPacket), answer
            topic, payload, number = answer.topic, bytes(answer.payload), answer.packet_id
        else:
            assert answer[0] in (0x30, 0x32), answer
            end = 2 + int.from_bytes(answer[1][:2], "big")
            topic, number = answer[1][2:end].decode(), None
            if answer[0] == 0x32:
                number, end = int.from_bytes(answer[1][end : end + 2], "big"), end + 2
            payload = answer[1][end:]
        if number is not None:
            self.send(b"\x40\x02" + number.to_bytes(2, "big"))
        return topic, payload

    async def read_end(self) -> int | None:
        """The reason of the DISCONNECT that ends the connection; None where it ends without one."""
        reason = None
        while (answer := await self.read()) is not None:
            if self.five and isinstance(answer, mqtt5.DisconnectPacket):
                reason = int(answer.reason_code)
        return reason

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
