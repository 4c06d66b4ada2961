# SPDX-License-Identifier: EUPL-1.2
"""A load generator for MQTT: prebuilt PUBLISH packets through raw sockets, with a window, counting PUBACKs cheaply.

    python -m tests.bench.mqtt_load --port 1883 --messages 100000 --connections 2 --window 500
    python -m tests.bench.mqtt_load --port 1883 --messages 50000 --rate 5000 --receipts

Costs about 1 µs a message: packets are joined once, one write sends many, and a PUBACK is four bytes that are counted and
not parsed. With `--rate` messages leave by the clock and the latency of each PUBACK is told (it comes in order).
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.bench.samples import air_quality


def to_varying(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | 0x80 if number else low)
        if not number:
            return bytes(out)


def string(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def connect_packet(client_id: str, *, username: str | None = None, password: str | None = None) -> bytes:
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    body = string("MQTT") + bytes([5, flags, 0, 0, 0]) + string(client_id)
    body += b"".join(string(text) for text in (username, password) if text is not None)
    return b"\x10" + to_varying(len(body)) + body


def subscribe_packet(pattern: str) -> bytes:
    body = b"\x00\x01\x00" + string(pattern) + b"\x01"
    return b"\x82" + to_varying(len(body)) + body


def publish_packet(topic: str, payload: bytes, packet_id: int, message_id: str | None) -> bytes:
    properties = b"" if message_id is None else b"\x26" + string("id") + string(message_id)
    body = string(topic) + packet_id.to_bytes(2, "big") + to_varying(len(properties)) + properties + payload
    return b"\x32" + to_varying(len(body)) + body


def build_packets(topic: str, payloads: Sequence[bytes], *, ids: str | None) -> list[bytes]:
    """Each payload as a packet, with message ids that start with `ids` (None: without)."""
    return [
        publish_packet(topic, payload, index % 0xFFFF + 1, None if ids is None else f"{ids}-{index}")
        for index, payload in enumerate(payloads)
    ]


@dataclass(slots=True)
class Outcome:
    """What came of a run."""

    acknowledged: int = 0
    refused: int = 0
    receipts: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def report(self) -> dict[str, Any]:
        ordered = sorted(self.latencies)
        percentiles = {
            f"p{share:g}_ms": round(ordered[min(int(len(ordered) * share / 100), len(ordered) - 1)] * 1e3, 2)
            for share in (50, 95, 99, 99.9)
            if ordered
        }
        return {
            "acknowledged": self.acknowledged,
            "refused": self.refused,
            "receipts": self.receipts,
            "seconds": round(self.seconds, 3),
            "rate": round(self.acknowledged / self.seconds) if self.seconds else None,
            **percentiles,
        }


class Load(asyncio.Protocol):
    """One connection that publishes and counts."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.acknowledged = self.refused = self.receipts = 0
        self.on_progress: Callable[[], None] = lambda: None
        self.is_lost = False
        self._rest = b""
        self._greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._subscribed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    async def greet(self, client_id: str, *, username: str | None, password: str | None, listen: str | None) -> None:
        self.transport.write(connect_packet(client_id, username=username, password=password))
        await self._greeted
        if listen is not None:
            self.transport.write(subscribe_packet(listen))
            await self._subscribed

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_lost = True
        self.on_progress()

    def require_connection(self) -> None:
        if self.is_lost:
            raise ConnectionError(f"The connection is gone after {self.acknowledged} acknowledgements")

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at, length, answers = 0, len(data), []
        while at + 4 <= length:
            first, size = data[at], data[at + 1]
            if first == 0x40 and size == 2:
                self.acknowledged += 1
                at += 4
                continue
            head = 2
            if size >= 0x80:
                size = size & 0x7F | data[at + 2] << 7
                head = 3
            if at + head + size > length:
                break
            if first == 0x32:
                topic = data[at + head] << 8 | data[at + head + 1]
                packet_id = at + head + 2 + topic
                answers.append(b"\x40\x02" + data[packet_id : packet_id + 2])
                self.receipts += 1
            else:
                self._take(first, data[at + head : at + head + size])
            at += head + size
        self._rest = data[at:]
        if answers:
            self.transport.write(b"".join(answers))
        self.on_progress()

    def _take(self, first: int, body: bytes) -> None:
        match first:
            case 0x20 if body[1] == 0:
                self._greeted.set_result(None)
            case 0x90:
                self._subscribed.set_result(None)
            case 0x40:
                self.acknowledged += 1
                self.refused += 1
            case _:
                raise ConnectionError(f"The endpoint says {first:#04x} {body.hex()}")

    async def blast(self, packets: Sequence[bytes]) -> None:
        """Send all, at most `window` without a PUBACK."""
        sent, moved, start = 0, asyncio.Event(), self.acknowledged
        self.on_progress = moved.set
        while self.acknowledged - start < len(packets):
            room = self.window - (sent - (self.acknowledged - start))
            if sent < len(packets) and room >= min(self.window // 4, len(packets) - sent):
                self.transport.write(b"".join(packets[sent : sent + room]))
                sent = min(sent + room, len(packets))
            moved.clear()
            self.require_connection()
            await moved.wait()

    async def pace(self, packets: Sequence[bytes], rate: float) -> list[float]:
        """Send by the clock; return the latency of each PUBACK, counted from when the message was due."""
        loop, start, latencies = asyncio.get_running_loop(), self.acknowledged, []
        begun, done = loop.time(), asyncio.Event()

        def note() -> None:
            now = loop.time()
            while len(latencies) < self.acknowledged - start:
                latencies.append(now - (begun + len(latencies) / rate))
            if len(latencies) == len(packets) or self.is_lost:
                done.set()

        self.on_progress, sent = note, 0
        while sent < len(packets):
            self.require_connection()
            due = min(int((loop.time() - begun) * rate) + 1, len(packets), self.acknowledged - start + self.window)
            self.transport.write(b"".join(packets[sent:due]))
            sent = max(sent, due)
            await asyncio.sleep(max(begun + sent / rate - loop.time(), 0.001))
        await done.wait()
        self.require_connection()
        return latencies


async def run_load(
    host: str,
    port: int,
    streams: Sequence[Sequence[bytes]],
    *,
    window: int = 500,
    rate: float | None = None,
    username: str | None = None,
    password: str | None = None,
    listen: str | None = None,
) -> Outcome:
    """Publish each stream on a connection of its own; with `listen` one more takes the receipts."""
    loop = asyncio.get_running_loop()
    clients: list[Load] = []
    for index in range(len(streams) + (listen is not None)):
        _, client = await loop.create_connection(lambda: Load(window), host, port)
        is_listener = index == len(streams)
        await client.greet(
            f"load-{time.time_ns()}-{index}",
            username=username,
            password=password,
            listen=listen if is_listener else None,
        )
        clients.append(client)
    began = time.perf_counter()
    if rate is None:
        await asyncio.gather(*(client.blast(stream) for client, stream in zip(clients, streams, strict=False)))
        latencies: list[list[float]] = []
    else:
        share = rate / len(streams)
        latencies = await asyncio.gather(
            *(client.pace(stream, share) for client, stream in zip(clients, streams, strict=False))
        )
    seconds = time.perf_counter() - began
    if listen is not None:
        await _receipts(clients[-1], sum(map(len, streams)))
    for client in clients:
        client.transport.close()
    return Outcome(
        acknowledged=sum(client.acknowledged for client in clients),
        refused=sum(client.refused for client in clients),
        receipts=clients[-1].receipts,
        seconds=seconds,
        latencies=[latency for some in latencies for latency in some],
    )


async def _receipts(client: Load, wanted: int) -> None:
    """Wait until the last receipt has come."""
    moved = asyncio.Event()
    client.on_progress = moved.set
    while client.receipts < wanted:
        moved.clear()
        await asyncio.wait_for(moved.wait(), 30)


def to_payloads(messages: int, *, entities: int = 1, population: int = 100_000) -> list[bytes]:
    """Payloads of so many entities each, in rounds over the population."""
    payloads = []
    for message in range(messages):
        numbers = range(message * entities, (message + 1) * entities)
        made = [air_quality(number % population, number // population) for number in numbers]
        payloads.append(orjson.dumps(made if entities > 1 else made[0]))
    return payloads


def main() -> None:
    parser = argparse.ArgumentParser(description="MQTT load")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--entities", type=int, default=1, help="per message")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--rate", type=float, help="messages per second; without: as fast as it goes")
    parser.add_argument("--connector", default="load")
    parser.add_argument("--tenant", default="default")
    parser.add_argument("--key")
    parser.add_argument("--receipts", action="store_true")
    options = parser.parse_args()
    prefix = f"allmende/v1/{options.tenant}/{options.connector}"
    payloads = to_payloads(options.messages, entities=options.entities)
    run = f"{time.time_ns():x}"
    streams = [
        build_packets(f"{prefix}/up/entities", payloads[n :: options.connections], ids=f"{run}-{n}")
        for n in range(options.connections)
    ]
    outcome = asyncio.run(
        run_load(
            options.host,
            options.port,
            streams,
            window=options.window,
            rate=options.rate,
            username=options.connector,
            password=options.key,
            listen=f"{prefix}/down/#" if options.receipts else None,
        )
    )
    print(orjson.dumps(outcome.report()).decode())


if __name__ == "__main__":
    main()
