# SPDX-License-Identifier: EUPL-1.2
"""Transient entities and attributes over HTTP, with a clock of our own."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from broker.engine import purging, walking
from broker.engine.expiring import expire
from broker.engine.resources import Measures, open_resources
from tests.conftest import copied

pytestmark = [pytest.mark.server, pytest.mark.storage]

START = datetime(2026, 6, 1, tzinfo=UTC)
PATH = "entities/urn:a:1"
CAR = {"id": "urn:a:1", "type": "Car", "speed": {"type": "Property", "value": 1}}
NULL = "urn:ngsi-ld:null"


class Clock:
    """A clock that stands still until it is put on."""

    def __init__(self):
        self.time = START

    def __call__(self):
        return self.time

    def put_on(self, seconds):
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def resources(serving, clock):
    """The platform, whose own sweep does not come."""
    contexts = Path(__file__).parents[1] / "contexts"
    async with open_resources(
        serving, contexts_folder=contexts, clock=clock, measures=Measures(expiry_sweep=timedelta(hours=1))
    ) as opened:
        yield opened


@pytest.fixture
def database(postgres, template):
    """A database of each test, whose times begin anew."""
    with copied(postgres, template) as url:
        yield url


@pytest.fixture
def sweep(resources):
    async def run():
        return await expire(resources.database, resources.writer, "t_default", resources.clock)

    return run


def after(seconds):
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def shown(client, path=PATH):
    response = await client.get(f"{path}?options=keyValues")
    return response.json() if response.status_code == 200 else response.status_code


async def listed(client):
    return [entity["id"] for entity in (await client.get("entities?type=Car")).json()]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "entities", {**CAR, "expiresAt": after(5)}),
        ("POST", "entityOperations/create", [{**CAR, "expiresAt": after(5)}]),
        ("POST", "entityOperations/upsert", [{**CAR, "expiresAt": after(5)}]),
        ("POST", "temporal/entities", {**CAR, "expiresAt": after(5)}),
    ],
)
async def test_an_entity_is_there_until_its_time_and_gone_at_once_then(client, clock, method, path, body):
    response = await client.request(method, path, json=body)
    before = await shown(client), await listed(client)
    clock.put_on(5)

    assert response.status_code == 201
    assert before == ({"id": "urn:a:1", "type": "Car", "speed": 1}, ["urn:a:1"])
    assert (await shown(client), await listed(client)) == (404, [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", PATH, {**CAR, "expiresAt": after(5)}),
        ("PATCH", PATH, {"expiresAt": after(5)}),
        ("POST", f"{PATH}/attrs", {"expiresAt": after(5)}),
        ("PATCH", f"{PATH}/attrs", {"expiresAt": after(5)}),
        ("POST", "entityOperations/update", [{**CAR, "expiresAt": after(5)}]),
        ("POST", "entityOperations/merge", [{"id": "urn:a:1", "expiresAt": after(5)}]),
        ("POST", "entityOperations/upsert?options=update", [{**CAR, "expiresAt": after(5)}]),
    ],
)
async def test_a_time_is_set_afterwards_and_taken_away_again(client, clock, method, path, body):
    await client.post("entities", json=CAR)

    response = await client.request(method, path, json=body)
    told = (await client.get(f"{PATH}?options=sysAttrs")).json()["expiresAt"]
    lasting = await client.patch(PATH, json={"expiresAt": NULL})
    clock.put_on(6)

    assert (response.status_code, lasting.status_code) == (204, 204)
    assert told == after(5)
    assert "expiresAt" not in (await client.get(f"{PATH}?options=sysAttrs")).json()


async def test_a_past_time_ends_an_entity_at_once_and_its_id_is_free(client, clock, sweep):
    await client.post("entities", json=CAR)

    ended = await client.patch(PATH, json={"expiresAt": after(-60)})
    after_end = await shown(client)
    again = await client.post("entities", json={**CAR, "speed": 2})
    await sweep()

    assert (ended.status_code, after_end) == (204, 404)
    assert again.status_code == 201
    assert (await shown(client))["speed"] == 2


@pytest.mark.parametrize(("time", "found"), [("0001-01-01T00:00:00Z", 0), ("9999-12-31T23:59:59.999999Z", 1)])
async def test_the_ends_of_the_calendar_are_times_as_others_are(client, clock, time, found):
    assert (await client.post("entities", json={**CAR, "expiresAt": time})).status_code == 201

    listed = await client.get("entities?type=Car&options=sysAttrs")
    deleted = await client.delete("entities?type=Car&drop=name")

    assert [one["expiresAt"] for one in listed.json()] == [time] * found
    assert deleted.status_code < 500


async def test_what_is_over_is_not_found_by_any_write_before_the_sweep(client, clock):
    await client.post("entities", json={**CAR, "expiresAt": after(5)})
    clock.put_on(5)

    codes = [
        (await client.patch(PATH, json={"speed": 2})).status_code,
        (await client.put(PATH, json={"type": "Car"})).status_code,
        (await client.post(f"{PATH}/attrs", json={"doors": 2})).status_code,
        (await client.delete(PATH)).status_code,
    ]

    assert codes == [404, 404, 404, 404]
    assert await shown(client) == 404


async def test_attributes_instances_and_parts_go_and_the_entity_stays(client, clock, sweep):
    speeds = [{"value": 1, "expiresAt": after(5)}, {"value": 2, "datasetId": "urn:d:2"}]
    parts = {"value": 3, "unit": {"value": "x", "expiresAt": after(5)}}
    await client.post(
        "entities", json={**CAR, "speed": speeds, "doors": {"value": 4, "expiresAt": after(5)}, "seats": parts}
    )
    clock.put_on(5)

    before_sweep = (await client.get(PATH)).json()
    await sweep()

    expected = {
        "id": "urn:a:1",
        "type": "Car",
        "speed": {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
        "seats": {"type": "Property", "value": 3},
    }
    assert before_sweep == expected
    assert (await client.get(PATH)).json() == expected


async def test_an_entity_is_not_found_by_what_of_it_is_over(client, clock):
    here = {"type": "Point", "coordinates": [7, 51]}
    over = {"doors": {"value": 4, "expiresAt": after(5)}, "location": {"value": here, "expiresAt": after(5)}}
    await client.post("entities", json={**CAR, **over})
    near = "georel=near;maxDistance==5&geometry=Point&coordinates=[7,51]"
    queries = ["attrs=doors", "q=doors>3", "type=Car&q=speed;doors", near, "type=Car&q=!x|doors"]

    async def found():
        return [len((await client.get(f"entities?{query}")).json()) for query in queries]

    before = await found()
    clock.put_on(5)

    assert before == [1, 1, 1, 1, 1]
    assert await found() == [0, 0, 0, 0, 1]


async def test_the_history_of_an_entity_stays_and_that_of_an_attribute_goes(client, clock, sweep):
    await client.post("entities", json={**CAR, "doors": {"value": 4, "expiresAt": after(5)}})
    await client.patch(f"{PATH}/attrs/doors", json={"value": 5})
    clock.put_on(5)
    await sweep()
    without_doors = (await client.get(f"temporal/{PATH}")).json()
    await client.patch(PATH, json={"expiresAt": after(10)})
    clock.put_on(5)
    await sweep()

    assert without_doors.keys() == {"id", "type", "speed"}
    assert (await client.get(PATH)).status_code == 404
    assert [one["value"] for one in (await client.get(f"temporal/{PATH}")).json()["speed"]] == [1]


async def test_a_write_after_the_time_of_an_attribute_takes_its_history_away_as_the_sweep_does(client, clock):
    await client.post("entities", json={**CAR, "doors": {"value": 4, "expiresAt": after(5)}})
    clock.put_on(5)

    written = await client.patch(f"{PATH}/attrs", json={"speed": 2})

    assert written.status_code == 204
    assert await shown(client) == {"id": "urn:a:1", "type": "Car", "speed": 2}
    assert (await client.get(f"temporal/{PATH}")).json().keys() == {"id", "type", "speed"}


async def test_an_expired_entity_is_made_again_with_attributes_of_the_same_moment(client, clock):
    await client.post("entities", json={**CAR, "expiresAt": after(5)})
    clock.put_on(5)

    assert (await client.post("entityOperations/upsert", json=[{**CAR, "speed": 7}])).json() == ["urn:a:1"]
    assert await shown(client) == {"id": "urn:a:1", "type": "Car", "speed": 7}


async def test_the_sweep_takes_away_all_that_is_over_and_tells_what_comes_next(client, clock, sweep):
    many = [{**CAR, "id": f"urn:a:{number}", "expiresAt": after(5 if number % 2 else 90)} for number in range(1200)]
    await client.post("entityOperations/create", json=many)
    clock.put_on(5)

    following = await sweep()

    assert following == START + timedelta(seconds=90)
    left = await client.get("entities?type=Car&limit=0&count=true")
    assert left.headers["ngsild-results-count"] == "600"


async def test_deleting_an_entity_forgets_its_time(client, clock, sweep):
    await client.post("entities", json={**CAR, "expiresAt": after(5)})
    await client.delete(PATH)
    await client.post("entities", json=CAR)
    clock.put_on(6)

    assert await sweep() is None
    assert (await shown(client))["speed"] == 1


async def test_what_is_over_and_not_swept_holds_up_no_walk_over_all_entities(client, clock, monkeypatch):
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    monkeypatch.setattr(walking, "_AT_ONCE", 2)
    over = [{"id": f"urn:a:{number}", "type": "Car", "expiresAt": after(10)} for number in range(5)]
    await client.post("entityOperations/create", json=[*over, {**CAR, "id": "urn:a:left"}])
    clock.put_on(11)

    mapped = await client.get("entities?type=Car&entityMap=true")
    purged = await asyncio.wait_for(client.delete("entities?type=Car"), 20)

    made = await client.get(f"http://localhost{mapped.headers['ngsild-entitymap']}")
    assert list(made.json()["entityMap"]) == ["urn:a:left"]
    assert purged.status_code == 204
    assert await shown(client, "entities/urn:a:left") == 404
