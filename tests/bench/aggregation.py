# SPDX-License-Identifier: EUPL-1.2
"""The average of each hour of 100,000 numbers of an entity, against a statement that computes no more."""

import time
from collections.abc import Iterator

import asyncpg
import httpx

from broker.ngsi.instants import short_instant
from tests.bench.figures import Figure
from tests.bench.observations import SCHEMA, compare
from tests.bench.samples import START, entity_id
from tests.bench.stage import Stage

NUMBERS = 100_000
TIMES = 10
PLAIN = f"""
  SELECT date_bin('1 hour', h.time, $3) AS start, avg(h.number)
    FROM {SCHEMA}.history h
   WHERE h.seq = $1 AND h.attribute = $2 AND h.dataset = 0 AND h.time >= $3 AND h.observed AND NOT h.deleted
GROUP BY 1
ORDER BY 1
"""
PARAMETERS = {
    "attrs": "temperature",
    "format": "aggregatedValues",
    "aggrMethods": "avg",
    "aggrPeriodDuration": "PT1H",
    "timerel": "after",
    "timeAt": short_instant(START),
}


def run() -> Iterator[Figure]:
    yield from compare("average per hour of", NUMBERS, answers, statements)


def answers(platform: Stage) -> Iterator[float]:
    """Seconds of each of some requests."""
    path = f"/ngsi-ld/v1/temporal/entities/{entity_id(0)}"
    with httpx.Client(base_url=platform.http, timeout=60, trust_env=False) as client:
        for _ in range(TIMES):
            started = time.perf_counter()
            body = client.get(path, params=PARAMETERS).raise_for_status().json()
            yield time.perf_counter() - started
            if len(body["temperature"]["avg"]) != -(-NUMBERS // 60):
                raise AssertionError(f"{len(body['temperature']['avg'])} hours")


async def statements(platform: Stage) -> list[float]:
    """Seconds of the plain statement by asyncpg, as often."""
    connection = await asyncpg.connect(platform.superuser, server_settings={"jit": "off", "random_page_cost": "1.1"})
    await connection.execute(f"SET ROLE {SCHEMA}")
    seq = await connection.fetchval(f"SELECT seq FROM {SCHEMA}.name WHERE id = $1", entity_id(0))
    attribute = await connection.fetchval(f"SELECT id FROM {SCHEMA}.attribute WHERE iri LIKE '%/temperature'")
    statement = await connection.prepare(PLAIN)
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        rows = await statement.fetch(seq, attribute, START)
        seconds.append(time.perf_counter() - started)
        if len(rows) != -(-NUMBERS // 60):
            raise AssertionError(f"{len(rows)} hours")
    await connection.close()
    return seconds
