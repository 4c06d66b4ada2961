# SPDX-License-Identifier: EUPL-1.2
"""Queries over a million entities on one connection: by the values of declared attributes, by place, by type.

`level` and `location` have nothing to do with the ids, `rank` and `site` grow with them: what matches then lies at the end.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import orjson
import psycopg

from auth.policy import Visible
from broker.ngsi.contexts import CORE
from broker.ngsi.queries import parse_query
from broker.store.where import page_statement
from tests.bench.figures import RUNS, Figure
from tests.bench.stage import Stage, stage, wrk

POPULATION = 1_000_000
MANY, FEW = POPULATION // 2, 100
REQUESTS = 200
DECLARED = ("level", "rank", "location", "site")
WEST, SOUTH, WIDTH = 6.7, 50.7, 0.6
_HALF = [[WEST + WIDTH / 2, SOUTH], [8, SOUTH], [8, 52], [WEST + WIDTH / 2, 52], [WEST + WIDTH / 2, SOUTH]]


def run() -> Iterator[Figure]:
    with stage() as platform:
        fill(platform)
        declare(platform)
        platform.settle()
        for name, query in queries().items():
            values = [p99(platform, query) for _ in range(RUNS)]
            yield Figure(f"{name}, p99, one connection", values, "ms", reach="< 20 ms")
        yield from lists(platform)


def lists(platform: Stage) -> Iterator[Figure]:
    """Lists of a type, and what asyncpg does with the same SQL."""
    for kind, count in (("Rare", FEW), ("Common", MANY)):
        query = f"/ngsi-ld/v1/entities?type={kind}&limit=20"
        rates, bounds = [], []
        for _ in range(RUNS):
            rate, _, errors = wrk(platform.http + query, "", connections=32, seconds=5)
            if errors:
                raise AssertionError(f"{errors} requests failed")
            rates.append(rate)
            bounds.append(asyncio.run(list_bound(platform, kind)))
        yield Figure(f"list by type, limit 20, {count:,} of {POPULATION:,}", rates, "requests/s", bounds, ">= 0.35")


async def list_bound(platform: Stage, kind: str, seconds: float = 3) -> float:
    """The same statement by asyncpg on eight connections, the role set."""
    query = parse_query({"type": kind, "limit": "20"}, CORE)
    text, values = page_statement("t_default", query, Visible.everything(), limit=21)
    connections = [await asyncpg.connect(platform.superuser) for _ in range(8)]
    done = 0
    until = time.perf_counter() + seconds

    async def read(connection: asyncpg.Connection) -> None:
        nonlocal done
        await connection.execute("SET ROLE t_default")
        statement = await connection.prepare(text)
        while time.perf_counter() < until:
            await statement.fetch(*values)
            done += 1

    await asyncio.gather(*map(read, connections))
    for connection in connections:
        await connection.close()
    return done / seconds


def queries() -> dict[str, str]:
    """Queries by what they are, with about 5, 2,000 and 500,000 matches."""
    found = {}
    for attribute, whose in (("level", "unrelated"), ("rank", "related")):
        for count, least in ((5, POPULATION - 5), (2_000, POPULATION - 2_000), (MANY, POPULATION - MANY)):
            found[f"q, {count:,} matching, {whose} to ids"] = f"q={attribute}>={least}"
    middle, centre = "[7.0,51.0]", "[7.299,51.0]"
    for place, whose, point in (("location", "unrelated", middle), ("site", "related", centre)):
        for count, metres in ((5, 70), (2_000, 1_450), (MANY, 21_000 if place == "location" else 33_000)):
            text = f"georel=near;maxDistance=={metres}&geometry=Point&coordinates={point}&geoproperty={place}"
            found[f"near, about {count:,} matching, {whose} to ids"] = text
        for count, side in ((5, 0.0013), (2_000, 0.027)):
            west = float(point[1:].partition(",")[0]) - side / 2
            ring = [[west, 51], [west + side, 51], [west + side, 51 + side], [west, 51 + side], [west, 51]]
            found[f"within, about {count:,} matching, {whose} to ids"] = _within(ring, place)
        found[f"within, about {MANY:,} matching, {whose} to ids"] = _within(_HALF, place)
    return found


def _within(ring: list[list[float]], place: str) -> str:
    return f"georel=within&geometry=Polygon&coordinates={quote(orjson.dumps([ring]).decode())}&geoproperty={place}"


def p99(platform: Stage, query: str) -> float:
    """Milliseconds within which 99 of 100 answers came, one request after the other."""
    durations = []
    with httpx.Client(base_url=platform.http, timeout=60, trust_env=False) as client:
        for _ in range(REQUESTS):
            started = time.perf_counter()
            client.get(f"/ngsi-ld/v1/entities?limit=20&{query}").raise_for_status()
            durations.append(time.perf_counter() - started)
    return sorted(durations)[int(REQUESTS * 0.99)] * 1000


def declare(platform: Stage) -> None:
    """Declare attributes, and wait until their indexes are complete."""
    with httpx.Client(
        base_url=platform.http, headers={"X-API-Key": platform.key}, timeout=60, trust_env=False
    ) as client:
        for name in DECLARED:
            client.post("/admin/attributes", json={"attribute": name}).raise_for_status()
        while not all(one["complete"] for one in client.get("/admin/attributes").json()):
            time.sleep(1)


def fill(platform: Stage) -> None:
    """Copy the entities into the tables, as the writer would have written them."""
    chance = random.Random(7)
    levels = list(range(POPULATION))
    chance.shuffle(levels)
    places = [(round(WEST + WIDTH * chance.random(), 6), round(SOUTH + WIDTH * chance.random(), 6)) for _ in levels]
    names = {name: CORE.attribute_names[name] for name in ("level", "rank", "location", "site", "name")}
    with psycopg.connect(platform.superuser, autocommit=True) as connection:
        numbers = {
            name: connection.execute(
                "INSERT INTO t_default.attribute (iri) VALUES (%s) RETURNING id", [iri]
            ).fetchone()[0]  # type: ignore[index]  # RETURNING gives a row
            for name, iri in names.items()
        }
        _copy(connection, "name (id)", ((_id(number),) for number in range(POPULATION)))
        first = connection.execute("SELECT min(seq) FROM t_default.name").fetchone()[0]  # type: ignore[index]  # as above
        kinds = ([CORE.type_names[_kind(number)]] for number in range(POPULATION))
        _copy(
            connection,
            "entity (seq, created_at, modified_at, types, document)",
            (
                (first + number, "2026-11-01", "2026-11-01", kind, _document(names, number, levels, places))
                for number, kind in zip(range(POPULATION), kinds, strict=True)
            ),
        )
        _copy(
            connection,
            "entity_type (type, id, seq)",
            ((CORE.type_names[_kind(number)], _id(number), first + number) for number in range(POPULATION)),
        )
        _copy(
            connection,
            "place (seq, attribute, dataset, box)",
            (
                (first + number, numbers[name], 0, f"({x},{y}),({x},{y})")
                for number in range(POPULATION)
                for name, (x, y) in (("location", places[number]), ("site", _site(number, places)))
            ),
        )


def _copy(connection: psycopg.Connection, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY t_default.{table} FROM STDIN") as copy:  # type: ignore[arg-type]  # our own text
        for row in rows:
            copy.write_row(row)


def _id(number: int) -> str:
    return f"urn:ngsi-ld:Lamp:{number:07d}"


def _kind(number: int) -> str:
    if number % 2:
        return "Common"
    return "Rare" if number % (POPULATION // FEW) == 0 else "Other"


def _site(number: int, places: list[tuple[float, float]]) -> tuple[float, float]:
    return round(WEST + WIDTH * number / POPULATION, 6), places[number][1]


def _document(names: dict[str, str], number: int, levels: list[int], places: list[tuple[float, float]]) -> str:
    geometries = {
        name: {"type": "GeoProperty", "value": {"type": "Point", "coordinates": list(place)}}
        for name, place in (("location", places[number]), ("site", _site(number, places)))
    }
    values = {"level": levels[number], "rank": number, "name": f"Lamp {number} of the commons, beside the road"}
    document = {
        names[name]: [instance]
        for name, instance in (
            *((name, {"type": "Property", "value": value}) for name, value in values.items()),
            *geometries.items(),
        )
    }
    return orjson.dumps(document).decode()
