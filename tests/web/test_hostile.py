# SPDX-License-Identifier: EUPL-1.2
"""Requests that mean harm: each is answered, none is a fault, and the next client is served."""

import random

import orjson
import pytest

pytestmark = [pytest.mark.server, pytest.mark.storage]

PATHS = [
    ("POST", "entities", False),
    ("PUT", "entities/urn:a:1", False),
    ("PATCH", "entities/urn:a:1", False),
    ("POST", "entities/urn:a:1/attrs", False),
    ("PATCH", "entities/urn:a:1/attrs", False),
    ("PATCH", "entities/urn:a:1/attrs/speed", False),
    ("PUT", "entities/urn:a:1/attrs/speed", False),
    ("POST", "entityOperations/create", True),
    ("POST", "entityOperations/upsert", True),
    ("POST", "entityOperations/update", True),
    ("POST", "entityOperations/merge", True),
    ("POST", "entityOperations/query", False),
    ("POST", "temporal/entities", False),
    ("POST", "temporal/entities/urn:a:1/attrs", False),
]
NOISE = random.Random(1)
LONG = "".join(NOISE.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(9_000))
HOSTILE = [
    b'{"id": "urn:a:\\u0000", "type": "T"}',
    b'{"id": "urn:a:2", "type": "T", "a\\u0000": 1}',
    b'{"id": "urn:a:2", "type": "T", "a": {"type": "Property", "value": {"b\\u0000": 1}}}',
    b'{"id": "urn:a:2", "type": "T", "a": "\\udfff"}',
    b'{"id": "urn:a:2", "type": "T", "a": ' + b'{"b":' * 5_000 + b"1" + b"}" * 5_000 + b"}",
    b'{"id": "urn:a:2", "type": "T", "a": -' + b"9" * 400 + b"}",
    b'{"id": "urn:a:2", "type": "T", "a": 1e999}',
    b'{"id": "urn:a:2", "type": "T", "a": {"type": "Property", "value": 1, "observedAt": "0000-01-01T00:00:00Z"}}',
    b'{"id": "urn:a:2", "type": "T", "a": {"type": "Property", "value": 1, "observedAt": "9999-12-31T23:59:60Z"}}',
    b'{"id": "urn:a:2", "type": "T", "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1e308, -1e308]}}}',
    b'{"id": "urn:a:2", "type": "T", "location": {"type": "Point", "coordinates": []}}',
    b'{"id": "urn:a:2", "type": ["T", null]}',
    b'{"id": ["urn:a:2"], "type": {"a": 1}, "scope": [[]]}',
    f'{{"id": "urn:a:{LONG}", "type": "T"}}'.encode(),
    f'{{"id": "urn:a:2", "type": "{LONG}"}}'.encode(),
    f'{{"id": "urn:a:2", "type": "T", "{LONG}": 1}}'.encode(),
    f'{{"id": "urn:a:2", "type": "T", "scope": "/{LONG}"}}'.encode(),
    f'{{"id": "urn:a:2", "type": "T", "a": {{"type": "Property", "value": 1, "datasetId": "urn:{LONG}"}}}}'.encode(),
    orjson.dumps({"id": "urn:a:2", "type": "T", **{f"a{n}": n for n in range(1_500)}}),
    b'{"value": ' + b"1" * 300 + b"}",
]


async def is_served(client):
    return (await client.get("entities/urn:a:1")).status_code == 200


@pytest.fixture
async def car(client):
    await client.post("entities", json={"id": "urn:a:1", "type": "Car", "speed": 1})


@pytest.mark.parametrize(("method", "path", "is_batch"), PATHS)
async def test_hostile_bodies_are_refused_and_the_next_client_is_served(client, car, method, path, is_batch):
    bodies = [b"[%b]" % body if is_batch else body for body in HOSTILE]

    answers = [
        await client.request(method, path, content=body, headers={"content-type": "application/json"})
        for body in bodies
    ]

    assert {answer.status_code for answer in answers} <= ({400, 207} if is_batch else {400})
    assert [answer.json().get("success", []) for answer in answers] == [[]] * len(HOSTILE)
    assert await is_served(client)


QUERIES = [
    f"type={LONG}",
    f"id=urn:{LONG}",
    f"attrs={LONG}",
    "type=" + "(" * 5_000,
    "type=" + "a," * 5_000 + "a",
    "type=a&idPattern=" + "(" * 1_000,
    "type=a&idPattern=(a%2B)%2B%24",
    "type=a&idPattern=a{1000}{1000}",
    "type=a&idPattern=%5C",
    "type=a&offset=99999999999999999999",
    "type=a%00",
    "type=a&id=%00",
    "type=%ED%A0%80",
    "type=a'%3B--",
    "type=a&idPattern=%5B%5B:alpha:%5D",
]


async def test_hostile_queries_are_answered(client, car):
    answers = [await client.get(f"entities?{query}") for query in QUERIES]

    assert {answer.status_code for answer in answers} <= {200, 400, 422}
    assert await is_served(client)
