# SPDX-License-Identifier: EUPL-1.2
"""Snapshots of history over HTTP: copies of what temporal queries find, which stay as they are."""

import pytest

from auth.policy import Visible
from broker.engine import harvesting
from broker.ngsi.contexts import CORE
from broker.ngsi.evolutionqueries import parse_evolution_query
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

WINDOW = {"timerel": "between", "timeAt": "2026-03-01T12:00:00Z", "endTimeAt": "2026-03-01T13:00:00Z"}
EVER = "timerel=after&timeAt=2020-01-01T00:00:00Z"
CARS = {"type": "Query", "entities": [{"type": "Car"}], "temporalQ": WINDOW}
PAST = {"type": "Snapshot", "snapshotTemporalQueries": [CARS]}
NOW = {"type": "Query", "entities": [{"type": "Car"}]}


def at(minute, value, hour=12, **members):
    return {"type": "Property", "value": value, "observedAt": f"2026-03-01T{hour}:{minute:02}:00Z", **members}


ENTITIES = [
    {
        "id": "urn:a:1",
        "type": ["Car", "Van"],
        "scope": [{"type": "Property", "value": "/A", "observedAt": "2026-03-01T11:00:00Z"}],
        "speed": [at(0, 10), at(30, 20), at(40, 5, datasetId="urn:d:1"), at(0, 90, hour=15)],
        "load": [at(10, 1)],
    },
    {"id": "urn:a:2", "type": "Car", "speed": [at(5, 30)]},
    {"id": "urn:a:3", "type": "Car", "speed": [at(0, 40, hour=15)]},
    {"id": "urn:b:1", "type": "Tram", "speed": [at(5, 50)]},
]


@pytest.fixture
async def past(client):
    for entity in ENTITIES:
        assert (await client.post("temporal/entities", json=entity)).status_code == 201
    yield
    await client.delete("snapshots?q=snapshotPriority>0")
    for entity in ENTITIES:
        await client.delete(f"temporal/entities/{entity['id']}")


@pytest.fixture
def make(client, past):
    async def send(body, path="snapshots"):
        response = await client.post(path, json=body)
        assert response.status_code == 201, response.text
        path = response.headers["location"].removeprefix("/ngsi-ld/v1/")
        return (await client.get(path)).json(), {"ngsild-snapshot": path.rpartition("/")[2]}

    return send


async def values(client, query, header, name="speed"):
    """The values of an attribute by entity, in the order that they are told."""
    response = await client.get(f"temporal/entities?{query}", headers=header)
    assert response.status_code == 200, response.text
    return {entity["id"]: [one["value"] for one in entity.get(name, [])] for entity in response.json()}


async def test_a_snapshot_of_history_holds_what_its_queries_find_and_stays_so(client, make):
    document, header = await make(PAST)
    await client.post("temporal/entities/urn:a:1/attrs", json={"speed": at(20, 15)})
    await client.delete("temporal/entities/urn:a:2")

    assert document["snapshotStatus"] == "success"
    assert document["snapshotTemporalQueries"] == [CARS]
    assert document["snapshotTemporalQueriesDetails"] == [{"resultStatus": "success"}]
    assert document.keys().isdisjoint({"snapshotQueries", "snapshotQueriesDetails"})
    assert await values(client, f"type=Car&{EVER}", header) == {"urn:a:1": [10, 20, 5], "urn:a:2": [30]}
    assert await values(client, f"type=Van&q=load==1&scopeQ=/A&{EVER}", header, "load") == {"urn:a:1": [1]}
    assert await values(client, f"type=Tram&{EVER}", header) == {}
    alone = (await client.get("temporal/entities/urn:a:1", headers=header)).json()
    assert (alone["type"], [one["value"] for one in alone["scope"]]) == (["Car", "Van"], ["/A"])
    summed = await client.get("temporal/entities/urn:a:2?aggrMethods=max", headers=header)
    assert summed.json()["speed"]["max"][0][0] == 30
    assert (await client.get("temporal/entities/urn:a:3", headers=header)).status_code == 404
    assert (await client.get("entities?local=true", headers=header)).json() == []
    assert (await client.get("entities/urn:a:1", headers=header)).status_code == 404


async def test_instances_of_a_snapshot_are_the_same_as_those_that_they_are_copies_of(client, make):
    _, header = await make(PAST)
    window = "&".join(f"{name}={value}" for name, value in WINDOW.items())

    for path in (f"temporal/entities?type=Car&{window}", f"temporal/entities/urn:a:1?{window}&options=temporalValues"):
        copied, original = await client.get(path, headers=header), await client.get(path)
        assert copied.json() == original.json()
        assert copied.status_code == 200


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"attrs": ["load"]}, {"urn:a:1": []}),
        ({"temporalQ": {**WINDOW, "lastN": 1}}, {"urn:a:1": [5], "urn:a:2": [30]}),
        ({"q": "speed>25"}, {"urn:a:2": [30]}),
        ({"datasetId": ["urn:d:1"]}, {"urn:a:1": [5]}),
        ({"scopeQ": "/A"}, {"urn:a:1": [10, 20, 5]}),
        ({"entities": [{"type": "Car", "id": "urn:a:2"}, {"type": "Tram", "idPattern": ".*"}]}, {"urn:a:2": [30], "urn:b:1": [50]}),
        ({"temporalQ": {"timerel": "after", "timeAt": "2000-01-01T00:00:00Z", "timeproperty": "createdAt"}}, None),
    ],
)  # fmt: skip
async def test_what_a_temporal_query_says_decides_what_is_copied(client, make, members, expected):
    _, header = await make({**PAST, "snapshotTemporalQueries": [{**CARS, **members}]})

    everything = {"urn:a:1": [10, 20, 5, 90], "urn:a:2": [30], "urn:a:3": [40]}
    assert await values(client, f"local=true&{EVER}", header) == (everything if expected is None else expected)


async def test_a_snapshot_of_both_has_each_entity_once_and_writes_go_on_from_there(client, make):
    document, header = await make({**PAST, "snapshotQueries": [NOW]})

    added = await client.post("entities", json={"id": "urn:a:9", "type": "Car", "speed": 1}, headers=header)
    patched = await client.patch("entities/urn:a:1/attrs", json={"speed": at(0, 99, hour=16)}, headers=header)

    assert (document["snapshotStatus"], added.status_code, patched.status_code) == ("success", 201, 204)
    found = (await client.get("entities?type=Car", headers=header)).json()
    assert [one["id"] for one in found] == ["urn:a:1", "urn:a:2", "urn:a:3", "urn:a:9"]
    assert await values(client, f"type=Car&{EVER}", header) == {"urn:a:1": [10, 20, 5, 99], "urn:a:2": [30]}
    assert await values(client, f"type=Car&{EVER}", {}) == {
        "urn:a:1": [10, 20, 5, 90],
        "urn:a:2": [30],
        "urn:a:3": [40],
    }


async def test_the_last_instances_of_a_scope_are_those_of_the_times_that_it_was_set(client, make):
    scopes = [
        {"type": "Property", "value": value, "observedAt": f"2026-03-01T{hour}:00:00Z"}
        for hour, value in ((10, "/A"), (11, "/B"), (12, "/A"))
    ]
    entity = {"id": "urn:b:1", "type": "Tram", "scope": scopes, "speed": [at(30, hour, hour) for hour in (10, 11, 12)]}
    await client.post("temporal/entities", json=entity)
    window = {"timerel": "after", "timeAt": "2026-03-01T09:00:00Z", "lastN": 3}
    query = {"type": "Query", "entities": [{"type": "Tram"}], "scopeQ": "/A", "temporalQ": window}

    _, header = await make({"type": "Snapshot", "snapshotTemporalQueries": [query]})

    asked = "&".join(f"{name}={value}" for name, value in window.items())
    found = await values(client, f"type=Tram&scopeQ=/A&{asked}", {})
    assert set(found["urn:b:1"]) == {10, 12, 50}
    copied = await values(client, f"type=Tram&{EVER}", header)
    assert set(copied["urn:b:1"]) == set(found["urn:b:1"])


async def test_only_series_that_hold_something_are_kept_in_mind_for_a_snapshot(client, past, resources):
    await client.post("temporal/entities/urn:a:2/attrs", json={"load": at(0, 2, hour=15)})
    query = parse_evolution_query({"type": "Car", **WINDOW}, CORE)

    found = await harvesting.harvest(resources, "default", [], [query], visible=Visible.everything())

    (stretch,) = found.stretches
    assert found.instances == 6
    assert len(stretch.series) == 5
    assert len({one.seq for one in stretch.series}) == 2


async def test_an_entity_of_which_a_snapshot_has_only_history_can_be_made_in_it(client, make):
    _, header = await make(PAST)

    made = await client.post("entities", json={"id": "urn:a:2", "type": "Bus", "speed": 3}, headers=header)
    new = await client.post("entities", json={"id": "urn:a:0", "type": "Bus", "speed": 4}, headers=header)

    assert (made.status_code, new.status_code) == (201, 201)
    assert (await client.get("entities?type=Bus&count=true", headers=header)).headers["ngsild-results-count"] == "2"
    past = (await client.get("temporal/entities/urn:a:2", headers=header)).json()
    assert (past["type"], [one["value"] for one in past["speed"]]) == ("Bus", [30, 3])


async def test_a_clone_has_the_history_of_what_it_is_a_copy_of(client, make):
    document, _ = await make(PAST)
    clone, header = await make({"type": "Snapshot"}, f"snapshots/{document['id']}/clone")
    await client.delete(f"snapshots/{document['id']}")

    assert clone["snapshotTemporalQueriesDetails"] == [{"resultStatus": "success"}]
    assert await values(client, f"type=Car&{EVER}", header) == {"urn:a:1": [10, 20, 5], "urn:a:2": [30]}


async def test_of_temporal_queries_each_tells_how_it_went(client, make, monkeypatch):
    monkeypatch.setattr(harvesting, "MOST_INSTANCES", 6)
    trams, nothing = ({**CARS, "entities": [{"type": kind}]} for kind in ("Tram", "Nothing"))

    partial, header = await make({**PAST, "snapshotTemporalQueries": [trams, nothing, CARS]})
    empty, _ = await make({**PAST, "snapshotTemporalQueries": [nothing]})
    monkeypatch.setattr(harvesting, "MOST_ENTITIES", 1)
    failed, _ = await make({**PAST, "snapshotQueries": [NOW]})

    details = partial["snapshotTemporalQueriesDetails"]
    assert [one["resultStatus"] for one in details] == ["success", "empty", "failure"]
    assert "at most 6 instances" in details[2]["problemDetails"]["detail"]
    assert await values(client, f"local=true&{EVER}", header) == {"urn:b:1": [50]}
    assert (partial["snapshotStatus"], empty["snapshotStatus"], failed["snapshotStatus"]) == (
        "partial",
        "empty",
        "failure",
    )
    assert "at most 1 entities" in failed["snapshotTemporalQueriesDetails"][0]["problemDetails"]["detail"]


@pytest.mark.parametrize(
    "query",
    [
        {name: member for name, member in CARS.items() if name != "temporalQ"},
        {**CARS, "temporalQ": {"timerel": "during", "timeAt": "2026-03-01T12:00:00Z"}},
        {**CARS, "join": "inline"},
        {**CARS, "entities": []},
        {"type": "Query", "temporalQ": WINDOW},
        7,
    ],
)
async def test_a_temporal_query_that_makes_no_sense_makes_no_snapshot(client, past, query):
    response = await client.post("snapshots", json={**PAST, "id": "urn:s:wrong", "snapshotTemporalQueries": [query]})

    assert problem_type(response) == "BadRequestData"
    assert (await client.get("snapshots/urn:s:wrong")).status_code == 404
    assert problem_type(await client.post("snapshots", json={"type": "Snapshot"})) == "BadRequestData"
