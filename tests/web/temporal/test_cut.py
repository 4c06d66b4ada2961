# SPDX-License-Identifier: EUPL-1.2
"""Answers to temporal queries that hold not all: at which time they are cut, and how to read on."""

from dataclasses import replace

import httpx
import pytest
from prometheus_client import CollectorRegistry

from api.app import build_app
from api.gate import HttpGate
from auth.keys import Keyring
from tests.web.temporal.asking import PATH, ask

pytestmark = [pytest.mark.server, pytest.mark.storage]


@pytest.fixture
async def capped(resources, client):
    """A client of a platform that tells three instances at once."""
    few = replace(resources, temporal_instance_cap=3, registry=CollectorRegistry())
    app = build_app(few, Keyring(resources.database), HttpGate(open=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost/ngsi-ld/v1/") as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "expected", "content_range"),
    [
        (
            "timerel=after&timeAt=2026-03-01T12:00:00Z",
            ([30], [10, 12]),
            "date-time 2026-03-01T12:00:00Z-2026-03-01T12:05:00Z/*",
        ),
        (
            "timerel=before&timeAt=2026-03-01T13:00:00Z",
            ([90, 30], [80, 10, 12]),
            "date-time 2026-01-05T00:00:00Z-2026-03-01T12:00:00Z/*",
        ),
        (
            "timerel=before&timeAt=2026-03-01T13:00:00Z&lastN=3",
            ([50], []),
            "date-time 2026-03-01T13:00:00Z-2026-03-01T12:05:00Z/3",
        ),
    ],
)
async def test_more_than_the_cap_is_cut_at_one_time_for_all_entities(capped, query, expected, content_range):
    response = await ask(capped, f"local=true&id=urn:a:fast,urn:a:slow&attrs=speed,heading&{query}", 206)

    assert response.headers["content-range"] == content_range
    assert tuple([one["value"] for one in entity["speed"]] for entity in response.json()) == expected


async def test_reading_on_from_the_end_of_a_cut_answer_tells_all(capped):
    seen = set()
    start = "2020-01-01T00:00:00Z"
    for _ in range(10):
        response = await capped.get(f"{PATH}?type=Car&attrs=speed&timerel=after&timeAt={start}")
        seen |= {one["instanceId"] for entity in response.json() for one in entity["speed"]}
        if response.status_code == 200:
            break
        start = response.headers["content-range"].split("Z-")[1].removesuffix("/*")

    assert len(seen) == 7


async def test_what_is_cut_away_whole_is_an_empty_list_in_every_form(capped):
    query = "attrs=heading,speed&type=Car&lastN=3&timerel=before&timeAt=2026-03-01T13:00:00Z"

    plain = await ask(capped, query, 206)
    pairs = await ask(capped, f"{query}&options=temporalValues", 206)

    assert plain.json()[1]["speed"] == []
    assert pairs.json()[1]["speed"] == {"type": "Property", "values": []}
