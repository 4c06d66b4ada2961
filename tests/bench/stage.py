# SPDX-License-Identifier: EUPL-1.2
"""A platform for a benchmark: started empty, filled, and reached as its users and its database reach it."""

import json
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg

from tests.bench.samples import air_quality
from tests.launch.running import Running, pids_of, up


@dataclass(frozen=True)
class Stage:
    """A running platform and its data folder."""

    data: Path
    running: Running
    http: str
    mqtt_port: int

    @property
    def key(self) -> str:
        return (self.data / "admin.key").read_text().strip()

    @property
    def superuser(self) -> str:
        """The URL of the superuser of the embedded PostgreSQL."""
        password = (self.data / "postgres" / "superuser.password").read_text().strip()
        folder = quote(str(self.data / "postgres" / "socket"), safe="")
        return f"postgresql://allmende:{quote(password, safe='')}@/allmende?host={folder}"

    def fill(self, first: int, last: int, *, type_: str = "AirQualityObserved") -> None:
        """Create entities over HTTP, 1,000 a request."""
        headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
        with httpx.Client(base_url=self.http, headers=headers, timeout=60, trust_env=False) as client:
            for start in range(first, last, 1000):
                batch = [{**air_quality(number), "type": type_} for number in range(start, min(start + 1000, last))]
                client.post("/ngsi-ld/v1/entityOperations/upsert", content=json.dumps(batch)).raise_for_status()

    def settle(self) -> None:
        """Vacuum and checkpoint, so that runs begin alike."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def python_memory(self) -> float:
        """MiB that the Python processes hold (proportional set size: shared pages are counted once)."""
        kibibytes = 0
        for pid in pids_of(self.data)[1:]:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            kibibytes += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return kibibytes / 1024


@contextmanager
def stage(*options: object) -> Iterator[Stage]:
    """A platform in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="allmende-bench-") as folder:
        data = Path(folder) / "data"
        with up(data, *options) as running:
            http, mqtt = running.ready()
            yield Stage(data, running, http, int(mqtt.rpartition(":")[2]))


def fdatasync_p99(folder: Path, times: int = 500) -> float:
    """Milliseconds of the 99th percentile of writing and syncing 8 KiB."""
    import os

    durations = []
    file = os.open(folder / "fdatasync", os.O_CREAT | os.O_WRONLY)
    for number in range(times):
        os.pwrite(file, os.urandom(8192), 8192 * (number % 64))
        started = time.perf_counter()
        os.fdatasync(file)
        durations.append(time.perf_counter() - started)
    os.close(file)
    (folder / "fdatasync").unlink()
    return sorted(durations)[int(times * 0.99)] * 1000


def wrk(url: str, script: str, *, connections: int, seconds: int = 8, threads: int = 1) -> tuple[float, float, int]:
    """Requests per second, milliseconds of the 99th percentile, and answers that were no success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script + _DONE)
        file.flush()
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", file.name, url]
        output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    rate, latency, errors = output.rsplit("result ", 1)[1].split()
    return float(rate), float(latency), int(errors)


_DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("result %f %f %d\\n", summary.requests / summary.duration * 1e6, latency:percentile(99) / 1000,
           e.status + e.read + e.timeout + e.connect))
end
"""


def shuffled(count: int, seed: int = 7) -> list[int]:
    numbers = list(range(count))
    random.Random(seed).shuffle(numbers)
    return numbers
