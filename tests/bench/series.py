# SPDX-License-Identifier: EUPL-1.2
"""A chart of 1,000,000 numbers, against the statement that adds them up."""

import asyncio
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import psycopg

from broker.ngsi.widths import choose_width, split_range
from broker.store import SQL
from broker.store.series import PARTS
from tests.bench.figures import RUNS, Figure
from tests.bench.samples import OBSERVED, START, entity_id
from tests.bench.stage import Stage, stage

NUMBERS = 1_000_000
POINTS = 2_000
TIMES = 5
SCHEMA = "t_default"
LAST = START + timedelta(minutes=NUMBERS - 1)
# As an entity with six observations a minute leaves them: the rows of an attribute lie among those of the others.
FILL = f"""
INSERT INTO {SCHEMA}.history (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)
SELECT h.seq, h.attribute, 0, h.time + n * interval '1 minute', true, h.modified_at, false, round(random() * 100), h.value
  FROM generate_series(1, {NUMBERS - 1}) n, {SCHEMA}.history h
 WHERE h.observed AND h.number IS NOT NULL
"""


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
    name = f"/series over {NUMBERS:,} numbers among {NUMBERS * len(OBSERVED):,}"
    rates, bound_rates = ([NUMBERS / seconds for seconds in each] for each in (ours, bounds))
    yield Figure(name, rates, "numbers/s", bound_rates, ">= 0.70")
    yield Figure(name, [seconds * 1000 for seconds in ours], "ms", reach="<= 500 ms")


def answers(platform: Stage) -> Iterator[float]:
    """Seconds of each of some requests."""
    parameters = {"entity": entity_id(0), "attribute": "temperature", "points": POINTS}
    with httpx.Client(base_url=platform.http, timeout=60, trust_env=False) as client:
        for _ in range(TIMES):
            started = time.perf_counter()
            series: dict[str, Any] = client.get("/series", params=parameters).raise_for_status().json()
            yield time.perf_counter() - started
            if sum(point[4] for point in series["points"]) != NUMBERS or len(series["points"]) > POINTS:
                raise AssertionError(f"{len(series['points'])} points of width {series['width']}")


async def statements(platform: Stage) -> list[float]:
    """Seconds of the same statement by asyncpg, as often."""
    connection = await asyncpg.connect(platform.superuser, server_settings={"jit": "off", "enable_indexscan": "off"})
    await connection.execute(f"SET ROLE {SCHEMA}")
    seq = await connection.fetchval(f"SELECT seq FROM {SCHEMA}.name WHERE id = $1", entity_id(0))
    attribute = await connection.fetchval(f"SELECT id FROM {SCHEMA}.attribute WHERE iri LIKE '%/temperature'")
    width = choose_width(START, LAST, POINTS)
    starts, stops = split_range(START, LAST, width, PARTS)
    statement = await connection.prepare(SQL.text("summarize_numbers", SCHEMA))
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        rows = await statement.fetch(seq, attribute, 0, width, starts, stops)
        seconds.append(time.perf_counter() - started)
        if sum(row["count"] for row in rows) != NUMBERS:
            raise AssertionError(f"{len(rows)} points")
    await connection.close()
    return seconds
