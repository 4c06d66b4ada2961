# SPDX-License-Identifier: EUPL-1.2
"""A long history of one entity, and how fast its numbers are told against a statement that reads the same."""

import asyncio
import statistics
from collections.abc import Callable, Coroutine, Iterable, Iterator

import psycopg

from tests.bench.figures import RUNS, Figure
from tests.bench.samples import OBSERVED
from tests.bench.stage import Stage, stage

SCHEMA = "t_default"


def compare(
    what: str,
    numbers: int,
    answers: Callable[[Stage], Iterable[float]],
    statements: Callable[[Stage], Coroutine[None, None, list[float]]],
    *,
    within: str = "",
) -> Iterator[Figure]:
    """The rate and the milliseconds of answers that tell of `numbers` observations; both give the seconds of each."""
    with stage() as platform:
        platform.fill(0, 1)
        with psycopg.connect(platform.superuser, autocommit=True) as connection:
            connection.execute(_filling(numbers))
        platform.settle()
        ours, bounds = [], []
        for _ in range(RUNS):
            ours.append(statistics.median(answers(platform)))
            bounds.append(statistics.median(asyncio.run(statements(platform))))
    name = f"{what} {numbers:,} numbers among {numbers * len(OBSERVED):,}"
    rates, bound_rates = ([numbers / seconds for seconds in each] for each in (ours, bounds))
    yield Figure(name, rates, "numbers/s", bound_rates, ">= 0.70")
    yield Figure(name, [seconds * 1000 for seconds in ours], "ms", reach=within)


def _filling(numbers: int) -> str:
    """As an entity with six observations a minute leaves them: the rows of an attribute lie among those of the others."""
    return f"""
INSERT INTO {SCHEMA}.history (seq, attribute, dataset, time, observed, modified_at, deleted, number, value)
SELECT h.seq, h.attribute, 0, h.time + n * interval '1 minute', true, h.modified_at, false, round(random() * 100), h.value
  FROM generate_series(1, {numbers - 1}) n, {SCHEMA}.history h
 WHERE h.observed AND h.number IS NOT NULL
"""
