# SPDX-License-Identifier: EUPL-1.2
"""The receiver of the test kit answers as the platform does, goes away and comes back."""

import socket
from typing import Any

import orjson
import psycopg
import pytest

from allmende.errors import Unavailable
from allmende.testing.memory import Memory
from allmende.testing.receiver import open_receiver
from broker.engine.messages import Message
from connectors.link import Address, Link


def level(value: Any, at: str | None = "2026-06-01T12:00:00Z", name: str = "A1") -> dict[str, Any]:
    instance = {"type": "Property", "value": value} | ({"observedAt": at} if at else {})
    return {"id": f"urn:ngsi-ld:WaterObserved:{name}", "type": "WaterObserved", "waterLevel": instance}


def temporal(*readings: dict[str, Any]) -> dict[str, Any]:
    return {**readings[0], "waterLevel": [reading["waterLevel"] for reading in readings]}


MESSAGES: list[tuple[str, str | None, Any]] = [
    ("entities", "1", [level(1.2)]),
    ("entities", "1", [level(1.2)]),
    ("entities", "2", [level(1.2)]),
    ("entities", "3", [level(1.3, "2026-06-01T13:00:00Z"), level(1, "2126-06-01T12:00:00Z", "B2")]),
    ("entities", "4", [level(1.4, "2026-06-01T14:00:00"), level(2, None, "C3")]),
    ("entities", "5", b"[{]"),
    ("entities", "6", [{"type": "WaterObserved"}, level("", None, "C3")]),
    ("entities", "7", [level(0.9, "2026-05-01T12:00:00Z"), level(2, None, "C3"), level(3, None, "C3")]),
    ("temporal", "8", [temporal(level(5), level(6, "2026-06-02T12:00:00Z"))]),
    ("deadletters", "9", [{"reason": "not a number", "attribute": "waterLevel", "record": {"level": "x"}}]),
    ("entities", None, [level(7, "2026-06-03T12:00:00Z")]),
    ("state", None, {"state": "running"}),
    ("entities", "9~0~2", []),
]


def message(kind: str, name: str | None, content: Any) -> Message:
    payload = content if isinstance(content, bytes) else orjson.dumps(content)
    return Message("default", "levels", kind, name, payload)


def plain(receipt: bytes | None) -> Any:
    """A receipt without the numbers of dead letters, which each platform counts by itself."""
    told = orjson.loads(receipt or b"null")
    return told and {**told, "rejected": [{**each, "deadletter": ""} for each in told["rejected"]]}


@pytest.mark.server
@pytest.mark.storage
async def test_its_receipts_and_its_readings_are_those_of_the_platform(resources: Any, database: str) -> None:
    memory = Memory()
    expected, found = [], []

    for each in MESSAGES:
        expected.append(plain(await resources.ingest.accept(message(*each))))
        found.append(plain(await memory.accept(message(*each))))

    assert found == expected
    with psycopg.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM t_default.history").fetchone()
    # A reading that was corrected is one row there, and two readings here.
    rows = {(name, row.attribute, row.time, None if row.observed else row.number) for name, row in memory.readings}
    assert len(rows) == count
    assert [each["stored"] for each in found[:5] if each] == [1, 1, 1, 1, 1]


async def test_a_lost_receipt_comes_with_the_repeat_of_its_message() -> None:
    memory = Memory(sends_receipts=False)

    assert await memory.accept(message("entities", "1", [level(1)])) is None
    memory.sends_receipts = True

    assert orjson.loads(await memory.accept(message("entities", "1", [level(1)])) or b"") == {
        "id": "1",
        "stored": 1,
        "rejected": [],
    }
    assert [arrival.is_repeat for arrival in memory.arrivals] == [False, True]
    assert len(memory.readings) == 1


async def test_what_does_not_arrive_is_not_waited_for_without_end() -> None:
    with pytest.raises(TimeoutError):
        await Memory().until(lambda: False, seconds=0.01)


async def connect(port: int, patience_s: float) -> None:
    link = Link(Address(host="127.0.0.1", port=port), tenant="default", connector="levels", key=None)
    try:
        await link.open(patience_s=patience_s)
    finally:
        await link.close()


async def test_small_messages_of_a_link_do_not_wait_for_one_another() -> None:
    async with open_receiver() as receiver:
        link = Link(Address(host="127.0.0.1", port=receiver.port), tenant="default", connector="levels", key=None)
        await link.open(patience_s=10)

        opened = link._client.socket()

        assert opened is not None
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await link.close()


async def test_it_goes_away_and_comes_back_on_the_same_port() -> None:
    async with open_receiver() as receiver:
        port = receiver.port
        await receiver.stop()

        with pytest.raises(Unavailable, match="no connection"):
            await connect(port, 0.5)

        await receiver.start()
        await connect(port, 10)
        assert receiver.port == port
