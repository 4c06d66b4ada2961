# SPDX-License-Identifier: EUPL-1.2
"""Durable ingest over MQTT, by messages of one and of fifty entities, and the latency of its commits."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial

import orjson

from tests.bench import sql_bound
from tests.bench.figures import RUNS, Figure
from tests.bench.mqtt_load import Outcome, build_packets, run_load
from tests.bench.samples import air_quality
from tests.bench.stage import Stage, fdatasync_p99, stage

POPULATION = 20_000
CONNECTIONS = 4
ROUNDS_BEFORE = 6
TOPIC = "allmende/v1/default/load"


def run() -> Iterator[Figure]:
    with stage() as platform:
        rounds = prepare(platform)
        yield latency(platform, rounds)
    with stage() as platform:
        rounds = prepare(platform)
        for entities, reach in ((1, ">= 0.40"), (50, ">= 0.55")):
            rates, bounds = [], []
            for _ in range(RUNS):
                outcome = publish(platform, next(rounds), entities)
                rates.append(POPULATION / outcome.seconds)
                bounds.append(sql_bound.measure(platform.superuser, POPULATION, 1, next(rounds)))
            name = f"MQTT ingest, receipts, {entities} of 1 KB a message"
            yield Figure(name, rates, "entities/s", bounds, reach)


def prepare(platform: Stage) -> Iterator[int]:
    """Bring the platform to where it is after some minutes of work; give the rounds that follow.

    PostgreSQL recycles the segments of its log at a checkpoint, and logs a page whole that is changed for the first time
    after one.
    """
    platform.fill(0, POPULATION)
    for round_ in range(1, ROUNDS_BEFORE + 1):
        publish(platform, round_, 1)
    platform.settle()
    for round_ in range(ROUNDS_BEFORE + 1, ROUNDS_BEFORE + 3):
        publish(platform, round_, 1)
    return iter(range(ROUNDS_BEFORE + 3, 10_000))


def publish(
    platform: Stage, round_: int, entities: int, *, rate: float | None = None, most: int = POPULATION
) -> Outcome:
    """Publish a round over the population on two connections, with receipts."""
    batches = [
        [air_quality(number, round_) for number in range(start, start + entities)] for start in range(0, most, entities)
    ]
    payloads = [orjson.dumps(batch if entities > 1 else batch[0]) for batch in batches]
    ids = f"{time.time_ns():x}"
    streams = [
        build_packets(f"{TOPIC}/up/entities", payloads[part::CONNECTIONS], ids=f"{ids}-{part}")
        for part in range(CONNECTIONS)
    ]
    load = partial(run_load, "127.0.0.1", platform.mqtt_port, streams, rate=rate, username="load")
    outcome = asyncio.run(load(password=platform.key, listen=f"{TOPIC}/down/#"))
    if outcome.acknowledged != len(payloads) or outcome.receipts != len(payloads):
        raise AssertionError(f"{len(payloads)} sent: {outcome.report()}")
    return outcome


def latency(platform: Stage, rounds: Iterator[int]) -> Figure:
    values, bounds = [], []
    for _ in range(RUNS):
        bounds.append(25 + 20 * fdatasync_p99(platform.data))
        report = publish(platform, next(rounds), 1, rate=5000).report()
        values.append(report["p99_ms"])
    return Figure(
        "commit latency at 5,000 entities/s, p99", values, "ms", bounds, "<= bound (25 ms + 20 fdatasync p99)"
    )
