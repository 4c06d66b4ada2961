# SPDX-License-Identifier: EUPL-1.2
"""Mapping of one record to an entity of nine attributes: simple paths and two functions."""

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from allmende.connector import Record
from connectors.declarative.connector import open_connector
from connectors.declarative.mapping import Mapping
from tests.bench.figures import RUNS, Figure

RECORDS = 50_000
CONNECTOR = """
apiVersion: connectors/v1
name: bench
source: {type: file, path: bench.json}
entity:
  type: OffStreetParking
  id: properties.id
  observedAt: $local(properties.at, 'Europe/Berlin')
  attributes:
    name: properties.name
    street: properties.address.street
    status: properties.status
    totalSpotNumber: $number(properties.total)
    availableSpotNumber: {value: properties.free, unit: C62}
    occupancy: {value: properties.occupancy, unit: P1}
    temperature: {value: properties.weather.temperature, unit: CEL}
    humidity: {value: properties.weather.humidity, unit: P1}
    location: {geo: geometry}
"""

JSONATA = (
    CONNECTOR.replace("$local(properties.at, 'Europe/Berlin')", "properties.utc")
    .replace("$number(properties.total)", "properties.beds")
    .replace("status: properties.status", "status: $lowercase(properties.status)")
    .replace("properties.occupancy,", '"$round(properties.occupancy, 2)",')
)


def record(number: int) -> dict[str, Any]:
    minute = number % 1440
    return {
        "geometry": {"type": "Point", "coordinates": [7.6 + number % 100 / 1000, 51.9]},
        "properties": {
            "id": f"P{number % 500}",
            "at": f"2026-06-{number // 1440 % 28 + 1:02} {minute // 60:02}:{minute % 60:02}:00",
            "name": "Parkhaus am Theater",
            "address": {"street": "Tibusstraße 18"},
            "status": "open",
            "total": "793",
            "beds": 793,
            "utc": "2026-06-01T12:00:00Z",
            "free": number % 793,
            "occupancy": 0.5,
            "weather": {"temperature": 21.4, "humidity": 41},
        },
    }


def run() -> Iterator[Figure]:
    records = [Record(content=record(number), part="bench.json") for number in range(RECORDS)]
    for name, text in (
        ("mapping to 9 attributes, $local and $number", CONNECTOR),
        ("mapping to 9 attributes, two functions of JSONata", JSONATA),
    ):
        mapping = compiled(text)
        mapped = mapping.map(records[0], None)
        if len(mapped.entities[0]) != 11 or mapped.problems:
            raise AssertionError(mapped)
        ours = [microseconds(records, partial(mapping.map, state=None)) for _ in range(RUNS)]
        yield Figure(name, ours, "µs/record", reach="<= 20")


def compiled(text: str) -> Mapping:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.yaml"
        path.write_text(text, encoding="utf-8")
        return open_connector(path, environment={}).mapping


def microseconds(records: list[Record], work: Callable[[Record], object]) -> float:
    started = time.perf_counter()
    for given in records:
        work(given)
    return (time.perf_counter() - started) / len(records) * 1e6
