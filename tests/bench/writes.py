# SPDX-License-Identifier: EUPL-1.2
"""Writes over HTTP by wrk: creation, batches of 1,000, one attribute of an entity; each durable and with its history."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson

from tests.bench import sql_bound
from tests.bench.figures import RUNS, Figure
from tests.bench.samples import OBSERVED, air_quality
from tests.bench.single_bound import measure_single
from tests.bench.stage import Stage, stage, wrk

POPULATION = 20_000
BATCH = 1_000
ROUNDS = 10
"""Rounds over the population, more than a run can take; each is 14 MB of requests."""


def run() -> Iterator[Figure]:
    with stage() as platform:
        platform.fill(0, POPULATION)
        platform.settle()
        yield creation(platform)
        yield upserts(platform)
        yield patches(platform)


def creation(platform: Stage) -> Figure:
    """POST of one entity."""
    body = orjson.dumps(air_quality(0)).decode()
    rates, bounds = [], []
    for number in range(RUNS):
        script = f"""{_headers(platform)}
local n = 0
local body = '{body}'
request = function()
  n = n + 1
  return wrk.format("POST", "/ngsi-ld/v1/entities", nil, (body:gsub("city%-0000000", "new{number}-" .. n)))
end
"""
        rates.append(_rate(platform, script, connections=128))
        bounds.append(sql_bound.measure(platform.superuser, POPULATION, 1, 100 + number))
    return Figure("POST of one entity, 128 connections, durable", rates, "requests/s", bounds, ">= 0.35")


def upserts(platform: Stage) -> Figure:
    """Batch upsert of 1,000 entities that are known: six observations of each, as a message brings them."""
    rates, bounds = [], []
    for number in range(RUNS):
        first = 200 + ROUNDS * number
        with tempfile.TemporaryDirectory() as folder:
            count = _write_batches(Path(folder), range(first, first + ROUNDS))
            script = f"""{_headers(platform)}
local requests, n = {{}}, 0
for i = 1, {count} do
  local file = io.open("{folder}/" .. i, "rb")
  requests[i] = wrk.format("POST", "/ngsi-ld/v1/entityOperations/upsert?options=update", nil, file:read("*a"))
  file:close()
end
request = function()
  n = n + 1
  return requests[n]
end
"""
            rates.append(BATCH * _rate(platform, script, connections=4))
        bounds.append(sql_bound.measure(platform.superuser, POPULATION, 1, 300 + number))
    return Figure("batch upsert of 1,000, 4 connections, durable", rates, "entities/s", bounds, ">= 0.55")


def _write_batches(folder: Path, rounds: range) -> int:
    """The bodies of the rounds as files 1, 2, …; how many there are."""
    count = 0
    for round_ in rounds:
        for start in range(0, POPULATION, BATCH):
            count += 1
            batch = [air_quality(number, round_) for number in range(start, start + BATCH)]
            observed = [{name: entity[name] for name in ("id", "type", *_NAMES)} for entity in batch]
            (folder / str(count)).write_bytes(orjson.dumps(observed))
    return count


def patches(platform: Stage) -> Figure:
    """PATCH of one attribute of an entity at random."""
    rates, bounds = [], []
    for number in range(RUNS):
        script = f"""{_headers(platform)}
math.randomseed({number + 1})
local n = 0
request = function()
  n = n + 1
  local id = string.format("urn:ngsi-ld:AirQualityObserved:city-%07d", math.random(0, {POPULATION - 1}))
  local time = os.date("!%Y-%m-%dT%H:%M:%SZ", {1_790_000_000 + 200_000 * number} + n)
  local body = string.format('{{"type":"Property","value":%d.5,"unitCode":"GQ","observedAt":"%s"}}', n % 80, time)
  return wrk.format("PATCH", "/ngsi-ld/v1/entities/" .. id .. "/attrs/NO2", nil, body)
end
"""
        rates.append(_rate(platform, script, connections=32))
        bounds.append(measure_single(platform.superuser, POPULATION, 32))
    return Figure("PATCH of one attribute, 32 connections, durable", rates, "requests/s", bounds, ">= 0.30")


def _rate(platform: Stage, script: str, *, connections: int) -> float:
    rate, _, errors = wrk(platform.http, script, connections=connections)
    if errors:
        raise AssertionError(f"{errors} requests failed")
    return rate


def _headers(platform: Stage) -> str:
    return f"""
wrk.headers["Content-Type"] = "application/json"
wrk.headers["X-API-Key"] = "{platform.key}"
"""


_NAMES = tuple(name for name, _, _ in OBSERVED)
