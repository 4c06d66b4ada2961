# SPDX-License-Identifier: EUPL-1.2
"""Requests over HTTP by wrk: retrieval by id, pages of a type."""

import asyncio
import time
from collections.abc import Iterator

import asyncpg

from broker.store import SQL
from tests.bench.figures import RUNS, Figure
from tests.bench.samples import entity_id
from tests.bench.stage import Stage, shuffled, stage, wrk

POPULATION = 100_000
LARGE = 200_000


def run() -> Iterator[Figure]:
    with stage() as platform:
        platform.fill(0, POPULATION)
        platform.settle()
        yield by_id(platform)
        platform.fill(POPULATION, LARGE)
        platform.fill(LARGE, LARGE + 1000, type_="SmallType")
        platform.settle()
        yield from pages(platform)


def by_id(platform: Stage) -> Figure:
    rates, bounds = [], []
    script = f"""
math.randomseed(os.time())
request = function()
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities/urn:ngsi-ld:AirQualityObserved:city-%07d",
                    math.random(0, {POPULATION - 1})))
end
"""
    for _ in range(RUNS):
        rate, _, errors = wrk(platform.http, script, connections=32)
        if errors:
            raise AssertionError(f"{errors} requests failed")
        rates.append(rate)
        bounds.append(asyncio.run(read_bound(platform)))
    return Figure("GET by id, 32 connections, 100,000 ids", rates, "requests/s", bounds, ">= 0.35")


async def read_bound(platform: Stage, seconds: float = 5) -> float:
    """The same statement by asyncpg on eight connections, the role set."""
    connections = [await asyncpg.connect(platform.superuser) for _ in range(8)]
    statements = []
    for connection in connections:
        await connection.execute("SET ROLE t_default")
        statements.append(await connection.prepare(SQL.text("get_entities", "t_default")))
    numbers = iter(shuffled(POPULATION) * 10)
    done = 0
    until = time.perf_counter() + seconds

    async def read(statement: asyncpg.prepared_stmt.PreparedStatement) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await statement.fetch([entity_id(next(numbers))])
            done += 1

    started = time.perf_counter()
    await asyncio.gather(*map(read, statements))
    rate = done / (time.perf_counter() - started)
    for connection in connections:
        await connection.close()
    return rate


def pages(platform: Stage) -> Iterator[Figure]:
    """The first page and that at offset 10,000, of 1,000 and of 200,000 matching entities."""
    path = "/ngsi-ld/v1/entities?limit=20&type="
    small, first, far = (
        [time_of(platform, path + query) for _ in range(RUNS)]
        for query in ("SmallType", "AirQualityObserved", "AirQualityObserved&offset=10000")
    )
    yield Figure("first page of 20, 200,000 matching", first, "ms", small, "within 20 % (bound: 1,000 matching)")
    yield Figure("page at offset 10,000, 200,000 matching", far, "ms", first, "<= 3 ms more than the bound")


def time_of(platform: Stage, path: str) -> float:
    """Milliseconds of a request, one at a time."""
    rate, _, errors = wrk(platform.http + path, "", connections=1, seconds=4)
    if errors:
        raise AssertionError(f"{errors} requests failed")
    return 1000 / rate
