# SPDX-License-Identifier: EUPL-1.2
"""First bytes of pages, with 200,000 entities of one type, each with a name and a place."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

from tests.bench.figures import RUNS, Figure
from tests.bench.samples import air_quality, entity_id
from tests.bench.stage import Stage, stage

POPULATION = 200_000
REQUESTS = 100
STREETS = ("Linden", "Birken", "Hafen", "Markt", "Schul", "Mühlen", "Garten", "Kirch", "Berg", "Ufer")
PAGES = {
    "start page": "/",
    "type page": "/types/AirQualityObserved",
    "type page 60": "/types/AirQualityObserved?page=60",
    "type page, words": "/types/AirQualityObserved?q=hafenstr",
    "entity page": f"/entities/{entity_id(77_777)}",
    "search": "/search?q=hafenstr+77777",
    "search, many": "/search?q=li",
    "connectors' page": "/connectors",
    "status page": "/status",
    "help": "/help",
}


def run() -> Iterator[Figure]:
    with stage() as platform:
        fill(platform)
        platform.settle()
        for name, path in PAGES.items():
            values = [first_byte_p95(platform, path) for _ in range(RUNS)]
            yield Figure(f"{name}, first byte, p95, {POPULATION:,} entities", values, "ms", reach="<= 50 ms")


def named(number: int) -> dict[str, Any]:
    """An entity with a name."""
    name = f"{STREETS[number % len(STREETS)]}straße {number}"
    return {**air_quality(number), "name": {"type": "Property", "value": name}}


def fill(platform: Stage) -> None:
    """Create the entities, 1,000 a request."""
    headers = {"X-API-Key": platform.key, "Content-Type": "application/json"}
    with httpx.Client(base_url=platform.http, headers=headers, timeout=60, trust_env=False) as client:
        for start in range(0, POPULATION, 1000):
            batch = json.dumps([named(number) for number in range(start, start + 1000)])
            client.post("/ngsi-ld/v1/entityOperations/upsert", content=batch).raise_for_status()


def first_byte_p95(platform: Stage, path: str) -> float:
    """Milliseconds until the head of the answer is there, one request at a time, as a browser asks."""
    durations = []
    headers = {"accept": "text/html", "accept-encoding": "gzip", "accept-language": "de"}
    with httpx.Client(base_url=platform.http, headers=headers, timeout=60, trust_env=False) as client:
        for _ in range(REQUESTS):
            started = time.perf_counter()
            with client.stream("GET", path) as answer:
                durations.append(time.perf_counter() - started)
                answer.raise_for_status()
                answer.read()
    return sorted(durations)[int(REQUESTS * 0.95)] * 1000
