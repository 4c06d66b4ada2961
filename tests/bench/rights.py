# SPDX-License-Identifier: EUPL-1.2
"""Retrieval by id for a thousand bearers of tokens whose rights come from two grants each, against `--open`."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.auth.issuing import MiniIssuer
from tests.bench.figures import RUNS, Figure
from tests.bench.stage import Stage, stage, wrk

POPULATION = 100_000
PRINCIPALS = 1_000


def run() -> Iterator[Figure]:
    issuer = MiniIssuer()
    issuers = json.dumps([{"issuer": issuer.url}])
    with stage("--open") as bound, stage("--issuers", issuers) as platform:
        for each in (bound, platform):
            each.fill(0, POPULATION)
            each.settle()
        grant(platform)
        tokens = [
            issuer.token(sub=user(number), organization={"default": {"groups": ["/data-reader"]}})
            for number in range(PRINCIPALS)
        ]
        # The same requests to both: those with tokens cost the load generator more.
        pairs = [(rate(platform, tokens), rate(bound, tokens)) for _ in range(RUNS)]
    rates, bounds = zip(*pairs, strict=True)
    yield Figure(
        "GET by id, 1,000 tokens of two grants, 32 connections", rates, "requests/s", bounds, ">= 0.85 of --open"
    )


def user(number: int) -> str:
    return f"user-{number:04d}"


def grant(platform: Stage) -> None:
    """To all some attributes by their group, to each all but one by name."""
    target = {"kind": "type", "id": "AirQualityObserved"}
    grants = [
        {"subject": {"kind": "group", "id": "/data-reader"}, "target": target, "attributes": {"pick": ["name", "NO2"]}},
        *(
            {"subject": {"kind": "user", "id": user(number)}, "target": target, "attributes": {"omit": ["CO"]}}
            for number in range(PRINCIPALS)
        ),
    ]
    with (
        httpx.Client(
            base_url=platform.http, headers={"X-API-Key": platform.key}, timeout=60, trust_env=False
        ) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        for answer in pool.map(lambda one: client.post("/admin/grants", json={**one, "action": "read"}), grants):
            answer.raise_for_status()


def rate(platform: Stage, tokens: list[str]) -> float:
    """Requests per second, with the tokens in turn."""
    script = f"""
local tokens = {{{",".join(json.dumps(token) for token in tokens)}}}
local turn = 0
math.randomseed(os.time())
request = function()
  turn = turn % #tokens + 1
  return wrk.format("GET", string.format("/ngsi-ld/v1/entities/urn:ngsi-ld:AirQualityObserved:city-%07d",
                    math.random(0, {POPULATION - 1})), {{["Authorization"] = "Bearer " .. tokens[turn]}})
end
"""
    found, _, errors = wrk(platform.http, script, connections=32)
    if errors:
        raise AssertionError(f"{errors} requests failed")
    return found
