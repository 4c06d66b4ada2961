# SPDX-License-Identifier: EUPL-1.2
"""Temporal queries that are sent as a body."""

import pytest

from tests.web.problem import problem_type

pytestmark = [pytest.mark.server, pytest.mark.storage]

BODY = {
    "type": "Query",
    "entities": [{"type": "Car"}],
    "temporalQ": {
        "timerel": "between",
        "timeAt": "2026-03-01T12:00:00Z",
        "endTimeAt": "2026-03-01T13:00:00Z",
    },
}


async def post(client, body, query=""):
    return await client.post(f"temporal/entityOperations/query{query}", json=body)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, ["urn:a:fast", "urn:a:slow"]),
        ({"q": "speed>25"}, ["urn:a:fast"]),
        ({"scopeQ": "/R", "entities": [{"type": "*"}]}, ["urn:b:scoped"]),
        ({"entities": [{"type": "Car", "id": "urn:a:slow"}, {"type": "Tram", "idPattern": "scoped$"}]}, None),
        ({"geoQ": {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [10, 40]}}, ["urn:a:slow"]),
        ({"ordering": {"orderBy": ["id;desc"]}}, ["urn:a:slow", "urn:a:fast"]),
    ],
)
async def test_a_query_by_body_finds_what_its_members_say(client, members, expected):
    response = await post(client, {**BODY, **members})

    assert response.status_code == 200, response.text
    assert [one["id"] for one in response.json()] == (expected or ["urn:a:slow", "urn:b:scoped", "urn:b:unscoped"])


async def test_a_query_by_body_honours_last_n_parts_and_pages(client):
    window = {**BODY["temporalQ"], "lastN": 1}

    response = await post(client, {**BODY, "pick": ["id", "speed"], "temporalQ": window}, "?limit=1&count=true")

    (found,) = response.json()
    assert set(found) == {"id", "speed"}
    assert [one["value"] for one in found["speed"]] == [50]
    assert response.headers["ngsild-results-count"] == "2"


@pytest.mark.parametrize(
    ("body", "query", "words"),
    [
        ({name: part for name, part in BODY.items() if name != "temporalQ"}, "", "timerel"),
        ({**BODY, "temporalQ": {"timerel": "after"}}, "", "timeAt"),
        ({**BODY, "temporalQ": {**BODY["temporalQ"], "lastN": 2.5}}, "", "temporalQ.lastN"),
        ({**BODY, "join": "inline"}, "", "join"),
        ({**BODY, "entities": []}, "", "entities"),
        ({**BODY, "type": "Question"}, "", "Query"),
    ],
)
async def test_a_query_by_body_that_makes_no_sense_is_refused(client, body, query, words):
    response = await post(client, body, query)

    assert response.status_code == 400
    assert problem_type(response) == "BadRequestData"
    assert words in response.json()["detail"]
