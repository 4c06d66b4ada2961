# SPDX-License-Identifier: EUPL-1.2
"""Keys on MQTT: whose topics they open, how wrong ones are answered, what becomes of revoked ones."""

import asyncio
import time

import pytest

from auth.principals import Principal
from broker.mqtt import endpoint
from broker.mqtt.crowd import Crowd
from broker.mqtt.throttle import FIRST_S, FORGOTTEN_S, MOST_S, Throttle, to_network
from tests.mqtt.conftest import OpenWire
from tests.mqtt.doubles import Intake, WaitingRequests
from tests.mqtt.wire import UP, connect_5, connect_311

pytestmark = pytest.mark.server


async def test_a_connectors_key_opens_its_own_topics_only(
    keyed_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(keyed_port, five=five, password="key of sensors")

    wire.publish(UP, b"{}", 1)
    own = await wire.read_puback()
    wire.publish("allmende/v1/kiel/sensors/up/entities", b"{}", 2)
    foreign = await wire.read_puback() if five else await wire.read()

    assert own == (1, 0)
    assert foreign == ((2, 0x87) if five else None)
    assert len(intake.messages) == 1


async def test_the_administrators_key_is_valid_for_any_connector_and_tenant(
    keyed_port: int, wires: OpenWire, intake: Intake, five: bool
) -> None:
    wire = await wires(keyed_port, five=five, username="anything", password="key of the administrator")

    wire.publish("allmende/v1/kiel/anything/up/entities", b"{}", 1)
    own = await wire.read_puback()
    wire.publish(UP, b"{}", 2)
    foreign = await wire.read_puback() if five else await wire.read()

    assert own == (1, 0)
    assert foreign == ((2, 0x87) if five else None)
    assert [message.tenant for message in intake.messages] == ["kiel"]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("sensors", "wrong"),
        ("sensors", "key of others"),
        ("others", "key of sensors"),
        ("sensors", None),
        (None, None),
        ("sen/sors", "key of the administrator"),
        ("+", "key of the administrator"),
    ],
)
async def test_a_wrong_key_is_refused(
    keyed_port: int, wires: OpenWire, five: bool, username: str | None, password: str | None
) -> None:
    wire = await wires(keyed_port, five=five, greet=False)

    answer = await wire.connect(username=username, password=password)

    assert (answer.reason_code == 0x86) if five else answer == (0x20, b"\x00\x04")
    assert await wire.read() is None


async def test_wrong_keys_are_answered_ever_later_and_a_right_one_at_once(
    keyed_port: int, wires: OpenWire, five: bool
) -> None:
    times = []
    for _ in range(4):
        wire = await wires(keyed_port, five=five, greet=False)
        began = time.monotonic()
        await wire.connect(password="wrong")
        times.append(time.monotonic() - began)

    began = time.monotonic()
    await wires(keyed_port, five=five, password="key of sensors")
    right = time.monotonic() - began

    assert [round(took, 1) >= FIRST_S * 2**place for place, took in enumerate(times)] == [True] * 4
    assert right < FIRST_S


async def test_many_wrong_keys_at_once_do_not_keep_a_right_one_out(
    keyed_port: int, wires: OpenWire, five: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.mqtt.throttle.FIRST_S", 5.0)
    wrong = [await wires(keyed_port, five=five, greet=False) for _ in range(30)]
    for wire in wrong:
        wire.send((connect_5 if five else connect_311)(password="wrong"))

    unanswered = await asyncio.gather(*(asyncio.wait_for(wire.read(), 2) for wire in wrong), return_exceptions=True)
    began = time.monotonic()
    await wires(keyed_port, five=five, password="key of sensors")

    assert unanswered.count(None) == 20
    assert time.monotonic() - began < 1


async def test_a_mistake_of_ours_in_letting_in_leaves_nobody_waiting(
    intake: Intake, requests: WaitingRequests, wires: OpenWire, five: bool
) -> None:
    async def fail(_username: str, _password: str) -> None:
        raise RuntimeError("a mistake")

    broken = endpoint.Endpoint(intake, requests, fail, host="127.0.0.1", port=0)
    wire = await wires(await broken.start(), five=five, greet=False)

    answer = await asyncio.wait_for(wire.connect(password="key of sensors"), 2)
    await broken.stop()

    assert answer is None


def test_one_address_cannot_take_all_the_room() -> None:
    crowd = Crowd(3, 2)

    entered = [crowd.enter(network) for network in ("a", "a", "a", "b", "c")]
    crowd.leave("a")

    assert entered == [True, True, False, True, False]
    assert crowd.enter("c")
    assert not crowd.enter("b")


async def test_a_client_whose_key_is_revoked_is_ended(
    keyed_port: int,
    wires: OpenWire,
    keys: dict[str, Principal],
    five: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(endpoint, "RECHECK_S", 0.5)
    revoked = await wires(keyed_port, five=five, client_id="revoked", password="key of sensors")
    valid = await wires(keyed_port, five=five, client_id="valid", username="others", password="key of others")

    del keys["key of sensors"]
    ended = await asyncio.wait_for(revoked.read_end(), 5)
    valid.send(b"\xc0\x00")

    assert ended == (0x87 if five else None)
    assert await valid.read() is not None


def test_the_delay_doubles_up_to_a_bound_and_is_forgotten_after_a_while() -> None:
    throttle = Throttle()

    delays = [throttle.delay("192.0.2.1", 0.0) for _ in range(40)]
    other = throttle.delay("192.0.2.2", 0.0)
    later = throttle.delay("192.0.2.1", FORGOTTEN_S + 1)

    assert delays[:3] == [FIRST_S, 2 * FIRST_S, 4 * FIRST_S]
    assert delays[-1] == MOST_S
    assert other == later == FIRST_S


def test_the_table_of_addresses_is_bounded() -> None:
    throttle = Throttle(most=10)

    for number in range(100):
        throttle.delay(f"192.0.2.{number}", float(number))

    assert len(throttle) == 10
    assert throttle.delay("192.0.2.99", 100.0) == 2 * FIRST_S
    assert throttle.delay("192.0.2.1", 100.0) == FIRST_S


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_addresses_of_one_host_count_as_one(address: str, network: str) -> None:
    assert to_network(address) == network
