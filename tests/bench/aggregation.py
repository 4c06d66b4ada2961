# SPDX-License-Identifier: EUPL-1.2
"""The average of each hour of 100,000 numbers of an entity, against a statement that computes no more."""

import asyncio
import statistics
import time
from collections.abc import Iterator

import asyncpg
import httpx
import psycopg

from broker.ngsi.instants import short_instant
from tests.bench.figures import RUNS, Figure
from tests.bench.samples import OBSERVED, START, entity_id
from tests.bench.stage import Stage, stage

NUMBERS = 100_000
TIMES = 10
SCHEMA = "t_default"
# As an entity with six observations a minute leaves them: the rows of an attribute lie among those of the others.
FILL = f"""
INSERT INTO {SCHEMA}.history (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)
SELECT h.seq, h.attribute, 0, h.time + n * interval '1 minute', true, h.modified_at, false, round(random() * 100), h.value
  FROM generate_series(1, {NUMBERS - 1}) n, {SCHEMA}.history h
 WHERE h.observed AND h.number IS NOT NULL
"""
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
    with stage() as platform:
        platform.fill(0, 1)
        with psycopg.connect(platform.superuser, autocommit=True) as connection:
            connection.execute(FILL)
        platform.settle()
        ours, bounds = [], []
        for _ in range(RUNS):
            ours.append(statistics.median(answers(platform)))
            bounds.append(statistics.median(asyncio.run(statements(platform))))
    name = f"average per hour of {NUMBERS:,} numbers among {NUMBERS * len(OBSERVED):,}"
    rates, bound_rates = ([NUMBERS / seconds for seconds in each] for each in (ours, bounds))
    yield Figure(name, rates, "numbers/s", bound_rates, ">= 0.70")
    yield Figure(name, [seconds * 1000 for seconds in ours], "ms")


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
