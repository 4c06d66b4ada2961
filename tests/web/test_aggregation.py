# SPDX-License-Identifier: EUPL-1.2
"""Histories summed up, over HTTP."""

from dataclasses import replace
from itertools import pairwise

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]
ID = "urn:ngsi-ld:Vehicle:aggregated"
PATH = f"temporal/entities/{ID}"
QUERY = "temporal/entityOperations/query"
ROOF = "urn:ngsi-ld:Dataset:roof"
HOURS = [f"2020-08-01T{hour}:03:00Z" for hour in (12, 13, 14, 15)]
FIRST, SECOND, THIRD = ([start, end] for start, end in pairwise(HOURS))
HOURLY = "&aggrPeriodDuration=PT1H"


def at(time, value, kind="Property", member="value", **others):
    return {"type": kind, member: value, "observedAt": f"2020-08-01T{time}Z", **others}


@pytest.fixture
async def vehicle(client):
    """A history of the speed and of the fuel of a vehicle, which is gone afterwards."""
    entity = {
        "id": ID,
        "type": "Vehicle",
        "speed": [at("12:03:00", 120), at("12:05:00", 80), at("12:07:00", 100)],
        "fuelLevel": [at("12:03:00", 67), at("14:07:00", 40)],
    }
    (await client.post("temporal/entities", json=entity)).raise_for_status()
    yield client
    await client.delete(PATH)


async def told(client, query, attribute=None):
    response = await client.get(f"{PATH}?format=aggregatedValues&{query}")
    assert response.status_code == 200, response.text
    return response.json() if attribute is None else response.json()[attribute]


async def test_each_method_tells_the_value_of_each_period_with_its_edges_and_empty_ones_are_left_out(vehicle):
    body = await told(vehicle, "aggrMethods=avg,max" + HOURLY)

    fuel = [[67.0, *FIRST], [40.0, *THIRD]]
    assert body == {
        "id": ID,
        "type": "Vehicle",
        "speed": {"type": "Property", "avg": [[100.0, *FIRST]], "max": [[120.0, *FIRST]]},
        "fuelLevel": {"type": "Property", "avg": fuel, "max": fuel},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "timerel=after&timeAt=2020-08-01T12:00:00Z" + HOURLY,
            [[300.0, "2020-08-01T12:00:00Z", "2020-08-01T13:00:00Z"]],
        ),
        ("timerel=before&timeAt=2020-08-01T12:07:00Z" + HOURLY, [[200.0, *FIRST]]),
        (
            "timerel=between&timeAt=2020-08-01T12:05:00Z&endTimeAt=2020-08-01T12:07:00Z&aggrPeriodDuration=PT1M",
            [[80.0, "2020-08-01T12:05:00Z", "2020-08-01T12:06:00Z"]],
        ),
        ("lastN=2" + HOURLY, [[180.0, "2020-08-01T12:05:00Z", "2020-08-01T13:05:00Z"]]),
        ("aggrPeriodDuration=P1M", [[300.0, HOURS[0], "2020-09-01T12:03:00Z"]]),
        ("aggrPeriodDuration=P1Y2M3DT4H5M6S", [[300.0, HOURS[0], "2021-10-04T16:08:06Z"]]),
    ],
    ids=["after", "before", "between", "lastN", "month", "mixed"],
)
async def test_periods_begin_at_the_time_of_the_query_or_with_the_first_instance(vehicle, query, expected):
    assert await told(vehicle, f"attrs=speed&aggrMethods=sum&{query}", "speed") == {"type": "Property", "sum": expected}


@pytest.mark.parametrize(
    ("query", "edges"),
    [
        ("&aggrPeriodDuration=PT0S", [HOURS[0], "2020-08-01T12:07:00Z"]),
        ("&timerel=after&timeAt=2020-08-01T00:00:00Z", ["2020-08-01T00:00:00Z", "2020-08-01T12:07:00Z"]),
        ("&timerel=before&timeAt=2020-08-02T00:00:00Z", [HOURS[0], "2020-08-02T00:00:00Z"]),
        (
            "&timerel=between&timeAt=2020-08-01T00:00:00Z&endTimeAt=2020-08-02T00:00:00Z",
            ["2020-08-01T00:00:00Z", "2020-08-02T00:00:00Z"],
        ),
    ],
    ids=["all", "after", "before", "between"],
)
async def test_without_a_duration_one_period_spans_the_whole_range(vehicle, query, edges):
    speed = await told(vehicle, f"attrs=speed&aggrMethods=totalCount{query}", "speed")

    assert speed == {"type": "Property", "totalCount": [[3, *edges]]}


async def test_the_form_may_stand_in_options_and_methods_alone_ask_for_it(vehicle):
    expected = await told(vehicle, "aggrMethods=min")

    by_options = (await vehicle.get(f"{PATH}?options=aggregatedValues&aggrMethods=min")).json()
    by_methods = (await vehicle.get(f"{PATH}?aggrMethods=min")).json()
    other_form = (await vehicle.get(f"{PATH}?format=temporalValues&options=aggregatedValues&aggrMethods=min")).json()

    assert by_options == by_methods == expected
    assert expected["speed"]["min"][0][0] == 80.0
    assert "values" in other_form["speed"]


async def test_values_that_are_no_numbers_are_told_as_the_table_says(client):
    entity = {
        "id": ID,
        "type": "Vehicle",
        "open": [at("12:00:00", True), at("12:01:00", False), at("12:02:00", True)],
        "name": [at("12:00:00", "b"), at("12:01:00", "Ä"), at("12:02:00", "b")],
        "list": [at("12:00:00", [1, 2]), at("12:01:00", [3, 4, 5, 6])],
        "address": [at("12:00:00", {"city": "A"}), at("12:01:00", {"city": "A"})],
        "owner": [at("12:00:00", "urn:a:1", "Relationship", "object"), at("12:01:00", "urn:a:2", "Relationship", "object")],
        "arrival": [at("12:00:00", {"@type": "Time", "@value": f"0{hour}:30:00Z"}) | {"observedAt": f"2020-08-0{hour}T12:00:00Z"} for hour in (7, 8)],
        "temperature": [at("12:00:00", 20), at("12:00:00", 10, datasetId=ROOF)],
    }  # fmt: skip
    (await client.post("temporal/entities", json=entity)).raise_for_status()

    body = await told(
        client, "aggrMethods=avg,distinctCount,max,min,stddev,sum,sumsq,totalCount&aggrPeriodDuration=P1Y"
    )
    picked = await told(client, f"pick=temperature&datasetId={ROOF}&aggrMethods=max&aggrPeriodDuration=P1Y")
    await client.delete(PATH)

    def values(attribute):
        return {method: known[0][0] for method, known in attribute.items() if type(known) is list and known}

    assert values(body["open"]) == {
        "avg": pytest.approx(2 / 3), "distinctCount": 2, "max": 1.0, "min": 0.0, "sum": 2.0, "sumsq": 2.0, "totalCount": 3,
        "stddev": pytest.approx(0.4714, abs=1e-4),
    }  # fmt: skip
    assert values(body["name"]) == {"distinctCount": 2, "max": "Ä", "min": "b", "totalCount": 3}
    assert values(body["list"]) == {"avg": 3.0, "distinctCount": 2, "max": 4.0, "min": 2.0, "sum": 6.0, "totalCount": 2}
    assert values(body["address"]) == {"distinctCount": 1, "totalCount": 2}
    assert values(body["owner"]) == {"distinctCount": 2, "totalCount": 2}
    assert body["owner"]["type"] == "Relationship"
    assert body["owner"]["avg"] == []
    times = {
        name: {"@type": "Time", "@value": clock}
        for name, clock in (("avg", "08:00:00Z"), ("max", "08:30:00Z"), ("min", "07:30:00Z"))
    }
    assert values(body["arrival"]) == times | {"distinctCount": 2, "totalCount": 2}
    assert [(one.get("datasetId"), values(one)["max"]) for one in body["temperature"]] == [(None, 20.0), (ROOF, 10.0)]
    assert picked == {"temperature": {"type": "Property", "datasetId": ROOF, "max": picked["temperature"]["max"]}}


async def test_a_query_sums_up_each_entity_that_it_finds(vehicle):
    other = {"id": ID + "2", "type": "Vehicle", "speed": [at("13:00:00", 50)], "colour": [at("13:00:00", "red")]}
    (await vehicle.post("temporal/entities", json=other)).raise_for_status()
    window = "timerel=after&timeAt=2020-08-01T12:03:00Z"

    response = await vehicle.get(
        f"temporal/entities?type=Vehicle&{window}&format=aggregatedValues&aggrMethods=avg{HOURLY}&attrs=speed"
    )
    page = await vehicle.get(f"temporal/entities?type=Vehicle&{window}&aggrMethods=avg&limit=1&count=true&q=speed<60")
    await vehicle.delete(PATH + "2")

    assert response.json() == [
        {"id": ID, "type": "Vehicle", "speed": {"type": "Property", "avg": [[100.0, *FIRST]]}},
        {"id": ID + "2", "type": "Vehicle", "speed": {"type": "Property", "avg": [[50.0, *FIRST]]}},
    ]
    assert [one["id"] for one in page.json()] == [ID + "2"]
    assert page.headers["ngsild-results-count"] == "1"


@pytest.mark.parametrize(
    "members",
    [
        {"aggrParams": {"aggrMethods": ["avg", "max"], "aggrPeriodDuration": "PT1H"}},
        {"temporalQ": {"aggrMethods": ["avg", "max"], "aggrPeriodDuration": "PT1H"}},
        {"temporalQ": {"aggrMethods": "avg,max", "aggrPeriodDuration": "PT1H"}},
    ],
    ids=["aggrParams", "list", "text"],
)
async def test_a_query_as_a_body_sums_up_by_its_members(vehicle, members):
    window = {"timerel": "after", "timeAt": "2020-08-01T12:03:00Z"}
    body = {"type": "Query", "entities": [{"type": "Vehicle"}], "attrs": ["speed"]}
    body |= members | {"temporalQ": window | members.get("temporalQ", {})}

    plain = await vehicle.post(QUERY, json=body)
    named = await vehicle.post(QUERY + "?format=aggregatedValues", json=body)

    assert plain.status_code == 200, plain.text
    assert plain.json() == named.json()
    assert plain.json()[0]["speed"] == {"type": "Property", "avg": [[100.0, *FIRST]], "max": [[120.0, *FIRST]]}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Parameter 'aggrMethods' is required with aggregatedValues: some of avg, distinctCount, max"),
        (
            "aggrMethods=median",
            "must be some of avg, distinctCount, max, min, stddev, sum, sumsq, totalCount, not 'median'",
        ),
        (
            "aggrMethods=avg&aggrPeriodDuration=1h",
            "'aggrPeriodDuration' must be a duration such as PT1H, P1D or P1M, not '1h'",
        ),
    ],
)
@pytest.mark.parametrize(
    "path", [f"{PATH}?", "temporal/entities?type=Vehicle&timerel=after&timeAt=2020-08-01T12:00:00Z&"]
)
async def test_an_aggregation_that_makes_no_sense_is_refused_with_what_would(vehicle, path, query, words):
    response = await vehicle.get(f"{path}format=aggregatedValues&{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert words in response.json()["detail"]


@pytest.mark.parametrize(
    "query",
    ["aggrPeriodDuration=1h", "aggrMethods=median&format=temporalValues", "options=sysAttrs&aggrMethods=median"],
)
async def test_what_is_said_of_an_aggregation_must_make_sense_though_none_is_asked_for(vehicle, query):
    response = await vehicle.get(f"{PATH}?{query}")

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"


async def test_an_attribute_without_history_is_not_found(vehicle):
    response = await vehicle.get(f"{PATH}?attrs=colour&aggrMethods=avg")

    assert response.status_code == 404
    assert problem_type(response) == "ResourceNotFound"


async def test_more_months_than_can_be_told_are_too_many(client):
    ages = [{"type": "Property", "value": 1, "observedAt": f"{year}-01-01T00:00:00Z"} for year in ("0001", "9998")]
    (await client.post("temporal/entities", json={"id": ID, "type": "Vehicle", "speed": ages})).raise_for_status()

    months = await client.get(f"{PATH}?aggrMethods=avg&aggrPeriodDuration=P1M")
    years = await told(client, "aggrMethods=avg&aggrPeriodDuration=P1Y", "speed")
    seconds = await told(client, "aggrMethods=avg&aggrPeriodDuration=PT1S", "speed")
    await client.delete(PATH)

    assert (months.status_code, problem_type(months)) == (403, "TooComplexQuery")
    assert "ask for a longer aggrPeriodDuration" in months.json()["detail"]
    assert len(years["avg"]) == len(seconds["avg"]) == 2


@pytest.fixture
async def capped(resources):
    """A client of a platform that tells at most three periods at once."""
    few = replace(resources, temporal_instance_cap=3, registry=CollectorRegistry())
    app = build_app(few, Keyring(resources.database), HttpGate(open=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as client:
        yield client


async def test_more_periods_than_the_cap_are_partial_content_that_names_its_range(vehicle, capped):
    window = "timerel=after&timeAt=2020-08-01T12:00:00Z"

    whole = await capped.get(f"{PATH}?{window}&aggrMethods=avg{HOURLY}")
    cut = await capped.get(f"{PATH}?{window}&aggrMethods=avg&aggrPeriodDuration=PT1M")
    last = await capped.get(f"{PATH}?{window}&aggrMethods=avg&aggrPeriodDuration=PT1M&lastN=100")

    assert whole.status_code == 200
    assert (cut.status_code, last.status_code) == (206, 206)
    assert cut.headers["content-range"] == "date-time 2020-08-01T12:00:00Z-2020-08-01T12:06:00Z/*"
    assert [len(cut.json()[name]["avg"]) for name in ("speed", "fuelLevel")] == [2, 1]
    assert last.headers["content-range"] == "date-time 2020-08-01T14:08:00Z-2020-08-01T12:05:00Z/100"
    assert [len(last.json()[name]["avg"]) for name in ("speed", "fuelLevel")] == [2, 1]


async def test_an_entity_that_came_back_to_a_scope_cannot_be_summed_up_by_it(vehicle):
    scopes = [at(time, scope) for time, scope in (("12:00:00", "/A"), ("12:04:00", "/B"), ("12:06:00", "/A"))]
    (await vehicle.post("temporal/entities", json={"id": ID, "type": "Vehicle", "scope": scopes})).raise_for_status()
    window = "type=Vehicle&timerel=after&timeAt=2020-08-01T12:00:00Z&aggrMethods=sum&attrs=speed"

    once = await vehicle.get(f"temporal/entities?{window}&scopeQ=/B")
    twice = await vehicle.get(f"temporal/entities?{window}&scopeQ=/A")

    assert once.json()[0]["speed"]["sum"][0][0] == 80.0
    assert (twice.status_code, problem_type(twice)) == (422, "OperationNotSupported")
    assert "leave 'scopeQ' out" in twice.json()["detail"]


async def test_instances_that_say_that_there_was_none_are_counted(vehicle):
    await vehicle.delete(f"entities/{ID}/attrs/speed")

    response = await vehicle.get(f"{PATH}?timeproperty=deletedAt&aggrMethods=totalCount,distinctCount,max")

    assert response.status_code == 200, response.text
    speed = response.json()["speed"]
    assert [speed[method][0][0] for method in ("totalCount", "distinctCount")] == [1, 1]
    assert speed["max"] == []
    assert "fuelLevel" not in response.json()
