# SPDX-License-Identifier: EUPL-1.2
"""`/admin/deadletters`."""

import orjson
import pytest

from broker.engine.messages import Message

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATH = "/admin/deadletters"


async def send(resources, *items, connector="parking", message="m1"):
    payload = orjson.dumps(list(items))
    return orjson.loads(await resources.ingest.accept(Message("default", connector, "entities", message, payload)))


GOOD = {"id": "urn:a:1", "type": "Car", "speed": 1}
WRONG = {"id": "urn:a:2", "type": "Car", "speed": {"type": "Property"}}


async def test_what_could_not_be_stored_is_listed_with_its_reason(client, admin, resources):
    receipt = await send(resources, GOOD, WRONG)

    (letter,) = (await client.get(PATH, headers=admin)).json()

    assert set(letter) == {
        "id",
        "connector",
        "message",
        "index",
        "entity",
        "attribute",
        "reason",
        "received",
        "attempts",
    }
    assert letter["id"] == receipt["rejected"][0]["deadletter"]
    assert (letter["connector"], letter["message"], letter["index"]) == ("parking", "m1", 1)
    assert letter["entity"] == "urn:a:2"
    assert "speed" in letter["reason"]


async def test_a_dead_letter_is_shown_with_what_was_sent(client, admin, resources):
    receipt = await send(resources, WRONG)

    response = await client.get(f"{PATH}/{receipt['rejected'][0]['deadletter']}", headers=admin)

    assert response.json()["payload"] == WRONG


async def test_dead_letters_are_listed_by_connector_the_newest_first_and_limited(client, admin, resources):
    for number in range(3):
        await send(resources, WRONG, message=f"m{number}")
    await send(resources, WRONG, connector="bicycles")

    parking = (await client.get(f"{PATH}?connector=parking", headers=admin)).json()
    newest = (await client.get(f"{PATH}?limit=1", headers=admin)).json()

    assert [letter["message"] for letter in parking] == ["m2", "m1", "m0"]
    assert [letter["connector"] for letter in newest] == ["bicycles"]


async def test_a_replay_that_fails_again_counts_the_attempt(client, admin, resources):
    receipt = await send(resources, WRONG)
    letter_id = receipt["rejected"][0]["deadletter"]

    response = await client.post(f"{PATH}/replay", json={"ids": [letter_id]}, headers=admin)

    assert response.json() == {"asked": 1, "stored": 0, "rejected": 1, "waiting": 0}
    assert (await client.get(f"{PATH}/{letter_id}", headers=admin)).json()["attempts"] == 2


async def test_a_dropped_dead_letter_is_gone(client, admin, resources):
    await send(resources, WRONG)

    response = await client.post(f"{PATH}/drop", json={"connector": "parking"}, headers=admin)

    assert response.json() == {"dropped": 1}
    assert (await client.get(PATH, headers=admin)).json() == []


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"all": True, "connector": "parking"}, {"ids": 5}, {"all": "perhaps"}]
)
@pytest.mark.parametrize("operation", ["replay", "drop"])
async def test_a_selection_that_is_not_clear_is_refused(client, admin, resources, operation, body):
    await send(resources, WRONG)

    response = await client.post(f"{PATH}/{operation}", json=body, headers=admin)

    assert response.status_code == 400
    assert len((await client.get(PATH, headers=admin)).json()) == 1


@pytest.mark.parametrize("letter_id", ["0", "nonsense", "9" * 40, "-1"])
async def test_an_unknown_dead_letter_is_not_found(client, admin, letter_id):
    response = await client.get(f"{PATH}/{letter_id}", headers=admin)

    assert response.status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=100000"])
async def test_a_limit_that_makes_no_sense_is_refused(client, admin, query):
    response = await client.get(f"{PATH}?{query}", headers=admin)

    assert response.status_code == 400
    assert "limit" in response.json()["detail"]
