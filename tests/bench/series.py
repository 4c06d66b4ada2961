# SPDX-License-Identifier: EUPL-1.2
"""A chart of 1,000,000 numbers, against the statement that adds them up."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import asyncpg
import httpx

from broker.ngsi.widths import choose_width, split_range
from broker.store import SQL
from broker.store.series import PARTS
from tests.bench.figures import Figure
from tests.bench.observations import SCHEMA, compare
from tests.bench.samples import START, entity_id
from tests.bench.stage import Stage

NUMBERS = 1_000_000
POINTS = 2_000
TIMES = 5
LAST = START + timedelta(minutes=NUMBERS - 1)


def run() -> Iterator[Figure]:
    yield from compare("/series over", NUMBERS, answers, statements, within="<= 500 ms")


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
