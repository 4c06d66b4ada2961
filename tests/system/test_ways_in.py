# SPDX-License-Identifier: EUPL-1.2
"""What holds on every way in, through the own endpoint and through mosquitto: order, repeats, dead letters, the clock."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.launch.running import REPOSITORY
from tests.system.city import City, Reading
from tests.system.publishing import MISSING_CONTEXT, publisher, room

pytestmark = [pytest.mark.server, pytest.mark.storage]

ROOMS, TIMES, IN_A_MESSAGE, COPIES = 100, 100, 5, 3


def observations() -> list[dict[str, Any]]:
    """10,000 observations of 100 rooms, shuffled."""
    made = [
        room(number, number * 1000 + at, f"2026-06-01T{at // 60:02}:{at % 60:02}:00Z")
        for number in range(ROOMS)
        for at in range(TIMES)
    ]
    random.Random(8).shuffle(made)
    return made


def to_messages(made: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Messages of several observations; each comes several times, shuffled."""
    return {f"shuffled-{at}": made[at : at + IN_A_MESSAGE] for at in range(0, len(made), IN_A_MESSAGE)}


def to_reading(observation: dict[str, Any]) -> Reading:
    instance = observation["temperature"]
    return observation["id"], instance["observedAt"], instance["value"]


def test_whatever_the_order_the_newest_is_current_history_is_complete_and_repeats_change_nothing(
    any_city: City,
) -> None:
    """F8 (repeats at once; those after an hour are in tests/engine/test_repeats.py) and F9."""
    made = observations()
    messages = to_messages(made)
    ahead = room(0, -1, "2099-01-01T00:00:00Z")
    sent = [name for name in messages for _ in range(COPIES)]
    random.Random(9).shuffle(sent)

    with any_city.client() as client, publisher(any_city, "shuffler") as shuffler:
        created = client.post("/ngsi-ld/v1/entities", json=ahead)
        for name in sent:
            shuffler.publish(name, messages[name])
        shuffler.wait_for_receipts(dict.fromkeys(messages, COPIES))
        newest = client.get("/ngsi-ld/v1/entities", params={"type": "Room", "limit": ROOMS}).json()

    assert created.status_code == 201
    assert any_city.history("temperature") == Counter(map(to_reading, [*made, ahead]))
    assert {to_reading(one) for one in newest} == {to_reading(one) for one in made if is_last(one)}
    assert shuffler.acknowledged == set(messages)
    for name, receipts in shuffler.receipts.items():
        assert orjson.loads(receipts[0]) == {"id": name, "stored": IN_A_MESSAGE, "rejected": []}
        assert set(receipts) == {receipts[0]}


def is_last(observation: dict[str, Any]) -> bool:
    return to_reading(observation)[2] % 1000 == TIMES - 1


def test_of_500_entities_one_is_wrong_and_is_stored_when_the_cause_is_mended(any_city: City) -> None:
    """F11; that of a connector is in tests/system/test_connector_faults.py."""
    entities = [{"id": f"urn:ngsi-ld:Desk:{number}", "type": "Desk", "seats": {"type": "Property", "value": number}}
                for number in range(500)]  # fmt: skip
    entities[123]["@context"] = MISSING_CONTEXT
    missing = Path(any_city.options[1]) / "missing.jsonld"

    with publisher(any_city, "office") as office:
        office.publish("desks", entities)
        office.wait_for_receipts({"desks": 1})
        receipt = office.receipt("desks")
    stored = any_city.history("seats")
    letters = command(any_city, "list", "--connector", "office")
    shown = command(any_city, "show", letters[0]["id"])
    too_early = command(any_city, "replay", letters[0]["id"])
    missing.write_bytes((REPOSITORY / "tests/contexts/city.jsonld").read_bytes())
    replayed = command(any_city, "replay", "--connector", "office")

    assert receipt["stored"] == 499
    assert [(one["index"], one["entity"]) for one in receipt["rejected"]] == [(123, "urn:ngsi-ld:Desk:123")]
    assert sum(stored.values()) == 499
    assert [(one["message"], one["index"], one["entity"]) for one in letters] == [
        ("desks", 123, "urn:ngsi-ld:Desk:123")
    ]
    assert MISSING_CONTEXT in letters[0]["reason"]
    assert shown["payload"] == entities[123]
    assert too_early == {"asked": 1, "stored": 0, "rejected": 1, "waiting": 0}
    assert replayed == {"asked": 1, "stored": 1, "rejected": 0, "waiting": 0}
    assert command(any_city, "list", "--connector", "office") == []
    assert any_city.get("/ngsi-ld/v1/entities/urn:ngsi-ld:Desk:123").json()["seats"]["value"] == 123


def command(city: City, *arguments: str) -> Any:
    """What `allmende deadletters` prints."""
    return json.loads(city.command("deadletters", *arguments, "--json"))
